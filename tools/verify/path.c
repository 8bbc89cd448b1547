/*
 * S5: every order's history is a path of the saga's table, which is that of the
 * order service itself.
 */
#include "checks.h"

#include <base/fault.h>
#include <order.h>
#include <string.h>

/* A deadline is one word in the history, whether it was the last one or not. */
static bool leads(enum order_step from, enum order_trigger on, enum order_step to)
{
	const struct order order = {.step = from};

	if (order_expects(&order, on) && order_step_after(&order, on) == to)
		return true;
	return on == ORDER_ON_DEADLINE && leads(from, ORDER_ON_GIVING_UP, to);
}

void feed_history(struct facts *facts, struct report *report, const struct history_row *row)
{
	struct order_fact *order = facts_order(facts, &row->order);
	const struct where where = {.order = row->order, .partition = -1, .offset = -1};
	enum order_step from, to;
	enum order_trigger on;

	report_looked_at(report, S5, 1);
	if (row->version != order->history_version + 1)
		report_violation(report, S5, &where, "version %d of its history comes after %d",
			row->version, order->history_version);
	order->history_version = row->version;
	if (order_step_parse(row->from, &from) < 0 || order_step_parse(row->to, &to) < 0 ||
		order_trigger_parse(row->type, &on) < 0) {
		report_violation(report, S5, &where, "version %d: %s", row->version, fault_text());
		return;
	}
	if (from != order->history_step)
		report_violation(report, S5, &where, "version %d begins at %s, and it stood at %s",
			row->version, row->from,
			order_step_name((enum order_step)order->history_step));
	else if (from == ORDER_COMPLETED || from == ORDER_CANCELLED)
		report_violation(report, S5, &where, "%s after it was %s", row->type, row->from);
	else if (!leads(from, on, to))
		report_violation(report, S5, &where, "version %d: no %s leads from %s to %s",
			row->version, row->type, row->from, row->to);
	order->history_step = (uint8_t)to;
}

void check_paths(struct facts *facts, struct report *report)
{
	for (size_t i = 0; i < facts->orders_count; i++) {
		const struct order_fact *order = &facts->orders[i];
		const struct where where = {.order = order->id, .partition = -1, .offset = -1};
		bool ended = order->step == ORDER_COMPLETED || order->step == ORDER_CANCELLED;

		if (order->rows == 0)
			continue;
		if (order->history_version != order->version)
			report_violation(report, S5, &where, "is at version %d, its history at %d",
				order->version, order->history_version);
		else if (order->history_step != order->step)
			report_violation(report, S5, &where, "stands at %s, its history at %s",
				order_step_name((enum order_step)order->step),
				order_step_name((enum order_step)order->history_step));
		if (ended != (order->end != END_OPEN) ||
			(order->step == ORDER_COMPLETED) != (order->end == END_COMPLETED))
			report_violation(report, S5, &where, "its status does not go with step %s",
				order_step_name((enum order_step)order->step));
	}
}
