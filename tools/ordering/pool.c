#include "pool.h"

#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fewer than there are threads: somebody must be left to overtake. */
#define SLOW_KEYS (POOL_THREADS - 1)
#define WORK_NS (200 * 1000)

struct worker {
	pthread_t thread;
	struct pool *pool;
	int number;
	int result;
};

struct pool {
	const struct plan *plan;
	bool lanes;
	struct step *steps;
	bool *taken;
	size_t count, first; /* all before @first are taken */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int applied[PLAN_KEYS_MAX]; /* the highest number of each key */
	int busy;                   /* threads that work and do not wait */
	struct history *history;
	struct worker workers[POOL_THREADS];
};

int pool_create(const struct plan *plan, bool lanes, struct pool **ret_pool)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool) {
		pool->plan = plan;
		pool->lanes = lanes;
		pool->steps = calloc(plan->count, sizeof(*pool->steps));
		pool->taken = calloc(plan->count, sizeof(*pool->taken));
		pthread_mutex_init(&pool->mutex, NULL);
		pthread_cond_init(&pool->changed, NULL);
	}
	if (!pool || !pool->steps || !pool->taken) {
		pool_destroy(pool);
		return fault(FAULT_SYSTEM, "no memory for a pool");
	}
	*ret_pool = pool;
	return 0;
}

void pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->mutex);
	free(pool->steps);
	free(pool->taken);
	free(pool);
}

void pool_add(struct pool *pool, struct step step)
{
	assert(pool->count < pool->plan->count);
	pool->steps[pool->count++] = step;
}

static bool is_slow(const struct pool *pool, struct step step)
{
	return step.key < SLOW_KEYS && step.sequence == pool->plan->messages / 2;
}

static bool is_mine(const struct worker *worker, struct step step)
{
	return !worker->pool->lanes || step.key % POOL_THREADS == worker->number;
}

/* The next one for this thread; false when there is none left. With the mutex. */
static bool take_next(struct worker *worker, struct step *ret_step)
{
	struct pool *pool = worker->pool;

	while (pool->first < pool->count && pool->taken[pool->first])
		pool->first++;
	for (size_t i = pool->first; i < pool->count; i++) {
		if (pool->taken[i] || !is_mine(worker, pool->steps[i]))
			continue;
		pool->taken[i] = true;
		*ret_step = pool->steps[i];
		return true;
	}
	return false;
}

/* With the mutex. */
static void take_longer(struct pool *pool, struct step step)
{
	pool->busy--;
	pthread_cond_broadcast(&pool->changed);
	while (pool->applied[step.key] <= step.sequence && pool->busy > 0)
		pthread_cond_wait(&pool->changed, &pool->mutex);
	pool->busy++;
}

static int apply(struct worker *worker, struct step step)
{
	struct pool *pool = worker->pool;

	if (step.sequence > pool->applied[step.key])
		pool->applied[step.key] = step.sequence;
	pthread_cond_broadcast(&pool->changed);
	return history_add(pool->history,
		(struct observation){
			.at_us = clock_monotonic_us(),
			.lane = worker->number,
			.key = step.key,
			.sequence = step.sequence,
		});
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct pool *pool = worker->pool;
	struct step step;

	pthread_mutex_lock(&pool->mutex);
	while (worker->result == 0 && take_next(worker, &step)) {
		pthread_mutex_unlock(&pool->mutex);
		nanosleep(&(struct timespec){.tv_nsec = WORK_NS}, NULL);
		pthread_mutex_lock(&pool->mutex);
		if (is_slow(pool, step))
			take_longer(pool, step);
		worker->result = apply(worker, step);
	}
	pool->busy--;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

int pool_run(struct pool *pool, struct history *history)
{
	int started = 0, r = 0;

	pool->history = history;
	/* All count as busy before the first begins: none may believe itself alone. */
	pool->busy = POOL_THREADS;
	for (; started < POOL_THREADS; started++) {
		struct worker *worker = &pool->workers[started];

		*worker = (struct worker){.pool = pool, .number = started};
		if (pthread_create(&worker->thread, NULL, work, worker) != 0)
			break;
	}
	if (started < POOL_THREADS) {
		r = fault(FAULT_SYSTEM, "no thread for a pool");
		pthread_mutex_lock(&pool->mutex);
		pool->busy -= POOL_THREADS - started;
		pthread_cond_broadcast(&pool->changed);
		pthread_mutex_unlock(&pool->mutex);
	}
	for (int i = 0; i < started; i++) {
		pthread_join(pool->workers[i].thread, NULL);
		if (r == 0 && pool->workers[i].result < 0)
			r = fault(FAULT_LIMIT, "too many messages for a history");
	}
	return r;
}
