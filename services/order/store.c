#include "store.h"

#include "batch.h"

void order_store_load(struct store *store, const struct store_params *ids)
{
	store_queue(store, "order_load", ids);
	store_queue(store, "order_items_load", ids);
}

int order_store_read(
	const struct store_result *rows, size_t row, struct arena *arena, struct order *ret_order)
{
	struct order order = {
		.id = store_get_uuid(rows, row, 0),
		.customer_id = store_copy_text(rows, row, 1, arena),
		.payment_method = store_copy_text(rows, row, 2, arena),
		.total_amount = store_get_long(rows, row, 5),
		.payment_id = store_get_uuid(rows, row, 6),
		.reservation_id = store_get_uuid(rows, row, 7),
		.refunded = store_get_bool(rows, row, 8),
		.cancellation_reason = store_copy_text(rows, row, 9, arena),
		.sequence = store_get_long(rows, row, 10),
		.version = store_get_int(rows, row, 11),
		.deadline_us = store_get_time(rows, row, 12),
		.created_at_us = store_get_time(rows, row, 13),
		.updated_at_us = store_get_time(rows, row, 14),
		.asks = store_get_int(rows, row, 15),
		.stuck = store_get_bool(rows, row, 16),
	};
	int r = order_status_parse(store_get_text(rows, row, 3), &order.status);

	if (r == 0)
		r = order_step_parse(store_get_text(rows, row, 4), &order.step);
	if (r == 0)
		*ret_order = order;
	return r;
}

void order_store_read_items(
	const struct store_result *rows, size_t *row, struct arena *arena, struct order *order)
{
	size_t first = *row;
	struct order_item *items;

	for (; *row < store_rows(rows); (*row)++) {
		struct uuid id = store_get_uuid(rows, *row, 0);

		if (!uuid_equal(&id, &order->id))
			break;
	}
	order->items_count = *row - first;
	items = arena_array(arena, order->items_count, sizeof(*items));
	for (size_t i = 0; i < order->items_count; i++) {
		items[i].product_id = store_copy_text(rows, first + i, 1, arena);
		items[i].quantity = store_get_int(rows, first + i, 2);
		items[i].price = store_get_long(rows, first + i, 3);
	}
	order->items = items;
}

void order_store_loaded(struct arena *arena, struct store_result *const *results,
	struct order_entry **ret_entries, size_t *ret_count)
{
	struct order_entry *entries = arena_array(arena, store_rows(results[0]), sizeof(*entries));
	size_t item_row = 0, count = 0;

	/* Both are sorted by order id: the items of an order come when it does. */
	for (size_t row = 0; row < store_rows(results[0]); row++) {
		struct order *order = &entries[count].order;

		if (order_store_read(results[0], row, arena, order) < 0)
			continue;
		order_store_read_items(results[1], &item_row, arena, order);
		count++;
	}
	*ret_entries = entries;
	*ret_count = count;
}

void order_store_update(
	struct store *store, struct arena *arena, const struct order_entry *entries, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *statuses = store_add_array(params, STORE_TEXT);
	struct store_array *steps = store_add_array(params, STORE_TEXT);
	struct store_array *payments = store_add_array(params, STORE_UUID);
	struct store_array *reservations = store_add_array(params, STORE_UUID);
	struct store_array *refunded = store_add_array(params, STORE_BOOL);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	struct store_array *sequences = store_add_array(params, STORE_LONG);
	struct store_array *versions = store_add_array(params, STORE_INT);
	struct store_array *deadlines = store_add_array(params, STORE_TIME);
	struct store_array *updates = store_add_array(params, STORE_TIME);
	struct store_array *asks = store_add_array(params, STORE_INT);
	struct store_array *stuck = store_add_array(params, STORE_BOOL);
	size_t changed = 0;

	for (size_t i = 0; i < count; i++) {
		const struct order *order = &entries[i].order;

		if (!entries[i].changed)
			continue;
		changed++;
		store_push_uuid(ids, &order->id);
		store_push_text(statuses, order_status_name(order->status));
		store_push_text(steps, order_step_name(order->step));
		store_push_uuid(payments, &order->payment_id);
		store_push_uuid(reservations, &order->reservation_id);
		store_push_bool(refunded, order->refunded);
		store_push_text(reasons, order->cancellation_reason);
		store_push_long(sequences, order->sequence);
		store_push_int(versions, order->version);
		store_push_time(deadlines, order->deadline_us);
		store_push_time(updates, order->updated_at_us);
		store_push_int(asks, order->asks);
		store_push_bool(stuck, order->stuck);
	}
	if (changed > 0)
		store_queue(store, "order_update", params);
}

