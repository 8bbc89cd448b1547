/*
 * Facts and the tally in PostgreSQL: load and save, in batches. No decisions.
 */
#pragma once

#include "analytics.h"

#include <runtime/handler.h>
#include <runtime/uuid_map.h>

struct fact_entry {
	struct order_fact fact;
	struct order_fact before; /* as loaded */
	bool changed;
};

struct analytics_state {
	struct uuid_map *facts; /* by order id */
	struct fact_entry *entries;
	size_t entries_count;
};

void analytics_store_load(struct runtime_batch *batch);
/* Every order of the batch has an entry afterwards, a blank one when nothing was told yet. */
void *analytics_store_loaded(struct runtime_batch *batch, struct store_result *const *results);
void analytics_store_save(void *state, struct runtime_batch *batch);
