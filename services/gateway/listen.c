/*
 * The gateway as a member of group "gateway": hears what stock does and invalidates what
 * the cache says about it. Without Redis it listens to nothing; without Kafka it waits for
 * it, and clients notice neither.
 */
#include "gateway.h"
#include "stale.h"

#include <base/backoff.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <bus/consumer.h>

#define BATCH_MAX 500
#define BATCH_BYTES_MAX (4 << 20)
#define ARENA_MAX (16u << 20) /* one message is at most 1 MiB */
#define POLL_MS 100
#define WAIT_STEP_MS 50
#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS 2000

struct listener {
	const struct gateway *gateway;
	const struct runtime *runtime;
	struct bus_consumer *consumer; /* NULL: to be made */
	struct arena *arena;
	struct backoff backoff;
};

static int open_consumer(struct listener *listener)
{
	return bus_consumer_create(
		&(struct bus_consumer_config){
			.bootstrap = runtime_bootstrap(listener->runtime),
			.group = "gateway",
			.instance = runtime_member(listener->runtime),
			.client_id = "gateway",
			.topics = (const char *const[]){"inventory.events", NULL},
			.options = runtime_bus_options(listener->runtime),
			.batch_max = BATCH_MAX,
			.batch_bytes_max = BATCH_BYTES_MAX,
		},
		&listener->consumer);
}

static void forget_near(struct near *near, const struct stale *stale)
{
	for (size_t i = 0; i < stale->count; i++)
		near_forget(near, stale->keys[i]);
	if (stale->all)
		near_forget_all(near);
}

int gateway_invalidate(const struct gateway *gateway, const struct stale *stale)
{
	const char *keys[STALE_KEYS_MAX];
	size_t count = stale->count;
	int r;

	for (size_t i = 0; i < stale->count; i++)
		keys[i] = stale->keys[i];
	if (stale->all) {
		keys[0] = STOCK_GROUP;
		count = 1;
	}
	if (count == 0)
		return 0;
	/* Loads under way may have read what was before: nobody who comes now shares them. */
	flights_cut(gateway->flights);
	r = cache_invalidate(gateway->cache, keys, count);
	if (r == 0 && gateway->near != NULL)
		forget_near(gateway->near, stale);
	return r;
}

static void tell(struct listener *listener, int result, const char *message)
{
	if (listener->backoff.attempts == 0)
		log_fault(LOG_WARNING, result, message);
}

/* For ever: an invalidation that is skipped would leave a lie. False when told to stop. */
static bool invalidate(
	struct listener *listener, const struct stale *stale, struct bus_batch *batch)
{
	int r = gateway_invalidate(listener->gateway, stale);

	while (r < 0 && !runtime_stopping()) {
		int64_t until_us = clock_monotonic_us();

		tell(listener, r, "invalidations wait for Redis");
		until_us += backoff_next_ms(&listener->backoff) * US_PER_MS;
		while (!runtime_stopping() && clock_monotonic_us() < until_us)
			(void)bus_consumer_wait(listener->consumer, WAIT_STEP_MS, batch);
		r = gateway_invalidate(listener->gateway, stale);
	}
	return r == 0;
}

static int step(struct listener *listener)
{
	struct stale stale = {0};
	struct bus_batch batch;
	int r = bus_consumer_poll(listener->consumer, POLL_MS, &batch);

	if (r < 0)
		return r;
	for (size_t i = 0; i < batch.count; i++) {
		stale_note(&stale, &batch.messages[i], listener->arena);
		arena_reset(listener->arena);
	}
	if (stale.unread)
		log_warning("a message on inventory.events cannot be read: all availability is "
			    "invalidated");
	if (invalidate(listener, &stale, &batch)) {
		backoff_reset(&listener->backoff);
		r = bus_consumer_store(listener->consumer, &batch);
	}
	bus_consumer_release(listener->consumer, &batch);
	return r;
}

/* No fault ends the gateway: what the cache holds about stock lives for moments only. */
static void listen_once(struct listener *listener)
{
	int r = listener->consumer == NULL ? open_consumer(listener) : step(listener);

	if (r == 0)
		return;
	tell(listener, r, "what stock does is not heard: the cache forgets by age alone");
	if (r != FAULT_BUS) {
		bus_consumer_destroy(listener->consumer);
		listener->consumer = NULL;
	}
	runtime_pause(backoff_next_ms(&listener->backoff));
}

int gateway_run(struct runtime *runtime, void *context)
{
	struct listener listener = {
		.gateway = context,
		.runtime = runtime,
		.arena = arena_create(ARENA_MAX),
		.backoff = {.first_ms = PAUSE_FIRST_MS, .pause_max_ms = PAUSE_MAX_MS},
	};

	while (!runtime_stopping()) {
		if (listener.gateway->cache == NULL)
			runtime_pause(PAUSE_MAX_MS);
		else
			listen_once(&listener);
	}
	bus_consumer_destroy(listener.consumer);
	arena_destroy(listener.arena);
	return 0;
}