static void insert_items(
	struct store *store, struct arena *arena, const struct order *const *orders, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *positions = store_add_array(params, STORE_INT);
	struct store_array *products = store_add_array(params, STORE_TEXT);
	struct store_array *quantities = store_add_array(params, STORE_INT);
	struct store_array *prices = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < count; i++) {
		for (size_t item = 0; item < orders[i]->items_count; item++) {
			store_push_uuid(ids, &orders[i]->id);
			store_push_int(positions, (int32_t)item);
			store_push_text(products, orders[i]->items[item].product_id);
			store_push_int(quantities, orders[i]->items[item].quantity);
			store_push_long(prices, orders[i]->items[item].price);
		}
	}
	store_queue(store, "order_item_insert", params);
}

void order_store_insert(
	struct store *store, struct arena *arena, const struct order *const *orders, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *customers = store_add_array(params, STORE_TEXT);
	struct store_array *methods = store_add_array(params, STORE_TEXT);
	struct store_array *statuses = store_add_array(params, STORE_TEXT);
	struct store_array *steps = store_add_array(params, STORE_TEXT);
	struct store_array *totals = store_add_array(params, STORE_LONG);
	struct store_array *sequences = store_add_array(params, STORE_LONG);
	struct store_array *versions = store_add_array(params, STORE_INT);
	struct store_array *deadlines = store_add_array(params, STORE_TIME);
	struct store_array *times = store_add_array(params, STORE_TIME);

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		store_push_uuid(ids, &orders[i]->id);
		store_push_text(customers, orders[i]->customer_id);
		store_push_text(methods, orders[i]->payment_method);
		store_push_text(statuses, order_status_name(orders[i]->status));
		store_push_text(steps, order_step_name(orders[i]->step));
		store_push_long(totals, orders[i]->total_amount);
		store_push_long(sequences, orders[i]->sequence);
		store_push_int(versions, orders[i]->version);
		store_push_time(deadlines, orders[i]->deadline_us);
		store_push_time(times, orders[i]->created_at_us);
	}
	store_queue(store, "order_insert", params);
	insert_items(store, arena, orders, count);
}

void order_store_add_history(struct store *store, struct arena *arena,
	const struct order_history_row *const *rows, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *versions = store_add_array(params, STORE_INT);
	struct store_array *types = store_add_array(params, STORE_TEXT);
	struct store_array *event_ids = store_add_array(params, STORE_UUID);
	struct store_array *from = store_add_array(params, STORE_TEXT);
	struct store_array *to = store_add_array(params, STORE_TEXT);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *partitions = store_add_array(params, STORE_INT);
	struct store_array *offsets = store_add_array(params, STORE_LONG);
	struct store_array *traces = store_add_array(params, STORE_TEXT);
	struct store_array *times = store_add_array(params, STORE_TIME);
	struct store_array *events = store_add_array(params, STORE_BYTES);
	struct store_array *limits = store_add_array(params, STORE_INT);

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		char trace[TRACE_TEXT_SIZE];

		store_push_uuid(ids, &rows[i]->order_id);
		store_push_int(versions, rows[i]->version);
		store_push_text(types, order_trigger_name(rows[i]->trigger));
		store_push_uuid(event_ids, rows[i]->event_id);
		store_push_text(from, order_step_name(rows[i]->from));
		store_push_text(to, order_step_name(rows[i]->to));
		store_push_text(topics, rows[i]->topic);
		store_push_int(partitions, rows[i]->partition);
		store_push_long(offsets, rows[i]->offset);
		store_push_text(traces, trace_format(&rows[i]->trace, trace));
		store_push_time(times, rows[i]->at_us);
		store_push_bytes(events, rows[i]->event, rows[i]->event_size);
		store_push_int(limits, rows[i]->asks_max);
	}
	store_queue(store, "order_history_insert", params);
}

void order_store_add_unapplied(struct store *store, struct arena *arena,
	const struct order_batch_row *const *rows, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *event_ids = store_add_array(params, STORE_UUID);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *types = store_add_array(params, STORE_TEXT);
	struct store_array *outcomes = store_add_array(params, STORE_TEXT);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	struct store_array *steps = store_add_array(params, STORE_TEXT);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *partitions = store_add_array(params, STORE_INT);
	struct store_array *offsets = store_add_array(params, STORE_LONG);
	struct store_array *traces = store_add_array(params, STORE_TEXT);
	struct store_array *times = store_add_array(params, STORE_TIME);

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct order_history_row *row = &rows[i]->history;
		char trace[TRACE_TEXT_SIZE];

		store_push_uuid(event_ids, row->event_id);
		store_push_uuid(ids, &row->order_id);
		store_push_text(types, order_trigger_name(row->trigger));
		store_push_text(outcomes, outcome_name(rows[i]->outcome));
		store_push_text(reasons, rows[i]->reason);
		store_push_text(steps, order_step_name(row->from));
		store_push_text(topics, row->topic);
		store_push_int(partitions, row->partition);
		store_push_long(offsets, row->offset);
		store_push_text(traces, trace_format(&row->trace, trace));
		store_push_time(times, row->at_us);
	}
	store_queue(store, "order_unapplied_insert", params);
}
