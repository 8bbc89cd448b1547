/*
 * The summary: rows of the tally added up, and as JSON.
 */
#pragma once

#include <base/buffer.h>
#include <store/store.h>

struct summary_window {
	int64_t from_us, to_us; /* of the minutes in which orders were created; 0: no bound */
};

/* Queues the three statements that the summary is made of. */
#define SUMMARY_RESULTS 3
void summary_queue(struct store *store, struct arena *arena, const struct summary_window *window);

/* Writes what they answered. FAULT_INPUT when the tally has a bucket that nobody knows. */
int summary_write(struct buffer *out, const struct summary_window *window,
	struct store_result *const results[static SUMMARY_RESULTS]);
