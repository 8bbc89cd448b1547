#include "test_desk.h"

#include <base/clock.h>
#include <stdio.h>
#include <string.h>

static void add_key(struct desk *desk, const char *key, int order, int named, int status)
{
	const struct uuid other = desk_id(named);
	char id[UUID_TEXT_SIZE], answer[100];

	snprintf(answer, sizeof(answer), "{\"orderId\":\"%s\"}", uuid_format(&other, id));
	feed_key(&desk->facts, &desk->report, &desk->promises,
		&(struct key_row){key, answer, desk_id(order), status});
}

static void add_promise(
	struct desk *desk, const char *key, const char *status, int order, const char *end)
{
	const struct uuid uuid = desk_id(order);
	char line[200], id[UUID_TEXT_SIZE], due[CLOCK_TEXT_SIZE];

	snprintf(line, sizeof(line), "1\t%s\t%s\tok\t%s\t201\t%s\t%s\t1\t1\t1", key,
		clock_format(desk->facts.now_us - US_PER_S, due), status,
		order ? uuid_format(&uuid, id) : "-", end);
	expect_ok(promises_add_line(&desk->promises, line));
}

static void check(struct desk *desk)
{
	check_promises(&desk->facts, &desk->report, &desk->promises);
}

TEST(every_promise_kept_passes)
{
	struct desk *desk = desk_make();

	add_promise(desk, "a", "ok", 1, "completed");
	add_promise(desk, "b", "unknown", 0, "-");
	add_promise(desk, "c", "unknown", 0, "-");
	add_promise(desk, "d", "fail", 0, "-");
	desk_order(desk, 1, "Completed", 5);
	desk_order(desk, 2, "Pending", 5);
	add_key(desk, "a", 1, 1, 201);
	add_key(desk, "b", 2, 2, 201);
	check(desk);
	expect_verdict(desk, S1, PASS);
	expect_verdict(desk, S2, PASS);
	expect_int(desk->report.results[S1].looked_at, 6);
}

TEST(a_promised_order_that_is_not_there_fails)
{
	struct desk *desk = desk_make();

	add_promise(desk, "a", "ok", 1, "completed");
	check(desk);
	expect_verdict(desk, S1, FAIL);
	expect_words(desk, S1, "was promised, and is not there");
	report_unquiet(&desk->report, "not quiet");
	expect_verdict(desk, S1, INCONCLUSIVE);
}

TEST(a_key_without_its_order_fails)
{
	struct desk *desk = desk_make();

	add_key(desk, "a", 1, 1, 201);
	check(desk);
	expect_verdict(desk, S1, FAIL);
}

TEST(a_refused_request_whose_order_is_there_fails)
{
	struct desk *desk = desk_make();

	add_promise(desk, "a", "fail", 0, "-");
	desk_order(desk, 1, "Completed", 5);
	add_key(desk, "a", 1, 1, 201);
	check(desk);
	expect_verdict(desk, S1, FAIL);
	expect_words(desk, S1, "key 'a' was answered no, and the order is there");
}

TEST(an_order_that_ended_otherwise_than_was_seen_fails)
{
	struct desk *desk = desk_make();

	add_promise(desk, "a", "ok", 1, "completed");
	desk_order(desk, 1, "Cancelled", 5);
	add_key(desk, "a", 1, 1, 201);
	check(desk);
	expect_verdict(desk, S1, FAIL);
	expect_words(desk, S1, "was seen completed, and is cancelled");
}

TEST(an_order_of_two_keys_fails)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 5);
	add_key(desk, "a", 1, 1, 201);
	add_key(desk, "b", 1, 1, 201);
	check(desk);
	expect_verdict(desk, S2, FAIL);
	expect_words(desk, S2, "was made by 2 keys");
}

TEST(an_order_without_a_key_fails_while_keys_are_kept)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 5);
	desk_order(desk, 2, "Completed", 5);
	add_key(desk, "b", 2, 2, 201);
	check(desk);
	expect_verdict(desk, S2, FAIL);
	expect_words(desk, S2, "no key is kept for it");
}

TEST(an_old_orders_key_may_be_gone)
{
	struct desk *desk = desk_make();
	const struct order_row row = {.id = desk_id(1),
		.status = "Completed",
		.step = "completed",
		.created_us = desk->facts.now_us - INT64_C(25) * 3600 * US_PER_S};

	feed_order(&desk->facts, &desk->report, &row);
	desk_order(desk, 2, "Completed", 5);
	add_key(desk, "b", 2, 2, 201);
	check(desk);
	expect_verdict(desk, S2, PASS);
}

TEST(two_requests_with_one_order_fail)
{
	struct desk *desk = desk_make();

	add_promise(desk, "a", "ok", 1, "completed");
	add_promise(desk, "b", "ok", 1, "completed");
	desk_order(desk, 1, "Completed", 5);
	add_key(desk, "a", 1, 1, 201);
	check(desk);
	expect_verdict(desk, S2, FAIL);
	expect_words(desk, S2, "two requests were answered with this order");
}

TEST(a_key_answered_with_another_order_fails)
{
	struct desk *desk = desk_make();

	add_promise(desk, "a", "ok", 1, "completed");
	desk_order(desk, 1, "Completed", 5);
	desk_order(desk, 2, "Completed", 5);
	add_key(desk, "a", 2, 2, 201);
	check(desk);
	expect_verdict(desk, S2, FAIL);
}

TEST(an_answer_that_names_another_order_or_is_no_201_fails)
{
	struct desk *desk = desk_make();

	desk_order(desk, 1, "Completed", 5);
	add_key(desk, "a", 1, 2, 201);
	check(desk);
	expect_words(desk, S2, "the answer kept for key 'a' names another order");
	desk = desk_make();
	desk_order(desk, 1, "Completed", 5);
	add_key(desk, "a", 1, 1, 500);
	check(desk);
	expect_words(desk, S2, "key 'a' is kept with answer 500");
}

TESTS("verify promises", TEST_CASE(every_promise_kept_passes),
	TEST_CASE(a_promised_order_that_is_not_there_fails),
	TEST_CASE(a_key_without_its_order_fails),
	TEST_CASE(a_refused_request_whose_order_is_there_fails),
	TEST_CASE(an_order_that_ended_otherwise_than_was_seen_fails),
	TEST_CASE(an_order_of_two_keys_fails),
	TEST_CASE(an_order_without_a_key_fails_while_keys_are_kept),
	TEST_CASE(an_old_orders_key_may_be_gone), TEST_CASE(two_requests_with_one_order_fail),
	TEST_CASE(a_key_answered_with_another_order_fails),
	TEST_CASE(an_answer_that_names_another_order_or_is_no_201_fails))
