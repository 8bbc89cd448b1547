/*
 * Orders in hand, within one transaction: loaded and locked, decided on, saved
 * together with their history and what was emitted. Messages, deadlines and
 * cancellations all go through here.
 */
#pragma once

#include "history.h"
#include "store.h"

#include <runtime/uuid_map.h>

struct order_batch {
	struct arena *arena; /* until the commit */
	struct uuid_map *by_id;
	struct order_entry *entries;
	size_t count;
	struct order_batch_row *rows; /* what was applied, and messages that were not */
	size_t rows_count;
	int64_t ended; /* orders that became terminal */
};

/* An input and what became of it. */
struct order_batch_row {
	struct order_history_row history;
	enum outcome outcome;
	const char *reason;
};

/* Rows of order_load and order_items_load into memory; room for @inputs_max inputs. */
void order_batch_read(struct order_batch *batch, struct arena *arena,
	struct store_result *const *results, size_t inputs_max);
/* Begins nothing: locks and loads these orders in the transaction that is open. */
int order_batch_load(struct order_batch *batch, struct store *store, struct arena *arena,
	const struct uuid *ids, size_t count);
/* NULL: no such order. */
struct order_entry *order_batch_find(const struct order_batch *batch, const struct uuid *id);

/*
 * Decides and keeps the result. @input has what the history is to say of it,
 * except what the decision itself gives; @event is what input->event decodes to.
 */
enum outcome order_batch_apply(struct order_batch *batch, struct order_entry *entry,
	const struct order_history_row *input, const void *event, struct outbox *out);

/* Queues the statements that write it all back, but for the outbox. */
void order_batch_save(const struct order_batch *batch, struct store *store);
/* Saves, emits and commits: the end of a transaction that is not the loop's. */
int order_batch_commit(
	const struct order_batch *batch, struct store *store, const struct outbox *out);
