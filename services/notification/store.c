#include "store.h"

#include <base/fault.h>

/* ---- templates ---- */

static int read_template(const struct store_result *rows, size_t row, struct arena *arena,
	struct notification_templates *templates)
{
	const char *name = store_get_text(rows, row, 0);
	enum event_type type;
	int r = event_type_of(name, &type);

	if (r < 0 || notification_fields(type) == 0)
		return fault(FAULT_STATE, "template %s: customers are told of no such event", name);
	templates->of[type] = (struct template){
		.subject = store_copy_text(rows, row, 1, arena),
		.body = store_copy_text(rows, row, 2, arena),
	};
	if (template_check(&templates->of[type], notification_fields(type)) < 0) {
		const char *words = arena_string(arena, fault_text());

		return fault(FAULT_STATE, "template %s: %s", name, words);
	}
	return 0;
}

static int check_complete(const struct notification_templates *templates)
{
	for (enum event_type type = 0; type < EVENT_TYPE_COUNT; type++) {
		if (notification_fields(type) != 0 && !templates->of[type].subject)
			return fault(FAULT_STATE, "template %s is missing", event_info(type)->name);
	}
	return 0;
}

int notification_store_templates(
	struct store *store, struct arena *arena, struct notification_templates *ret_templates)
{
	struct store_result *rows = NULL;
	int r;

	store_queue(store, "template_list", NULL);
	r = store_run(store, &rows, 1);
	for (size_t row = 0; r == 0 && row < store_rows(rows); row++)
		r = read_template(rows, row, arena, ret_templates);
	store_results_free(&rows, 1);
	return r == 0 ? check_complete(ret_templates) : r;
}

/* ---- a batch ---- */

void notification_store_load(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);

	batch_push_keys(batch, store_add_array(params, STORE_UUID));
	store_queue(batch->store, "customer_order_load", params);
	store_queue(batch->store, "notification_load", params);
}

void *notification_store_loaded(struct runtime_batch *batch, struct store_result *const *results)
{
	struct notification_state *state = arena_new(batch->arena, struct notification_state);

	state->orders = uuid_map_create(batch->arena, batch->count);
	state->entries = arena_array(batch->arena, batch->count, sizeof(*state->entries));
	state->rows = arena_array(batch->arena, batch->count, sizeof(*state->rows));
	for (size_t i = 0; i < batch->count; i++) {
		struct order_entry *entry = &state->entries[state->entries_count];

		entry->order.order_id = batch->messages[i].key;
		if (uuid_map_put(state->orders, &batch->messages[i].key, entry) == entry)
			state->entries_count++;
	}
	for (size_t row = 0; row < store_rows(results[0]); row++) {
		struct uuid id = store_get_uuid(results[0], row, 0);
		struct order_entry *entry = uuid_map_get(state->orders, &id);

		entry->order.customer_id = store_copy_text(results[0], row, 1, batch->arena);
	}
	for (size_t row = 0; row < store_rows(results[1]); row++) {
		struct uuid id = store_get_uuid(results[1], row, 0);
		struct order_entry *entry = uuid_map_get(state->orders, &id);
		enum event_type type;

		/* A kind that is no longer known is told by nobody again. */
		if (event_type_of(store_get_text(results[1], row, 1), &type) == 0)
			entry->order.told |= UINT32_C(1) << type;
	}
	return state;
}

static void queue_customers(const struct notification_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *customers = store_add_array(params, STORE_TEXT);
	size_t count = 0;

	for (size_t i = 0; i < state->entries_count; i++) {
		if (!state->entries[i].named)
			continue;
		count++;
		store_push_uuid(orders, &state->entries[i].order.order_id);
		store_push_text(customers, state->entries[i].order.customer_id);
	}
	if (count > 0)
		store_queue(batch->store, "customer_order_insert", params);
}

static void queue_notifications(const struct notification_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *events = store_add_array(params, STORE_UUID);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *types = store_add_array(params, STORE_TEXT);
	struct store_array *subjects = store_add_array(params, STORE_TEXT);
	struct store_array *bodies = store_add_array(params, STORE_TEXT);
	struct store_array *traces = store_add_array(params, STORE_TEXT);
	struct store_array *created = store_add_array(params, STORE_TIME);
	char trace[TRACE_TEXT_SIZE];

	for (size_t i = 0; i < state->rows_count; i++) {
		const struct notification_row *row = &state->rows[i];

		store_push_uuid(events, &row->event_id);
		store_push_uuid(orders, &row->order_id);
		store_push_text(types, event_info(row->notification.type)->name);
		store_push_text(subjects, row->notification.subject);
		store_push_text(bodies, row->notification.body);
		store_push_text(traces, trace_format(&row->trace, trace));
		store_push_time(created, batch->out->now_us);
	}
	if (state->rows_count > 0)
		store_queue(batch->store, "notification_insert", params);
}

void notification_store_save(void *state, struct runtime_batch *batch)
{
	queue_customers(state, batch);
	queue_notifications(state, batch);
}
