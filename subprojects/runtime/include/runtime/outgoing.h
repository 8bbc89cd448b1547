/*
 * Emissions as rows: of the outbox, or of the stored answers.
 */
#pragma once

#include <runtime/handler.h>

/* Queues one statement for all emissions, or none when there are none. */
void outgoing_queue_outbox(struct store *store, struct arena *arena, const struct outbox *out);
void outgoing_queue_answers(struct runtime_batch *batch);

/*
 * Gives redelivered messages their stored answers back as emissions, in the order
 * and under the ids of the first time. One round trip, none without redelivery.
 */
int outgoing_load_answers(struct runtime_batch *batch);
