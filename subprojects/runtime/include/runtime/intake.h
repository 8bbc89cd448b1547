/*
 * Commands from HTTP threads, taken in batches by one thread: group commit.
 *
 * A hundred POSTs that arrive together become one PostgreSQL transaction with
 * one fsync, as a hundred messages do in the loop. Each caller waits for the
 * commit of its own command and no answer leaves before it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct intake;

struct intake_command {
	void *data;
	int result; /* set by process(), returned by intake_submit() */
};

struct intake_config {
	/*
	 * Does all of @commands in one transaction and sets each .result. A fault
	 * instead means that none was done (FAULT_DB_UNKNOWN: all or none): data the
	 * database refuses is then tried again one by one, anything else is every
	 * caller's answer.
	 */
	int (*process)(void *context, struct intake_command **commands, size_t count);
	void *context;
	size_t batch_max;
	size_t queue_max; /* waiting callers; more are refused */
};

int intake_start(const struct intake_config *config, struct intake **ret_intake);
/* Ends after the batch in hand; whoever still waits gets FAULT_DB "stopping". */
void intake_stop(struct intake *intake);

/* Blocks until the command's batch is through. FAULT_LIMIT at once when the queue is full. */
int intake_submit(struct intake *intake, void *data);
/* Callers waiting or being served now. */
size_t intake_depth(struct intake *intake);
