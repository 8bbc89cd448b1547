#include "test_desk.h"

static void hold(struct desk *desk, int n, const char *product, int64_t quantity)
{
	const struct uuid id = desk_id(n);

	feed_reservation(&desk->facts, &id, true);
	feed_item_held(&desk->facts, &id, product, quantity);
}

static void order_item(struct desk *desk, int n, const char *product, int64_t quantity)
{
	const struct uuid id = desk_id(n);

	feed_item_ordered(&desk->facts, &id, product, quantity);
}

static void check(struct desk *desk)
{
	check_stock(&desk->facts, &desk->report);
}

static void stock(
	struct desk *desk, int64_t initial, int64_t on_hand, int64_t reserved, int64_t held)
{
	feed_stock(&desk->report, &(struct stock_row){"mouse", initial, on_hand, reserved, held});
}

TEST(stock_that_adds_up_passes)
{
	struct desk *desk = desk_make();

	stock(desk, 10, 7, 3, 3);
	desk_order(desk, 1, "Completed", 5);
	order_item(desk, 1, "mouse", 2);
	order_item(desk, 1, "cable", 1);
	hold(desk, 1, "cable", 1);
	hold(desk, 1, "mouse", 2);
	desk_order(desk, 2, "Cancelled", 5);
	order_item(desk, 2, "mouse", 2);
	desk_order(desk, 3, "Paid", 5);
	order_item(desk, 3, "mouse", 1);
	hold(desk, 3, "mouse", 1);
	desk_order(desk, 4, "Paid", 5);
	check(desk);
	expect_verdict(desk, S4, PASS);
	expect_int(desk->report.results[S4].looked_at, 5);
}

TEST(stock_that_does_not_add_up_fails_at_any_time)
{
	struct desk *desk = desk_make();

	report_unquiet(&desk->report, "moving");
	stock(desk, 10, 6, 3, 3);
	expect_verdict(desk, S4, FAIL);
	expect_words(desk, S4, "mouse: initial 10 is not on hand 6 + reserved 3");
	desk = desk_make();
	stock(desk, 10, 7, 3, 2);
	expect_words(desk, S4, "mouse: reserved 3, the reservations come to 2");
	desk = desk_make();
	stock(desk, 10, -1, 11, 11);
	expect_words(desk, S4, "mouse: below zero: initial 10, on hand -1, reserved 11");
}

TEST(a_cancelled_order_that_holds_stock_fails)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Cancelled", 5);
	hold(desk, 1, "mouse", 1);
	check(desk);
	expect_verdict(desk, S4, FAIL);
	expect_words(desk, S4, "is cancelled and holds stock");
	report_unquiet(&desk->report, "moving");
	expect_verdict(desk, S4, INCONCLUSIVE);
}

TEST(a_completed_order_that_holds_none_fails)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 5);
	order_item(desk, 1, "mouse", 1);
	check(desk);
	expect_verdict(desk, S4, FAIL);
	expect_words(desk, S4, "is completed and holds no stock");
}

TEST(other_items_than_were_ordered_fail)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 5);
	order_item(desk, 1, "mouse", 1);
	hold(desk, 1, "mouse", 2);
	check(desk);
	expect_verdict(desk, S4, FAIL);
	expect_words(desk, S4, "holds other items than were ordered");
}

TEST(a_reservation_of_no_order_fails)
{
	struct desk *desk = desk_make();

	hold(desk, 1, "mouse", 2);
	check(desk);
	expect_verdict(desk, S4, FAIL);
	expect_words(desk, S4, "holds stock and does not exist");
}

TESTS("verify stock", TEST_CASE(stock_that_adds_up_passes),
	TEST_CASE(stock_that_does_not_add_up_fails_at_any_time),
	TEST_CASE(a_cancelled_order_that_holds_stock_fails),
	TEST_CASE(a_completed_order_that_holds_none_fails),
	TEST_CASE(other_items_than_were_ordered_fail), TEST_CASE(a_reservation_of_no_order_fails))
