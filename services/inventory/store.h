/*
 * Stock and reservations in PostgreSQL: load and save, in batches. No decisions.
 */
#pragma once

#include "inventory.h"

#include <runtime/handler.h>
#include <runtime/uuid_map.h>

struct reservation_entry {
	struct reservation reservation;
	bool is_new; /* no row yet: its items are to be written too */
	bool changed;
};

struct inventory_state {
	struct uuid_map *reservations; /* by order id */
	struct reservation_entry *entries;
	size_t entries_count;
	struct stock_table stock;
};

void inventory_store_load(struct runtime_batch *batch);
/* Every order of the batch has an entry afterwards, RESERVATION_NONE when there was no row. */
void *inventory_store_loaded(struct runtime_batch *batch, struct store_result *const *results);
void inventory_store_save(void *state, struct runtime_batch *batch);
