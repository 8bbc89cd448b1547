/*
 * S4: initial = on hand + reserved per product, where what is sold stays reserved;
 * what a completed order holds is what was ordered, and a cancelled one holds nothing.
 */
#include "checks.h"

#include <inttypes.h>

void feed_stock(struct report *report, const struct stock_row *row)
{
	report_looked_at(report, S4, 1);
	if (row->on_hand < 0 || row->reserved < 0 || row->initial < 0)
		report_violation(report, S4, NULL,
			"%s: below zero: initial %" PRId64 ", on hand %" PRId64
			", reserved %" PRId64,
			row->product, row->initial, row->on_hand, row->reserved);
	if (row->initial != row->on_hand + row->reserved)
		report_violation(report, S4, NULL,
			"%s: initial %" PRId64 " is not on hand %" PRId64 " + reserved %" PRId64,
			row->product, row->initial, row->on_hand, row->reserved);
	if (row->reserved != row->held)
		report_violation(report, S4, NULL,
			"%s: reserved %" PRId64 ", the reservations come to %" PRId64, row->product,
			row->reserved, row->held);
}

void feed_reservation(struct facts *facts, const struct uuid *order, bool held)
{
	facts_order(facts, order)->held |= held;
}

void feed_item_ordered(
	struct facts *facts, const struct uuid *order, const char *product, int64_t quantity)
{
	facts_order(facts, order)->items_ordered += digest_item(product, quantity);
}

void feed_item_held(
	struct facts *facts, const struct uuid *order, const char *product, int64_t quantity)
{
	facts_order(facts, order)->items_held += digest_item(product, quantity);
}

void check_stock(struct facts *facts, struct report *report)
{
	for (size_t i = 0; i < facts->orders_count; i++) {
		const struct order_fact *order = &facts->orders[i];
		const struct where where = {.order = order->id, .partition = -1, .offset = -1};

		report_looked_at(report, S4, order->rows > 0 || order->held);
		if (order->held && order->rows == 0)
			report_missing(report, S4, &where, "holds stock and does not exist");
		else if (order->held && order->end == END_CANCELLED)
			report_missing(report, S4, &where, "is cancelled and holds stock");
		else if (!order->held && order->end == END_COMPLETED)
			report_missing(report, S4, &where, "is completed and holds no stock");
		else if (order->held && order->items_held != order->items_ordered)
			report_missing(report, S4, &where, "holds other items than were ordered");
	}
}
