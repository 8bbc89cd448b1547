/*
 * S1: every order that was promised exists once. S2: one key, one order.
 */
#include "checks.h"

#include <base/clock.h>
#include <inttypes.h>
#include <order.h>
#include <string.h>

/* Keys are forgotten after 24 hours. */
#define KEY_KEPT_US (INT64_C(23) * 3600 * US_PER_S)

static struct where at_order(const struct uuid *order)
{
	return (struct where){.order = *order, .partition = -1, .offset = -1};
}

void feed_order(struct facts *facts, struct report *report, const struct order_row *row)
{
	struct order_fact *order = facts_order(facts, &row->id);
	const struct where where = at_order(&row->id);
	enum order_step step = ORDER_NEW;
	bool cancelled = strcmp(row->status, "Cancelled") == 0;

	if (order->rows++ > 0)
		report_violation(report, S1, &where, "exists twice");
	if (order_step_parse(row->step, &step) < 0)
		report_violation(report, S5, &where, "stands at '%s', which is no step", row->step);
	order->step = (uint8_t)step;
	order->total = row->total;
	order->version = row->version;
	order->young = facts->now_us - row->created_us < KEY_KEPT_US;
	order->end = (uint8_t)(cancelled                        ? END_CANCELLED
			: strcmp(row->status, "Completed") == 0 ? END_COMPLETED
								: END_OPEN);
	feed_owner(facts, &row->id, SIDE_ORDER,
		digest_moment(
			"order", row->created_us, row->total, cancelled ? row->reason : NULL));
}

void feed_key(struct facts *facts, struct report *report, struct promises *promises,
	const struct key_row *row)
{
	struct order_fact *order = facts_order(facts, &row->order);
	const struct where where = at_order(&row->order);
	struct promise *promise = promises_find(promises, row->key);
	char id[UUID_TEXT_SIZE];

	report_looked_at(report, S2, 1);
	report_looked_at(report, S1, 1);
	order->keys++;
	if (row->status != 201)
		report_violation(report, S2, &where, "key '%s' is kept with answer %d", row->key,
			row->status);
	if (!strstr(row->answer, uuid_format(&row->order, id)))
		report_violation(report, S2, &where,
			"the answer kept for key '%s' names another order", row->key);
	if (!promise)
		return;
	promise->found = true;
	if (promise->status == PROMISE_FAIL)
		report_violation(report, S1, &where,
			"key '%s' was answered no, and the order is there", row->key);
	if (promise->status == PROMISE_OK && !uuid_equal(&promise->order, &row->order))
		report_violation(report, S2, &where, "key '%s' was answered with another order, %s",
			row->key, uuid_format(&promise->order, id));
}

static void check_promise(struct facts *facts, struct report *report, const struct promise *promise)
{
	static const char *const ends[] = {"open", "completed", "cancelled"};
	const struct where where = at_order(&promise->order);
	struct order_fact *order;

	report_looked_at(report, S1, 1);
	if (promise->status != PROMISE_OK)
		return;
	order = facts_order(facts, &promise->order);
	if (order->promises++ > 0)
		report_violation(report, S2, &where, "two requests were answered with this order");
	if (order->rows > 0 && promise->end != END_OPEN && promise->end != order->end)
		report_violation(report, S1, &where, "was seen %s, and is %s", ends[promise->end],
			ends[order->end]);
	if (order->rows > 0 && !promise->found && facts->now_us - promise->due_us < KEY_KEPT_US &&
		order->young)
		report_violation(report, S2, &where, "its key is not kept with its answer");
}

void check_promises(struct facts *facts, struct report *report, struct promises *promises)
{
	for (size_t i = 0; i < promises->count; i++)
		check_promise(facts, report, &promises->list[i]);
	for (size_t i = 0; i < facts->orders_count; i++) {
		const struct order_fact *order = &facts->orders[i];
		const struct where where = at_order(&order->id);

		if (order->rows == 0 && (order->promises > 0 || order->keys > 0))
			report_missing(report, S1, &where, "was promised, and is not there");
		if (order->keys > 1)
			report_violation(report, S2, &where, "was made by %d keys", order->keys);
		if (order->rows > 0 && order->keys == 0 && order->young)
			report_violation(report, S2, &where, "no key is kept for it");
	}
	if (promises->count == 0)
		report_note(report, S1,
			"no ledger: judged by the answers that order has kept; "
			"--ledger FILE knows what clients heard");
}
