#include "batch.h"

#include "service.h"

#include <runtime/outgoing.h>

void order_batch_read(struct order_batch *batch, struct arena *arena,
	struct store_result *const *results, size_t inputs_max)
{
	*batch = (struct order_batch){
		.arena = arena,
		.rows = arena_array(arena, inputs_max, sizeof(struct order_batch_row)),
	};
	order_store_loaded(arena, results, &batch->entries, &batch->count);
	batch->by_id = uuid_map_create(arena, batch->count);
	for (size_t i = 0; i < batch->count; i++)
		uuid_map_put(batch->by_id, &batch->entries[i].order.id, &batch->entries[i]);
}

int order_batch_load(struct order_batch *batch, struct store *store, struct arena *arena,
	const struct uuid *ids, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *array = store_add_array(params, STORE_UUID);
	struct store_result *results[2] = {0};
	int r;

	for (size_t i = 0; i < count; i++)
		store_push_uuid(array, &ids[i]);
	order_store_load(store, params);
	r = store_run(store, results, 2);
	if (r == 0)
		order_batch_read(batch, arena, results, count);
	store_results_free(results, 2);
	return r;
}

struct order_entry *order_batch_find(const struct order_batch *batch, const struct uuid *id)
{
	return uuid_map_get(batch->by_id, id);
}

enum outcome order_batch_apply(struct order_batch *batch, struct order_entry *entry,
	const struct order_history_row *input, const void *event, struct outbox *out)
{
	struct order_batch_row *row = &batch->rows[batch->rows_count++];
	struct order order = entry->order;

	row->outcome = order_apply(&order,
		&(struct order_input){.trigger = input->trigger, .event = event}, &order_policy,
		out);
	row->reason = out->reason;
	row->history = *input;
	row->history.order_id = order.id;
	row->history.version = order.version;
	row->history.from = entry->order.step;
	row->history.to = order.step;
	row->history.at_us = out->now_us;
	if (input->trigger == ORDER_ON_DEADLINE)
		row->history.asks_max = order_policy.asks_max;
	if (row->outcome != APPLIED)
		return row->outcome;
	if (order_is_terminal(&order))
		batch->ended++;
	entry->order = order;
	entry->changed = true;
	return APPLIED;
}

void order_batch_save(const struct order_batch *batch, struct store *store)
{
	const struct order_history_row **applied =
		arena_array(batch->arena, batch->rows_count, sizeof(*applied));
	const struct order_batch_row **unapplied =
		arena_array(batch->arena, batch->rows_count, sizeof(*unapplied));
	size_t applied_count = 0, unapplied_count = 0;

	for (size_t i = 0; i < batch->rows_count; i++) {
		const struct order_batch_row *row = &batch->rows[i];

		if (row->outcome == APPLIED)
			applied[applied_count++] = &row->history;
		else if (row->history.event_id)
			unapplied[unapplied_count++] = row;
	}
	order_store_update(store, batch->arena, batch->entries, batch->count);
	order_store_add_history(store, batch->arena, applied, applied_count);
	order_store_add_unapplied(store, batch->arena, unapplied, unapplied_count);
}

int order_batch_commit(
	const struct order_batch *batch, struct store *store, const struct outbox *out)
{
	order_batch_save(batch, store);
	outgoing_queue_outbox(store, batch->arena, out);
	store_queue(store, "commit", NULL);
	return store_run(store, NULL, 0);
}
