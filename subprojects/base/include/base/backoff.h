/*
 * Exponential backoff with jitter: pauses between retries.
 *
 * Data struct: set first_ms (> 0) and pause_max_ms (≥ first_ms), leave the rest zero.
 */
#pragma once

#include <stdint.h>

struct backoff {
	int64_t first_ms;
	int64_t pause_max_ms;
	int attempts; /* so far */
};

/* The next pause, drawn evenly from [ceiling/2, ceiling], ceiling doubling from first_ms. */
int64_t backoff_next_ms(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);
