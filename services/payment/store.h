/*
 * Payments in PostgreSQL: load and save, in batches. No decisions.
 */
#pragma once

#include "payment.h"

#include <runtime/handler.h>
#include <runtime/uuid_map.h>

struct payment_entry {
	struct payment payment;
	enum payment_status before; /* as loaded */
	bool changed;
};

struct payment_state {
	struct uuid_map *payments;     /* by order id */
	struct payment_entry *entries; /* one for each order of the batch */
	size_t entries_count;
};

void payment_store_load(struct runtime_batch *batch);
/* Every order of the batch has an entry afterwards, PAYMENT_NONE when there was no row. */
void *payment_store_loaded(struct runtime_batch *batch, struct store_result *const *results);
/* The payments of payment_load, with room for as many entries more. */
struct payment_state *payment_store_read(
	const struct store_result *result, size_t room, struct arena *arena);
/* What was decided becomes the entry's, and is saved if it differs. */
void payment_store_keep(struct payment_entry *entry, const struct payment *payment);
/* Two statements at most. */
void payment_store_queue_save(
	const struct payment_state *state, struct store *store, struct arena *arena);
void payment_store_save(void *state, struct runtime_batch *batch);
