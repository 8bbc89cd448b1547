#include "test_desk.h"

static void both(struct desk *desk, enum side side, uint32_t owner, uint32_t counted)
{
	const struct uuid id = desk_id(1);

	feed_owner(&desk->facts, &id, side, owner);
	feed_counted(&desk->facts, &id, side, counted);
}

/* feed_order() has told the owner's side of this already. */
static void counted_as_made(struct desk *desk)
{
	const struct uuid id = desk_id(1);

	both(desk, SIDE_ORDER, 0, facts_order(&desk->facts, &id)->owner[SIDE_ORDER]);
}

TEST(the_same_facts_pass)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 5);
	counted_as_made(desk);
	both(desk, SIDE_PAYMENT, 7, 7);
	both(desk, SIDE_INVENTORY, 9, 9);
	check_recount(&desk->facts, &desk->report);
	expect_verdict(desk, S10, PASS);
	expect_int(desk->report.results[S10].looked_at, 1);
}

TEST(each_side_that_differs_fails_by_its_name)
{
	static const char *const words[SIDES] = {
		"analytics has other facts than the owner about the order itself (created, total, "
		"cancelled)",
		"analytics has other facts than the owner about its payment (paid, declined, "
		"refunded)",
		"analytics has other facts than the owner about its stock (reserved, refused)",
	};

	for (int side = 0; side < SIDES; side++) {
		struct desk *desk = desk_make();

		desk_order(desk, 1, "Completed", 5);
		counted_as_made(desk);
		both(desk, (enum side)side, 7, 8);
		check_recount(&desk->facts, &desk->report);
		expect_verdict(desk, S10, FAIL);
		expect_words(desk, S10, words[side]);
		report_unquiet(&desk->report, "moving");
		expect_verdict(desk, S10, INCONCLUSIVE);
	}
}

TEST(an_order_that_only_one_side_knows_fails)
{
	struct desk *desk = desk_make();
	const struct uuid id = desk_id(2);

	desk_order(desk, 1, "Completed", 5);
	check_recount(&desk->facts, &desk->report);
	expect_verdict(desk, S10, FAIL);
	desk = desk_make();
	feed_counted(&desk->facts, &id, SIDE_ORDER, 9);
	check_recount(&desk->facts, &desk->report);
	expect_verdict(desk, S10, FAIL);
}

static void notice(struct desk *desk, int64_t notices, int64_t sent)
{
	feed_notice(&desk->report,
		&(struct notice_row){desk_id(1), "OrderCompleted", notices, sent, 0});
}

TEST(one_notification_sent_at_most_once_passes)
{
	struct desk *desk = desk_make();

	notice(desk, 1, 1);
	notice(desk, 1, 0);
	expect_verdict(desk, S11, PASS);
	expect_int(desk->report.results[S11].looked_at, 2);
}

TEST(two_notifications_or_two_mails_fail)
{
	struct desk *desk = desk_make();

	notice(desk, 2, 1);
	expect_verdict(desk, S11, FAIL);
	expect_words(desk, S11, "2 notifications of OrderCompleted");
	desk = desk_make();
	notice(desk, 1, 2);
	expect_words(desk, S11, "OrderCompleted is recorded as sent 2 times");
}

TESTS("verify recount", TEST_CASE(the_same_facts_pass),
	TEST_CASE(each_side_that_differs_fails_by_its_name),
	TEST_CASE(an_order_that_only_one_side_knows_fails),
	TEST_CASE(one_notification_sent_at_most_once_passes),
	TEST_CASE(two_notifications_or_two_mails_fail))
