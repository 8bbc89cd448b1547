#include "inventory.h"

#include <assert.h>
#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

#define OUT_OF_STOCK "out_of_stock"
#define RELEASED "released"

static const char *const status_names[] = {
	[RESERVATION_NONE] = "None",
	[RESERVATION_RESERVED] = "Reserved",
	[RESERVATION_FAILED] = "Failed",
	[RESERVATION_RELEASED] = "Released",
};

const char *reservation_status_name(enum reservation_status status)
{
	return status_names[status];
}

int reservation_status_parse(const char *name, enum reservation_status *ret_status)
{
	for (int i = RESERVATION_NONE; i <= RESERVATION_RELEASED; i++) {
		if (strcmp(status_names[i], name) == 0) {
			*ret_status = (enum reservation_status)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "no reservation status is called %s", name);
}

static int compare(const void *a, const void *b)
{
	const struct stock *left = a, *right = b;

	return strcmp(left->product_id, right->product_id);
}

void stock_table_sort(struct stock_table *table)
{
	if (table->count > 1)
		qsort(table->rows, table->count, sizeof(*table->rows), compare);
}

struct stock *stock_find(const struct stock_table *table, const char *product_id)
{
	const struct stock key = {.product_id = product_id};

	if (table->count == 0)
		return NULL;
	return bsearch(&key, table->rows, table->count, sizeof(key), compare);
}

static void emit_reserved(const struct reservation *reservation, struct outbox *out)
{
	struct inventory_reserved_item *items =
		arena_array(out->arena, reservation->items_count, sizeof(*items));

	for (size_t i = 0; i < reservation->items_count; i++) {
		items[i].product_id = reservation->items[i].product_id;
		items[i].quantity = reservation->items[i].quantity;
	}
	EMIT(out, inventory_reserved, .reservation_id = reservation->id,
		.order_id = reservation->order_id, .items = items,
		.items_count = reservation->items_count,
		.reserved_at_us = reservation->updated_at_us);
}

static void emit_failed(
	const struct reservation *reservation, const char *reason, struct outbox *out)
{
	struct inventory_failed_item *items =
		arena_array(out->arena, reservation->items_count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < reservation->items_count; i++) {
		const struct reservation_item *item = &reservation->items[i];

		if (item->available == STOCK_SUFFICED)
			continue;
		items[count].product_id = item->product_id;
		items[count].requested_quantity = item->quantity;
		items[count].available_quantity =
			(int32_t)(item->available < INT32_MAX ? item->available : INT32_MAX);
		count++;
	}
	EMIT(out, inventory_failed, .order_id = reservation->order_id, .failure_reason = reason,
		.failed_items = items, .failed_items_count = count,
		.failed_at_us = reservation->updated_at_us);
}

static void emit_released(const struct reservation *reservation, struct outbox *out)
{
	struct uuid id = uuid_is_nil(&reservation->request_id) ? (struct uuid){0} : reservation->id;

	EMIT(out, inventory_released, .reservation_id = id, .order_id = reservation->order_id,
		.released_at_us = reservation->updated_at_us);
}

static void begin(struct reservation *reservation, struct outbox *out)
{
	reservation->id = uuid_make(out->now_us);
	reservation->created_at_us = reservation->updated_at_us = out->now_us;
}

/* The answer to a request that was decided before. */
static enum outcome answer_request(const struct reservation *reservation, struct outbox *out)
{
	if (reservation->status == RESERVATION_RESERVED)
		emit_reserved(reservation, out);
	else
		emit_failed(reservation,
			reservation->status == RESERVATION_FAILED ? reservation->failure_reason
								  : RELEASED,
			out);
	return APPLIED;
}

/* Copies what is wanted and notes what is missing; true when nothing is. */
static bool check_stock(struct reservation *reservation, const struct stock_table *stock,
	const struct order_inventory_requested *event, struct outbox *out)
{
	struct reservation_item *items =
		arena_array(out->arena, event->items_count, sizeof(*items));
	bool sufficed = true;

	for (size_t i = 0; i < event->items_count; i++) {
		const struct stock *row = stock_find(stock, event->items[i].product_id);
		int64_t on_hand = row ? row->on_hand : 0;

		items[i].product_id = event->items[i].product_id;
		items[i].quantity = event->items[i].quantity;
		items[i].available = STOCK_SUFFICED;
		if (on_hand < items[i].quantity) {
			items[i].available = on_hand;
			sufficed = false;
		}
	}
	reservation->items = items;
	reservation->items_count = event->items_count;
	return sufficed;
}

/* Moves quantities between on hand and reserved: @sign 1 reserves, -1 gives back. */
static void move_stock(
	const struct reservation *reservation, struct stock_table *stock, int64_t sign)
{
	for (size_t i = 0; i < reservation->items_count; i++) {
		struct stock *row = stock_find(stock, reservation->items[i].product_id);

		assert(row);
		row->on_hand -= sign * reservation->items[i].quantity;
		row->reserved += sign * reservation->items[i].quantity;
		row->changed = true;
	}
}

static const char *refuse_items(const struct order_inventory_requested *event)
{
	if (event->items_count == 0)
		return "nothing is asked for";
	for (size_t i = 0; i < event->items_count; i++) {
		if (event->items[i].quantity <= 0)
			return "a quantity is not above zero";
		for (size_t j = 0; j < i; j++) {
			if (strcmp(event->items[i].product_id, event->items[j].product_id) == 0)
				return "a product is asked for twice";
		}
	}
	return NULL;
}

enum outcome inventory_on_requested(struct reservation *reservation, struct stock_table *stock,
	const struct order_inventory_requested *event, struct outbox *out)
{
	const char *refusal = refuse_items(event);

	if (refusal)
		return poison(out, "%s", refusal);

	/* The fence: the release was here first. */
	if (reservation->status == RESERVATION_RELEASED)
		return answer_request(reservation, out);

	if (reservation->status != RESERVATION_NONE) {
		if (!uuid_equal(&reservation->request_id, &event->request_id))
			return poison(out, "a second reservation for the same order");
		return answer_request(reservation, out);
	}

	begin(reservation, out);
	reservation->request_id = event->request_id;
	if (check_stock(reservation, stock, event, out)) {
		reservation->status = RESERVATION_RESERVED;
		move_stock(reservation, stock, 1);
	} else {
		reservation->status = RESERVATION_FAILED;
		reservation->failure_reason = OUT_OF_STOCK;
	}
	return answer_request(reservation, out);
}

enum outcome inventory_on_release(struct reservation *reservation, struct stock_table *stock,
	const struct release_inventory *event, struct outbox *out)
{
	(void)event;
	if (reservation->status == RESERVATION_NONE)
		begin(reservation, out);
	else if (reservation->status == RESERVATION_RESERVED)
		move_stock(reservation, stock, -1);
	if (reservation->status != RESERVATION_RELEASED) {
		reservation->status = RESERVATION_RELEASED;
		reservation->updated_at_us = out->now_us;
	}
	emit_released(reservation, out);
	return APPLIED;
}

enum outcome inventory_on_event(struct reservation *reservation, struct stock_table *stock,
	enum event_type type, const void *event, struct outbox *out)
{
	switch (type) {
	case EVENT_ORDER_INVENTORY_REQUESTED:
		return inventory_on_requested(reservation, stock, event, out);
	case EVENT_RELEASE_INVENTORY:
		return inventory_on_release(reservation, stock, event, out);
	default:
		return poison(out, "%s means nothing to the inventory", event_info(type)->name);
	}
}
