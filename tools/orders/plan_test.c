#include "plan.h"

#include <testkit/testkit.h>

#include <base/clock.h>
#include <string.h>

static struct plan plan = {
	.rate = 1000,
	.count = 10000,
	.seed = 7,
	.weights = {[PLAN_OK] = 1},
	.products = {"sku-mouse", "sku-cable", "sku-desk"},
	.product_count = 3,
	.product_sold_out = "sku-soldout",
};

TEST(requests_are_due_at_even_times_that_do_not_drift)
{
	plan.rate = 300;
	expect_int(plan_due_us(&plan, 0), 0);
	expect_int(plan_due_us(&plan, 1), 3333);
	expect_int(plan_due_us(&plan, 2), 6666);
	expect_int(plan_due_us(&plan, 3), 10000);
	expect_int(plan_due_us(&plan, 300 * 3600), 3600 * US_PER_S);
	plan.rate = 1;
	expect_int(plan_due_us(&plan, PLAN_REQUESTS_MAX), PLAN_REQUESTS_MAX * US_PER_S);
}

TEST(parses_a_mix_and_keeps_its_shares)
{
	int64_t counts[PLAN_KINDS] = {0};

	expect_ok(plan_parse_mix(&plan, "ok=70,declined=20,out_of_stock=10"));
	expect_int(plan.weights[PLAN_OK], 70);
	expect_int(plan.weights[PLAN_DECLINED], 20);
	expect_int(plan.weights[PLAN_OUT_OF_STOCK], 10);
	for (int64_t n = 0; n < 100000; n++)
		counts[plan_kind_of(&plan, n)]++;
	/* Four standard deviations of a fair draw. */
	expect(counts[PLAN_OK] > 69400 && counts[PLAN_OK] < 70600);
	expect(counts[PLAN_DECLINED] > 19480 && counts[PLAN_DECLINED] < 20520);
	expect(counts[PLAN_OUT_OF_STOCK] > 9610 && counts[PLAN_OUT_OF_STOCK] < 10390);
	expect_int(counts[PLAN_SLOW], 0);
}

TEST(a_mix_replaces_the_one_before)
{
	expect_ok(plan_parse_mix(&plan, "declined=1"));
	expect_ok(plan_parse_mix(&plan, "ok=0,slow=3"));
	for (int64_t n = 0; n < 100; n++)
		expect_int(plan_kind_of(&plan, n), PLAN_SLOW);
}

TEST(refuses_a_mix_that_says_nothing)
{
	static const char *const bad[] = {"", "ok", "ok=", "ok=x", "ok=-1", "ok=1,", ",ok=1",
		"fine=1", "ok=0", "ok=0,declined=0", "okay=1", "o=1", "ok=1 ", "ok=1;declined=2",
		"ok=9999999", "ok=99999999999999999999"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (plan_parse_mix(&plan, bad[i]) != FAULT_USAGE)
			fail_test("'%s' was taken", bad[i]);
	}
}

TEST(parses_durations)
{
	int64_t seconds;

	expect_ok(plan_parse_duration("60s", &seconds));
	expect_int(seconds, 60);
	expect_ok(plan_parse_duration("90", &seconds));
	expect_int(seconds, 90);
	expect_ok(plan_parse_duration("5m", &seconds));
	expect_int(seconds, 300);
	expect_ok(plan_parse_duration("2h", &seconds));
	expect_int(seconds, 7200);
	expect_ok(plan_parse_duration("0s", &seconds));
	expect_int(seconds, 0);
	expect_fault(plan_parse_duration("", &seconds), FAULT_USAGE);
	expect_fault(plan_parse_duration("s", &seconds), FAULT_USAGE);
	expect_fault(plan_parse_duration("1d", &seconds), FAULT_USAGE);
	expect_fault(plan_parse_duration("-1s", &seconds), FAULT_USAGE);
	expect_fault(plan_parse_duration("1.5s", &seconds), FAULT_USAGE);
}

TEST(the_same_seed_orders_the_same)
{
	struct plan other = plan;
	char body[PLAN_BODY_SIZE], other_body[PLAN_BODY_SIZE];
	int differing = 0;

	for (int64_t n = 0; n < 100; n++) {
		plan_body(&plan, n, body);
		plan_body(&other, n, other_body);
		expect_text(other_body, body);
	}
	other.seed++;
	for (int64_t n = 0; n < 100; n++) {
		plan_body(&plan, n, body);
		plan_body(&other, n, other_body);
		differing += strcmp(body, other_body) != 0;
	}
	expect(differing > 90);
}

