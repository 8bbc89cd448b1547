#include "store.h"

static void push_products(const struct runtime_batch *batch, struct store_array *array)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];
		const struct order_inventory_requested *event = message->event;

		if (!event || message->type != EVENT_ORDER_INVENTORY_REQUESTED)
			continue;
		for (size_t item = 0; item < event->items_count; item++)
			store_push_text(array, event->items[item].product_id);
	}
}

void inventory_store_load(struct runtime_batch *batch)
{
	struct store_params *orders = store_params_create(batch->arena);
	struct store_params *products = store_params_create(batch->arena);

	batch_push_keys(batch, store_add_array(orders, STORE_UUID));
	push_products(batch, store_add_array(products, STORE_TEXT));
	batch_push_keys(batch, store_add_array(products, STORE_UUID));
	store_queue(batch->store, "reservation_load", orders);
	store_queue(batch->store, "reservation_items_load", orders);
	store_queue(batch->store, "stock_load", products);
}

static void read_items(const struct store_result *rows, size_t *row, struct arena *arena,
	struct reservation *reservation)
{
	size_t first = *row;
	struct reservation_item *items;

	for (; *row < store_rows(rows); (*row)++) {
		struct uuid id = store_get_uuid(rows, *row, 0);

		if (!uuid_equal(&id, &reservation->order_id))
			break;
	}
	reservation->items_count = *row - first;
	items = arena_array(arena, reservation->items_count, sizeof(*items));
	for (size_t i = 0; i < reservation->items_count; i++) {
		items[i].product_id = store_copy_text(rows, first + i, 1, arena);
		items[i].quantity = store_get_int(rows, first + i, 2);
		items[i].available = store_is_null(rows, first + i, 3)
			? STOCK_SUFFICED
			: store_get_long(rows, first + i, 3);
	}
	reservation->items = items;
}

static void read_reservation(const struct store_result *rows, size_t row, struct arena *arena,
	struct reservation *reservation)
{
	*reservation = (struct reservation){
		.order_id = store_get_uuid(rows, row, 0),
		.id = store_get_uuid(rows, row, 1),
		.request_id = store_get_uuid(rows, row, 2),
		.failure_reason = store_copy_text(rows, row, 4, arena),
		.created_at_us = store_get_time(rows, row, 5),
		.updated_at_us = store_get_time(rows, row, 6),
	};
	/* The table's own CHECK allows no other word. */
	(void)reservation_status_parse(store_get_text(rows, row, 3), &reservation->status);
}

static void read_stock(
	const struct store_result *rows, struct arena *arena, struct stock_table *stock)
{
	stock->count = store_rows(rows);
	stock->rows = arena_array(arena, stock->count, sizeof(*stock->rows));
	for (size_t row = 0; row < stock->count; row++) {
		stock->rows[row].product_id = store_copy_text(rows, row, 0, arena);
		stock->rows[row].on_hand = store_get_long(rows, row, 1);
		stock->rows[row].reserved = store_get_long(rows, row, 2);
	}
	stock_table_sort(stock);
}

void *inventory_store_loaded(struct runtime_batch *batch, struct store_result *const *results)
{
	struct inventory_state *state = arena_new(batch->arena, struct inventory_state);
	size_t rows = store_rows(results[0]), item_row = 0;

	state->reservations = uuid_map_create(batch->arena, rows + batch->count);
	state->entries = arena_array(batch->arena, rows + batch->count, sizeof(*state->entries));
	for (size_t row = 0; row < rows; row++) {
		struct reservation_entry *entry = &state->entries[state->entries_count++];

		read_reservation(results[0], row, batch->arena, &entry->reservation);
		read_items(results[1], &item_row, batch->arena, &entry->reservation);
		uuid_map_put(state->reservations, &entry->reservation.order_id, entry);
	}
	for (size_t i = 0; i < batch->count; i++) {
		struct reservation_entry *entry = &state->entries[state->entries_count];

		entry->reservation.order_id = batch->messages[i].key;
		entry->is_new = true;
		if (uuid_map_put(state->reservations, &batch->messages[i].key, entry) == entry)
			state->entries_count++;
	}
	read_stock(results[2], batch->arena, &state->stock);
	return state;
}

static size_t queue_reservations(const struct inventory_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *requests = store_add_array(params, STORE_UUID);
	struct store_array *statuses = store_add_array(params, STORE_TEXT);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	struct store_array *created = store_add_array(params, STORE_TIME);
	struct store_array *updated = store_add_array(params, STORE_TIME);
	size_t count = 0;

	for (size_t i = 0; i < state->entries_count; i++) {
		const struct reservation *reservation = &state->entries[i].reservation;

		if (!state->entries[i].changed)
			continue;
		count++;
		store_push_uuid(orders, &reservation->order_id);
		store_push_uuid(ids, &reservation->id);
		store_push_uuid(requests, &reservation->request_id);
		store_push_text(statuses, reservation_status_name(reservation->status));
		store_push_text(reasons, reservation->failure_reason);
		store_push_time(created, reservation->created_at_us);
		store_push_time(updated, reservation->updated_at_us);
	}
	if (count > 0)
		store_queue(batch->store, "reservation_save", params);
	return count;
}

static void queue_items(const struct inventory_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *positions = store_add_array(params, STORE_INT);
	struct store_array *products = store_add_array(params, STORE_TEXT);
	struct store_array *quantities = store_add_array(params, STORE_INT);
	struct store_array *available = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < state->entries_count; i++) {
		const struct reservation_entry *entry = &state->entries[i];

		for (size_t item = 0;
			entry->is_new && entry->changed && item < entry->reservation.items_count;
			item++) {
			store_push_uuid(orders, &entry->reservation.order_id);
			store_push_int(positions, (int32_t)item);
			store_push_text(products, entry->reservation.items[item].product_id);
			store_push_int(quantities, entry->reservation.items[item].quantity);
			store_push_long(available, entry->reservation.items[item].available);
		}
	}
	store_queue(batch->store, "reservation_item_insert", params);
}

static void queue_stock(const struct inventory_state *state, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *products = store_add_array(params, STORE_TEXT);
	struct store_array *on_hand = store_add_array(params, STORE_LONG);
	struct store_array *reserved = store_add_array(params, STORE_LONG);
	size_t count = 0;

	for (size_t i = 0; i < state->stock.count; i++) {
		const struct stock *row = &state->stock.rows[i];

		if (!row->changed)
			continue;
		count++;
		store_push_text(products, row->product_id);
		store_push_long(on_hand, row->on_hand);
		store_push_long(reserved, row->reserved);
	}
	if (count > 0)
		store_queue(batch->store, "stock_save", params);
}

void inventory_store_save(void *argument, struct runtime_batch *batch)
{
	const struct inventory_state *state = argument;

	if (queue_reservations(state, batch) > 0)
		queue_items(state, batch);
	queue_stock(state, batch);
}
