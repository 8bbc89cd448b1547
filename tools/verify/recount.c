/*
 * S10: what analytics counted for each order is what the owners say. S11: nobody was
 * told the same thing twice.
 */
#include "checks.h"

#include <inttypes.h>

void feed_owner(struct facts *facts, const struct uuid *order, enum side side, uint32_t digest)
{
	facts_order(facts, order)->owner[side] += digest;
}

void feed_counted(struct facts *facts, const struct uuid *order, enum side side, uint32_t digest)
{
	facts_order(facts, order)->counted[side] += digest;
}

void check_recount(struct facts *facts, struct report *report)
{
	static const char *const words[SIDES] = {
		[SIDE_ORDER] = "the order itself (created, total, cancelled)",
		[SIDE_PAYMENT] = "its payment (paid, declined, refunded)",
		[SIDE_INVENTORY] = "its stock (reserved, refused)",
	};

	for (size_t i = 0; i < facts->orders_count; i++) {
		const struct order_fact *order = &facts->orders[i];
		const struct where where = {.order = order->id, .partition = -1, .offset = -1};

		report_looked_at(report, S10, order->rows > 0);
		for (int side = 0; side < SIDES; side++) {
			if (order->owner[side] != order->counted[side])
				report_missing(report, S10, &where,
					"analytics has other facts than the owner about %s",
					words[side]);
		}
	}
}

void feed_notice(struct report *report, const struct notice_row *row)
{
	const struct where where = {.order = row->order, .partition = -1, .offset = -1};

	report_looked_at(report, S11, 1);
	if (row->notices > 1)
		report_violation(report, S11, &where, "%" PRId64 " notifications of %s",
			row->notices, row->type);
	if (row->sent > 1)
		report_violation(report, S11, &where, "%s is recorded as sent %" PRId64 " times",
			row->type, row->sent);
}
