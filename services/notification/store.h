/*
 * Notifications in PostgreSQL: load and save, in batches. No decisions.
 */
#pragma once

#include "notification.h"

#include <runtime/handler.h>
#include <runtime/uuid_map.h>

struct notification_row {
	struct uuid event_id, order_id;
	struct trace trace;
	struct notification notification;
};

struct order_entry {
	struct customer_order order;
	bool named; /* the customer was learnt in this batch */
};

struct notification_state {
	struct uuid_map *orders;     /* order_entry by order id */
	struct order_entry *entries; /* one for each order of the batch */
	size_t entries_count;
	struct notification_row *rows; /* what customers are to be told */
	size_t rows_count;
};

/* Every event customers are told of has a template that is in order, or FAULT_STATE. */
int notification_store_templates(
	struct store *store, struct arena *arena, struct notification_templates *ret_templates);

void notification_store_load(struct runtime_batch *batch);
/* Every order of the batch has an entry afterwards; rows have room for every message. */
void *notification_store_loaded(struct runtime_batch *batch, struct store_result *const *results);
void notification_store_save(void *state, struct runtime_batch *batch);
