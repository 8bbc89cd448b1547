#include "circuit.h"

#include <base/clock.h>

void circuit_init(struct circuit *circuit, int64_t first_ms, int64_t pause_max_ms)
{
	atomic_init(&circuit->try_at_us, 0);
	pthread_mutex_init(&circuit->lock, NULL);
	circuit->backoff = (struct backoff){.first_ms = first_ms, .pause_max_ms = pause_max_ms};
}

void circuit_finish(struct circuit *circuit)
{
	pthread_mutex_destroy(&circuit->lock);
}

bool circuit_allows(struct circuit *circuit, int64_t now_us)
{
	int64_t try_at_us = atomic_load(&circuit->try_at_us);

	if (try_at_us == 0)
		return true;
	if (now_us < try_at_us)
		return false;
	/* The winner tries; should it never come back, another may after the longest pause. */
	return atomic_compare_exchange_strong(&circuit->try_at_us, &try_at_us,
		now_us + circuit->backoff.pause_max_ms * US_PER_MS);
}

bool circuit_succeeded(struct circuit *circuit)
{
	bool was_open;

	/* The way of every answer while all is well: no lock. */
	if (atomic_load_explicit(&circuit->try_at_us, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&circuit->lock);
	was_open = atomic_exchange(&circuit->try_at_us, 0) != 0;
	backoff_reset(&circuit->backoff);
	pthread_mutex_unlock(&circuit->lock);
	return was_open;
}

bool circuit_failed(struct circuit *circuit, int64_t now_us)
{
	int64_t try_at_us;

	pthread_mutex_lock(&circuit->lock);
	try_at_us = now_us + backoff_next_ms(&circuit->backoff) * US_PER_MS;
	try_at_us = atomic_exchange(&circuit->try_at_us, try_at_us);
	pthread_mutex_unlock(&circuit->lock);
	return try_at_us == 0;
}