TEST(a_body_orders_one_product_and_pays_as_its_kind_says)
{
	char body[PLAN_BODY_SIZE];

	plan.product_count = 1;
	expect_ok(plan_parse_mix(&plan, "declined=1"));
	size_t size = plan_body(&plan, 5, body);
	expect_int(size, strlen(body));
	expect(strncmp(body, "{\"customerId\":\"load-", 20) == 0);
	expect(strstr(body, "\",\"items\":[{\"productId\":\"sku-mouse\",\"quantity\":") != NULL);
	expect(strstr(body, "}],\"paymentMethod\":\"card_declined\"}") != NULL);

	expect_ok(plan_parse_mix(&plan, "out_of_stock=1"));
	plan_body(&plan, 5, body);
	expect(strstr(body, "{\"productId\":\"sku-soldout\",") != NULL);
	expect(strstr(body, "\"paymentMethod\":\"card_ok\"}") != NULL);
}

TEST(every_product_is_ordered_at_times)
{
	char body[PLAN_BODY_SIZE];
	int seen[3] = {0};

	for (int64_t n = 0; n < 300; n++) {
		plan_body(&plan, n, body);
		for (size_t i = 0; i < 3; i++)
			seen[i] += strstr(body, plan.products[i]) != NULL;
	}
	expect_int(seen[0] + seen[1] + seen[2], 300);
	for (size_t i = 0; i < 3; i++)
		expect(seen[i] > 60);
}

TEST(cancellations_come_at_seeded_moments_within_their_bound)
{
	struct plan other = plan;
	int64_t least = INT64_MAX, most = 0;

	plan.cancel_within_us = 300000;
	other.cancel_within_us = 300000;
	other.seed++;
	expect_ok(plan_parse_mix(&plan, "cancel=1"));
	expect_int(plan_kind_of(&plan, 0), PLAN_CANCEL);
	int differing = 0;
	for (int64_t n = 0; n < 1000; n++) {
		int64_t after = plan_cancel_after_us(&plan, n);

		expect_int(plan_cancel_after_us(&plan, n), after);
		differing += plan_cancel_after_us(&other, n) != after;
		least = after < least ? after : least;
		most = after > most ? after : most;
	}
	expect(least >= 0 && least < 10000);
	expect(most <= 300000 && most > 290000);
	expect(differing > 990);
	plan.cancel_within_us = 0;
	expect_int(plan_cancel_after_us(&plan, 3), 0);
}

/* Ledgers of before are compared with runs of now: a new kind must not move the old ones. */
TEST(what_a_seed_orders_stays_what_it_was)
{
	char body[PLAN_BODY_SIZE];

	plan.seed = 7;
	expect_ok(plan_parse_mix(&plan, "ok=70,declined=20,out_of_stock=10"));
	plan_body(&plan, 0, body);
	expect_text(body,
		"{\"customerId\":\"load-0804\",\"items\":[{\"productId\":\"sku-mouse\","
		"\"quantity\":1}],\"paymentMethod\":\"card_declined\"}");
	plan_body(&plan, 99, body);
	expect_text(body,
		"{\"customerId\":\"load-0587\",\"items\":[{\"productId\":\"sku-mouse\","
		"\"quantity\":3}],\"paymentMethod\":\"card_ok\"}");
}

TEST(keys_differ_by_request_and_by_run_and_by_nothing_else)
{
	struct plan other = plan;
	char key[UUID_TEXT_SIZE], second[UUID_TEXT_SIZE];

	plan_key(&plan, 1, key);
	other.seed++;
	expect_text(plan_key(&other, 1, second), key);
	expect(strcmp(plan_key(&plan, 2, second), key) != 0);
	other.run = uuid_make(clock_now_us());
	expect(strcmp(plan_key(&other, 1, second), key) != 0);
}

TESTS("plan", TEST_CASE(requests_are_due_at_even_times_that_do_not_drift),
	TEST_CASE(parses_a_mix_and_keeps_its_shares), TEST_CASE(a_mix_replaces_the_one_before),
	TEST_CASE(refuses_a_mix_that_says_nothing), TEST_CASE(parses_durations),
	TEST_CASE(the_same_seed_orders_the_same),
	TEST_CASE(a_body_orders_one_product_and_pays_as_its_kind_says),
	TEST_CASE(every_product_is_ordered_at_times),
	TEST_CASE(cancellations_come_at_seeded_moments_within_their_bound),
	TEST_CASE(what_a_seed_orders_stays_what_it_was),
	TEST_CASE(keys_differ_by_request_and_by_run_and_by_nothing_else))
