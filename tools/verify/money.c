/*
 * S3: per order, captured − refunded = the total if Completed, else 0.
 */
#include "checks.h"

void feed_movement(struct facts *facts, const struct uuid *order_id, enum movement movement,
	money_t amount, int64_t at_us)
{
	struct order_fact *order = facts_order(facts, order_id);

	if (movement == MOVEMENT_CAPTURE) {
		order->captures++;
		order->captured += amount;
	} else {
		order->refunds++;
		order->refunded += amount;
	}
	feed_owner(facts, order_id, SIDE_PAYMENT,
		digest_moment(movement == MOVEMENT_CAPTURE ? "paid" : "refunded", at_us, 0, NULL));
}

void feed_provider(struct facts *facts, struct report *report, const struct uuid *order_id,
	money_t taken, money_t given_back)
{
	struct order_fact *order;
	char amount[MONEY_TEXT_SIZE];

	if (uuid_is_nil(order_id)) {
		if (taken != given_back)
			report_missing(report, S3, NULL,
				"the provider took %s for a payment that nobody here knows",
				money_format(taken, amount));
		return;
	}
	order = facts_order(facts, order_id);
	order->taken += taken;
	order->given_back += given_back;
}

static void check_end(const struct order_fact *order, struct report *report)
{
	const struct where where = {.order = order->id, .partition = -1, .offset = -1};
	money_t kept = order->captured - order->refunded;
	money_t due = order->end == END_COMPLETED ? order->total : 0;
	char have[MONEY_TEXT_SIZE], want[MONEY_TEXT_SIZE];

	if (kept != due)
		report_missing(report, S3, &where, "%s, and %s is kept of it instead of %s",
			order->rows == 0                      ? "does not exist"
				: order->end == END_COMPLETED ? "completed"
							      : "cancelled",
			money_format(kept, have), money_format(due, want));
	if (order->taken != order->captured)
		report_missing(report, S3, &where, "the provider took %s, our books say %s",
			money_format(order->taken, have), money_format(order->captured, want));
	if (order->given_back != order->refunded)
		report_missing(report, S3, &where, "the provider gave back %s, our books say %s",
			money_format(order->given_back, have), money_format(order->refunded, want));
}

void check_money(struct facts *facts, struct report *report)
{
	for (size_t i = 0; i < facts->orders_count; i++) {
		const struct order_fact *order = &facts->orders[i];
		const struct where where = {.order = order->id, .partition = -1, .offset = -1};

		report_looked_at(report, S3, order->rows > 0 || order->captures > 0);
		if (order->captures > 1)
			report_violation(report, S3, &where, "captured %d times", order->captures);
		if (order->refunds > 1)
			report_violation(report, S3, &where, "refunded %d times", order->refunds);
		if (order->refunded > order->captured)
			report_violation(report, S3, &where, "more refunded than captured");
		if (order->end != END_OPEN || order->rows == 0)
			check_end(order, report);
	}
}
