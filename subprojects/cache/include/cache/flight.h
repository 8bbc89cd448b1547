/*
 * One loader per key within the process: whoever comes while a load is under way waits for
 * its answer instead of loading too (Go's singleflight, with a bound on the wait).
 *
 * Knows nothing of Redis and works as well without it. Any thread.
 */
#pragma once

#include <base/buffer.h>
#include <stddef.h>
#include <stdint.h>

struct flights;
struct flight;

/* NULL when there is no memory. */
struct flights *flights_create(void);
/* Nothing is under way. */
void flights_destroy(struct flights *flights);

enum {
	FLIGHT_LEAD = 1, /* nobody loads this: load it and call flight_land() */
	FLIGHT_ALONE,    /* no answer to share, or none in time: load it for yourself */
};

/* 0 with the leader's answer appended to @value, FLIGHT_LEAD with @ret_flight, or FLIGHT_ALONE. */
int flight_join(struct flights *flights, const char *key, int64_t wait_ms, struct buffer *value,
	struct flight **ret_flight);

/* The end of every flight that was led. @bytes NULL: nothing that others may have. */
void flight_land(struct flights *flights, struct flight *flight, const void *bytes, size_t size);

/* What was loaded before now is too old for whoever comes later: they start anew. */
void flights_cut(struct flights *flights);

/* How many wait for an answer now. */
size_t flights_waiting(struct flights *flights);
