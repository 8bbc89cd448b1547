/*
 * Orders in PostgreSQL: load and save, in batches. No decisions.
 */
#pragma once

#include "order.h"

#include <runtime/handler.h>
#include <runtime/uuid_map.h>

/* An order in hand, and the history rows it gained in this batch. */
struct order_entry {
	struct order order;
	bool changed;
};

struct order_history_row {
	struct uuid order_id;
	int32_t version;
	const char *type;
	const struct uuid *event_id; /* NULL: a command */
	enum order_step from, to;
	const char *topic; /* NULL: a command */
	int32_t partition;
	int64_t offset;
	struct trace trace;
	int64_t at_us;
};

/* Queues order_load and order_items_load for all orders of the batch. */
void order_store_load(struct runtime_batch *batch);
/* Rows into memory: a map from order id to struct order_entry. */
struct uuid_map *order_store_loaded(struct runtime_batch *batch,
	struct store_result *const *results, struct order_entry **ret_entries, size_t *ret_count);

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
	const struct order_history_row *rows, size_t count);
