/*
 * A circuit breaker: after an error nobody tries for a pause, then one does for all.
 *
 * Any thread. The pauses are jittered and grow; the time is the caller's.
 */
#pragma once

#include <base/backoff.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct circuit {
	_Atomic int64_t try_at_us; /* 0: closed, everybody may */
	pthread_mutex_t lock;
	struct backoff backoff; /* under the lock */
};

void circuit_init(struct circuit *circuit, int64_t first_ms, int64_t pause_max_ms);
void circuit_finish(struct circuit *circuit);

/*
 * True while closed, and for the one caller that tries after a pause. Who was told
 * true says afterwards how it went.
 */
bool circuit_allows(struct circuit *circuit, int64_t now_us);
/* True when it was open: the first success after errors. */
bool circuit_succeeded(struct circuit *circuit);
/* True when it was closed: the first error. */
bool circuit_failed(struct circuit *circuit, int64_t now_us);
