#include "test_desk.h"

static void step(struct desk *desk, int version, const char *type, const char *from, const char *to)
{
	feed_history(&desk->facts, &desk->report,
		&(struct history_row){desk_id(1), version, type, from, to});
}

static void order(struct desk *desk, const char *status, const char *at, int version)
{
	feed_order(&desk->facts, &desk->report,
		&(struct order_row){
			.id = desk_id(1), .status = status, .step = at, .version = version});
}

static void check(struct desk *desk)
{
	check_paths(&desk->facts, &desk->report);
}

static void paid(struct desk *desk)
{
	step(desk, 1, "CreateOrder", "new", "awaiting_payment");
	step(desk, 2, "PaymentSucceeded", "awaiting_payment", "awaiting_stock");
}

TEST(a_path_of_the_table_passes)
{
	struct desk *desk = desk_make();

	paid(desk);
	step(desk, 3, "Deadline", "awaiting_stock", "awaiting_stock");
	step(desk, 4, "Deadline", "awaiting_stock", "releasing_stock");
	step(desk, 5, "InventoryReleased", "releasing_stock", "refunding");
	step(desk, 6, "PaymentRefunded", "refunding", "cancelled");
	order(desk, "Cancelled", "cancelled", 6);
	check(desk);
	expect_verdict(desk, S5, PASS);
	expect_int(desk->report.results[S5].looked_at, 6);
}

TEST(a_step_that_the_table_does_not_have_fails)
{
	struct desk *desk = desk_make();

	paid(desk);
	step(desk, 3, "InventoryFailed", "awaiting_stock", "completed");
	expect_verdict(desk, S5, FAIL);
	expect_words(
		desk, S5, "version 3: no InventoryFailed leads from awaiting_stock to completed");
}

TEST(a_deadline_leads_nowhere_else)
{
	struct desk *desk = desk_make();

	paid(desk);
	step(desk, 3, "Deadline", "awaiting_stock", "cancelled");
	expect_verdict(desk, S5, FAIL);
}

TEST(a_step_from_where_it_does_not_stand_fails)
{
	struct desk *desk = desk_make();

	paid(desk);
	step(desk, 3, "PaymentRefunded", "refunding", "cancelled");
	expect_words(desk, S5, "version 3 begins at refunding, and it stood at awaiting_stock");
}

TEST(nothing_comes_after_the_end)
{
	struct desk *desk = desk_make();

	paid(desk);
	step(desk, 3, "InventoryReserved", "awaiting_stock", "completed");
	expect_int(desk->report.results[S5].violations, 0);
	step(desk, 4, "CancelOrder", "completed", "releasing_stock");
	expect_words(desk, S5, "CancelOrder after it was completed");
}

TEST(a_version_that_is_left_out_fails)
{
	struct desk *desk = desk_make();

	step(desk, 1, "CreateOrder", "new", "awaiting_payment");
	step(desk, 3, "PaymentFailed", "awaiting_payment", "cancelled");
	expect_words(desk, S5, "version 3 of its history comes after 1");
}

TEST(words_that_nobody_knows_fail)
{
	struct desk *desk = desk_make();

	step(desk, 1, "CreateOrder", "new", "dancing");
	expect_words(desk, S5, "version 1: no step of the saga is called dancing");
	desk = desk_make();
	order(desk, "Pending", "dancing", 1);
	expect_words(desk, S5, "stands at 'dancing', which is no step");
}

TEST(an_order_that_differs_from_its_history_fails)
{
	struct desk *desk = desk_make();

	paid(desk);
	order(desk, "Paid", "awaiting_stock", 3);
	check(desk);
	expect_words(desk, S5, "is at version 3, its history at 2");
	desk = desk_make();
	paid(desk);
	order(desk, "Pending", "awaiting_payment", 2);
	check(desk);
	expect_words(desk, S5, "stands at awaiting_payment, its history at awaiting_stock");
	desk = desk_make();
	paid(desk);
	order(desk, "Completed", "awaiting_stock", 2);
	check(desk);
	expect_words(desk, S5, "its status does not go with step awaiting_stock");
}

TESTS("verify path", TEST_CASE(a_path_of_the_table_passes),
	TEST_CASE(a_step_that_the_table_does_not_have_fails),
	TEST_CASE(a_deadline_leads_nowhere_else),
	TEST_CASE(a_step_from_where_it_does_not_stand_fails),
	TEST_CASE(nothing_comes_after_the_end), TEST_CASE(a_version_that_is_left_out_fails),
	TEST_CASE(words_that_nobody_knows_fail),
	TEST_CASE(an_order_that_differs_from_its_history_fails))
