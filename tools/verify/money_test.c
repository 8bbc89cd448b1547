#include "test_desk.h"

static void capture(struct desk *desk, int n, money_t amount)
{
	const struct uuid id = desk_id(n);

	feed_movement(&desk->facts, &id, MOVEMENT_CAPTURE, amount, 1);
}

static void refund(struct desk *desk, int n, money_t amount)
{
	const struct uuid id = desk_id(n);

	feed_movement(&desk->facts, &id, MOVEMENT_REFUND, amount, 2);
}

static void provider(struct desk *desk, int n, money_t taken, money_t given_back)
{
	const struct uuid id = desk_id(n);

	feed_provider(&desk->facts, &desk->report, &id, taken, given_back);
}

static void check(struct desk *desk)
{
	check_money(&desk->facts, &desk->report);
}

TEST(money_of_every_kind_of_order_passes)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 500);
	capture(desk, 1, 500);
	provider(desk, 1, 500, 0);
	desk_order(desk, 2, "Cancelled", 500);
	desk_order(desk, 3, "Cancelled", 700);
	capture(desk, 3, 700);
	refund(desk, 3, 700);
	provider(desk, 3, 700, 700);
	desk_order(desk, 4, "Paid", 900); /* under way: anything up to now */
	capture(desk, 4, 900);
	check(desk);
	expect_verdict(desk, S3, PASS);
	expect_int(desk->report.results[S3].looked_at, 4);
}

TEST(a_completed_order_that_kept_too_little_fails)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 500);
	capture(desk, 1, 499);
	provider(desk, 1, 499, 0);
	check(desk);
	expect_verdict(desk, S3, FAIL);
	expect_words(desk, S3, "completed, and 4.99 is kept of it instead of 5.00");
	report_unquiet(&desk->report, "moving");
	expect_verdict(desk, S3, INCONCLUSIVE);
}

TEST(a_cancelled_order_that_kept_money_fails)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Cancelled", 500);
	capture(desk, 1, 500);
	provider(desk, 1, 500, 0);
	check(desk);
	expect_verdict(desk, S3, FAIL);
	expect_words(desk, S3, "cancelled, and 5.00 is kept of it instead of 0.00");
}

TEST(two_captures_fail_at_any_time)
{
	struct desk *desk = desk_make();

	report_unquiet(&desk->report, "moving");
	desk_order(desk, 1, "Pending", 500);
	capture(desk, 1, 500);
	capture(desk, 1, 500);
	check(desk);
	expect_verdict(desk, S3, FAIL);
	expect_words(desk, S3, "captured 2 times");
}

TEST(more_refunded_than_captured_fails_at_any_time)
{
	struct desk *desk = desk_make();

	report_unquiet(&desk->report, "moving");
	desk_order(desk, 1, "Pending", 500);
	capture(desk, 1, 500);
	refund(desk, 1, 501);
	check(desk);
	expect_words(desk, S3, "more refunded than captured");
	expect_verdict(desk, S3, FAIL);
	refund(desk, 1, 1);
	check(desk);
	expect_text(desk->report.results[S3].examples[1].words, "refunded 2 times");
}

TEST(books_that_differ_from_the_providers_fail)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 500);
	capture(desk, 1, 500);
	provider(desk, 1, 600, 0);
	check(desk);
	expect_verdict(desk, S3, FAIL);
	expect_words(desk, S3, "the provider took 6.00, our books say 5.00");
	desk = desk_make();
	desk_order(desk, 1, "Cancelled", 500);
	capture(desk, 1, 500);
	refund(desk, 1, 500);
	provider(desk, 1, 500, 0);
	check(desk);
	expect_words(desk, S3, "the provider gave back 0.00, our books say 5.00");
}

TEST(money_of_nobody_fails)
{
	struct desk *desk = desk_make();
	const struct uuid nobody = {0};

	capture(desk, 1, 500); /* of an order that is not there */
	provider(desk, 1, 500, 0);
	check(desk);
	expect_verdict(desk, S3, FAIL);
	expect_words(desk, S3, "does not exist, and 5.00 is kept of it instead of 0.00");
	desk = desk_make();
	feed_provider(&desk->facts, &desk->report, &nobody, 500, 0);
	expect_words(desk, S3, "the provider took 5.00 for a payment that nobody here knows");
}

TEST(without_orders_there_is_nothing_to_say)
{
	struct desk *desk = desk_make();

	check(desk);
	expect_verdict(desk, S3, INCONCLUSIVE);
}

TESTS("verify money", TEST_CASE(money_of_every_kind_of_order_passes),
	TEST_CASE(a_completed_order_that_kept_too_little_fails),
	TEST_CASE(a_cancelled_order_that_kept_money_fails),
	TEST_CASE(two_captures_fail_at_any_time),
	TEST_CASE(more_refunded_than_captured_fails_at_any_time),
	TEST_CASE(books_that_differ_from_the_providers_fail), TEST_CASE(money_of_nobody_fails),
	TEST_CASE(without_orders_there_is_nothing_to_say))
