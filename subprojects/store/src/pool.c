#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <store/pool.h>
#include <time.h>

struct store_pool {
	pthread_mutex_t mutex;
	pthread_cond_t given_back;
	size_t size;
	size_t free_count;
	struct store *stores[]; /* all @size; the first free_count are free */
};

struct store_pool *store_pool_create(const struct store_config *config, size_t size)
{
	struct store_pool *pool = calloc(1, sizeof(*pool) + size * sizeof(pool->stores[0]));
	pthread_condattr_t monotonic;

	assert(size > 0);
	if (!pool)
		abort();
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->given_back, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pool->size = size;
	pool->free_count = size;
	for (size_t i = 0; i < size; i++)
		pool->stores[i] = store_create(config);
	return pool;
}

void store_pool_destroy(struct store_pool *pool)
{
	if (!pool)
		return;
	/* One still in use would be used after its end. */
	assert(pool->free_count == pool->size);
	for (size_t i = 0; i < pool->size; i++)
		store_destroy(pool->stores[i]);
	pthread_cond_destroy(&pool->given_back);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

static struct timespec deadline_in(int timeout_ms)
{
	int64_t at_us = clock_monotonic_us() + timeout_ms * US_PER_MS;

	return (struct timespec){.tv_sec = at_us / US_PER_S, .tv_nsec = at_us % US_PER_S * 1000};
}

/* NULL when none came back in time. */
static struct store *pop(struct store_pool *pool, int timeout_ms)
{
	struct timespec deadline = deadline_in(timeout_ms);
	struct store *store = NULL;
	int waited = 0;

	pthread_mutex_lock(&pool->mutex);
	while (pool->free_count == 0 && waited != ETIMEDOUT)
		waited = pthread_cond_timedwait(&pool->given_back, &pool->mutex, &deadline);
	/* The last one given back is the warmest. */
	if (pool->free_count > 0)
		store = pool->stores[--pool->free_count];
	pthread_mutex_unlock(&pool->mutex);
	return store;
}

int store_pool_take(struct store_pool *pool, int timeout_ms, struct store **ret_store)
{
	struct store *store = pop(pool, timeout_ms);
	int r;

	if (!store)
		return fault(FAULT_LIMIT, "all %zu database connections are busy for %d ms",
			pool->size, timeout_ms);
	r = store_ready(store);
	if (r)
		store_pool_give(pool, store);
	else
		*ret_store = store;
	return r;
}

void store_pool_give(struct store_pool *pool, struct store *store)
{
	if (!store)
		return;
	store_rollback(store);
	pthread_mutex_lock(&pool->mutex);
	pool->stores[pool->free_count++] = store;
	pthread_cond_signal(&pool->given_back);
	pthread_mutex_unlock(&pool->mutex);
}
