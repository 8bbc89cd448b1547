#include "catalogue.h"

#include <testkit/testkit.h>

#include <string.h>

static struct plan plan = {.count = 10};

static int read_text(const char *text, const char *except)
{
	return catalogue_read(text, strlen(text), except, &plan);
}

TEST(takes_the_products_in_their_order)
{
	expect_ok(read_text("{\"products\":[{\"productId\":\"a\",\"price\":\"1.00\"},"
			    "{\"productId\":\"b\"}]}",
		""));
	expect_int(plan.product_count, 2);
	expect_text(plan.products[0], "a");
	expect_text(plan.products[1], "b");
}

TEST(leaves_out_the_exceptions)
{
	expect_ok(read_text("{\"products\":[{\"productId\":\"a\"},{\"productId\":\"bb\"},"
			    "{\"productId\":\"b\"},{\"productId\":\"c\"}]}",
		"b,c"));
	expect_int(plan.product_count, 2);
	expect_text(plan.products[0], "a");
	expect_text(plan.products[1], "bb");
	expect_ok(read_text("{\"products\":[{\"productId\":\"b\"}]}", "bb,c"));
}

TEST(leaves_out_what_may_run_out)
{
	expect_ok(read_text("{\"products\":[{\"productId\":\"a\",\"available\":0},"
			    "{\"productId\":\"b\",\"available\":30},"
			    "{\"productId\":\"c\",\"available\":29},"
			    "{\"productId\":\"d\",\"available\":null}]}",
		""));
	expect_int(plan.product_count, 2);
	expect_text(plan.products[0], "b");
	expect_text(plan.products[1], "d");
}

TEST(reading_again_begins_anew)
{
	expect_ok(read_text("{\"products\":[{\"productId\":\"a\"},{\"productId\":\"b\"}]}", ""));
	expect_ok(read_text("{\"products\":[{\"productId\":\"c\"}]}", ""));
	expect_int(plan.product_count, 1);
	expect_text(plan.products[0], "c");
}

TEST(nothing_to_buy_is_a_refusal)
{
	expect_fault(read_text("{\"products\":[]}", ""), FAULT_STATE);
	expect_fault(read_text("{\"products\":[{\"productId\":\"a\"}]}", "a"), FAULT_STATE);
}

TEST(nonsense_is_refused)
{
	static const char *const bad[] = {"", "x", "[]", "{}", "{\"products\":{}}",
		"{\"products\":[1]}", "{\"products\":[{}]}", "{\"products\":[{\"productId\":1}]}",
		"{\"products\":[{\"productId\":\"\"}]}",
		"{\"products\":[{\"productId\":\"a\\\"b\"}]}",
		("{\"products\":[{\"productId\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaa\"}]}")};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_text(bad[i], "") != FAULT_INPUT)
			fail_test("'%s' was taken", bad[i]);
	}
}

TESTS("catalogue", TEST_CASE(takes_the_products_in_their_order),
	TEST_CASE(leaves_out_the_exceptions), TEST_CASE(leaves_out_what_may_run_out),
	TEST_CASE(reading_again_begins_anew), TEST_CASE(nothing_to_buy_is_a_refusal),
	TEST_CASE(nonsense_is_refused))
