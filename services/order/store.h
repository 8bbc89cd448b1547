/*
 * Orders in PostgreSQL: load and save, in batches. No decisions.
 */
#pragma once

#include "history.h"

#include <store/store.h>

/* An order in hand. */
struct order_entry {
	struct order order;
	bool changed;
};

struct order_batch_row;

/* Queues order_load and order_items_load; @ids has one parameter, the array of ids. */
void order_store_load(struct store *store, const struct store_params *ids);
/* Their rows into memory. */
void order_store_loaded(struct arena *arena, struct store_result *const *results,
	struct order_entry **ret_entries, size_t *ret_count);

/* One row as order_load and order_get select it; texts are copied to @arena. */
int order_store_read(
	const struct store_result *rows, size_t row, struct arena *arena, struct order *ret_order);
/* Rows of one order, from @row on, as order_items_load and order_items_get select them. */
void order_store_read_items(
	const struct store_result *rows, size_t *row, struct arena *arena, struct order *order);

/* Queue one statement each, none for a count of 0. */
void order_store_update(
	struct store *store, struct arena *arena, const struct order_entry *entries, size_t count);
void order_store_insert(
	struct store *store, struct arena *arena, const struct order *const *orders, size_t count);
void order_store_add_history(struct store *store, struct arena *arena,
	const struct order_history_row *const *rows, size_t count);
void order_store_add_unapplied(struct store *store, struct arena *arena,
	const struct order_batch_row *const *rows, size_t count);
