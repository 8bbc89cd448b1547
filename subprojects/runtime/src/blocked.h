/*
 * Keys that wait behind a dead letter: those the database knows of, and those
 * that this batch's own dead letters add.
 *
 *   blocked_queue_find   one statement, in the batch's first round trip
 *   blocked_take         makes memory of its rows, nearly always none
 *   blocked_answer       parks a message whose key waits
 *   blocked_add          a message became a dead letter: its key waits from now on
 *   blocked_queue_save   writes down what is new
 */
#pragma once

#include <runtime/handler.h>

struct blocked;

void blocked_queue_find(struct runtime_batch *batch);
struct blocked *blocked_take(struct runtime_batch *batch, const struct store_result *rows);

/*
 * True when @message's key waits: its outcome is PARKED then, or POISON when it is
 * the very dead letter that the key waits for, delivered again.
 */
bool blocked_answer(
	struct blocked *blocked, struct runtime_batch *batch, struct runtime_message *message);
/* Does nothing for a message without a key: nothing can wait behind it. */
void blocked_add(struct blocked *blocked, const struct runtime_message *message);
void blocked_queue_save(const struct blocked *blocked, struct runtime_batch *batch);
