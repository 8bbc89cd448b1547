#include "store.h"

#include <base/clock.h>
#include <string.h>

void analytics_store_load(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);

	batch_push_keys(batch, store_add_array(params, STORE_UUID));
	store_queue(batch->store, "order_fact_claim", params);
	store_queue(batch->store, "order_fact_load", params);
}

static void read_fact(
	const struct store_result *rows, size_t row, struct arena *arena, struct order_fact *fact)
{
	*fact = (struct order_fact){
		.order_id = store_get_uuid(rows, row, 0),
		.total_amount = store_get_long(rows, row, 1),
		.decline_reason = store_copy_text(rows, row, 2, arena),
		.refusal_reason = store_copy_text(rows, row, 3, arena),
		.cancellation_reason = store_copy_text(rows, row, 4, arena),
	};
	for (int i = 0; i < MILESTONES; i++)
		fact->at_us[i] = store_get_time(rows, row, 5 + i);
}

void *analytics_store_loaded(struct runtime_batch *batch, struct store_result *const *results)
{
	struct analytics_state *state = arena_new(batch->arena, struct analytics_state);
	size_t rows = store_rows(results[1]);

	state->facts = uuid_map_create(batch->arena, rows);
	state->entries = arena_array(batch->arena, rows, sizeof(*state->entries));
	state->entries_count = rows;
	for (size_t row = 0; row < rows; row++) {
		struct fact_entry *entry = &state->entries[row];

		read_fact(results[1], row, batch->arena, &entry->fact);
		entry->before = entry->fact;
		uuid_map_put(state->facts, &entry->fact.order_id, entry);
	}
	return state;
}

static size_t queue_facts(const struct analytics_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *totals = store_add_array(params, STORE_LONG);
	struct store_array *declines = store_add_array(params, STORE_TEXT);
	struct store_array *refusals = store_add_array(params, STORE_TEXT);
	struct store_array *cancellations = store_add_array(params, STORE_TEXT);
	struct store_array *times[MILESTONES];
	size_t count = 0;

	for (int i = 0; i < MILESTONES; i++)
		times[i] = store_add_array(params, STORE_TIME);
	for (size_t i = 0; i < state->entries_count; i++) {
		const struct order_fact *fact = &state->entries[i].fact;

		if (!state->entries[i].changed)
			continue;
		count++;
		store_push_uuid(orders, &fact->order_id);
		store_push_long(totals, fact->total_amount);
		store_push_text(declines, fact->decline_reason);
		store_push_text(refusals, fact->refusal_reason);
		store_push_text(cancellations, fact->cancellation_reason);
		for (int at = 0; at < MILESTONES; at++)
			store_push_time(times[at], fact->at_us[at]);
	}
	if (count > 0)
		store_queue(batch->store, "order_fact_save", params);
	return count;
}

struct tally_arrays {
	struct store_array *minutes, *measures, *labels, *counts, *totals;
};

static void push_cell(const struct tally_arrays *arrays, const struct tally_cell *cell, int sign)
{
	if (!cell->label)
		return;
	store_push_time(arrays->minutes, cell->minute_us);
	store_push_text(arrays->measures, cell->measure);
	store_push_text(arrays->labels, cell->label);
	store_push_long(arrays->counts, sign * cell->count);
	store_push_long(arrays->totals, sign * cell->total);
}

static bool cell_equal(const struct tally_cell *a, const struct tally_cell *b)
{
	if (!a->label || !b->label)
		return a->label == b->label;
	return a->minute_us == b->minute_us && a->count == b->count && a->total == b->total &&
		strcmp(a->label, b->label) == 0;
}

/* What the order counted for goes out, what it counts for now comes in. */
static void push_difference(const struct tally_arrays *arrays, const struct fact_entry *entry)
{
	struct tally_cell before[CELLS], after[CELLS];

	order_fact_cells(&entry->before, before);
	order_fact_cells(&entry->fact, after);
	for (size_t i = 0; i < CELLS; i++) {
		if (cell_equal(&before[i], &after[i]))
			continue;
		push_cell(arrays, &before[i], -1);
		push_cell(arrays, &after[i], 1);
	}
}

static void queue_tally(const struct analytics_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct tally_arrays arrays;

	arrays.minutes = store_add_array(params, STORE_TIME);
	arrays.measures = store_add_array(params, STORE_TEXT);
	arrays.labels = store_add_array(params, STORE_TEXT);
	arrays.counts = store_add_array(params, STORE_LONG);
	arrays.totals = store_add_array(params, STORE_LONG);
	for (size_t i = 0; i < state->entries_count; i++) {
		if (state->entries[i].changed)
			push_difference(&arrays, &state->entries[i]);
	}
	store_queue(batch->store, "tally_add", params);
}

static void queue_progress(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	int64_t latest_ms = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];

		if (message->outcome == APPLIED && message->raw.timestamp_ms > latest_ms)
			latest_ms = message->raw.timestamp_ms;
	}
	store_add_time(params, latest_ms * US_PER_MS);
	store_add_time(params, batch->out->now_us);
	store_queue(batch->store, "progress_save", params);
}

void analytics_store_save(void *state, struct runtime_batch *batch)
{
	if (queue_facts(state, batch) == 0)
		return;
	queue_tally(state, batch);
	queue_progress(batch);
}
