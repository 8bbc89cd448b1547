/*
 * A batch in the database: inbox, load, decisions, save, outbox or answers, as
 * one PostgreSQL transaction.
 */
#pragma once

#include <runtime/handler.h>

/* Nothing was done; apart from the bus's outcomes, for the loop answers both. */
enum {
	APPLY_SPLIT = 11, /* call again with each message alone */
	APPLY_NOT_YET,    /* call again soon; fault_text() says what cannot be seen yet */
};

/*
 * Runs the batch and commits it; every message then has an outcome. @ret_state
 * is the handler's memory. When the database refuses the data of a batch the
 * answer is APPLY_SPLIT; when it refuses a single message, that one becomes
 * POISON. One transaction a message instead of savepoints: it is rare, and there
 * is only one way through the code.
 * Faults leave nothing done; the same call may be made again.
 */
int apply_batch(const struct handler *handler, struct runtime_batch *batch, void **ret_state);
