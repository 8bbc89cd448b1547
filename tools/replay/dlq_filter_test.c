#include "dlq_filter.h"

#include <testkit/testkit.h>

#define NOW_US INT64_C(1000000000000000)
#define NOW_MS (NOW_US / 1000)

static int64_t since(const char *text)
{
	int64_t since_ms = -1;

	expect_ok(filter_parse_since(text, NOW_US, &since_ms));
	return since_ms;
}

TEST(since_is_a_duration_before_now)
{
	expect_int(since(""), 0);
	expect_int(since("15m"), NOW_MS - 900000);
	expect_int(since("PT15M"), NOW_MS - 900000);
	expect_int(since("30s"), NOW_MS - 30000);
	expect_int(since("2h"), NOW_MS - 7200000);
	expect_int(since("1d"), NOW_MS - 86400000);
	expect_int(since("P1DT2H"), NOW_MS - 93600000);
	expect_int(since("1h30m"), NOW_MS - 5400000);
}

TEST(since_is_a_time)
{
	expect_int(since("1970-01-01T00:00:05Z"), 5000);
	expect_int(since("1970-01-01T01:00:05+01:00"), 5000);
}

TEST(since_is_nothing_else)
{
	static const char *const wrong[] = {"15", "m", "P", "PT", "P1M", "PT1D", "15x", "-1h",
		"1h ", "99999999999h", "2026-01-31", "yesterday"};
	int64_t kept = 7;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (filter_parse_since(wrong[i], NOW_US, &kept) != FAULT_USAGE)
			fail_test("'%s' was taken", wrong[i]);
	}
	expect_int(kept, 7);
}

TEST(a_rate_is_a_number_a_second)
{
	static const char *const wrong[] = {"0", "-1", "x", "5/m", "5 /s", "10001", "5.5"};
	int64_t rate;

	expect_ok(filter_parse_rate("", &rate));
	expect_int(rate, 0);
	expect_ok(filter_parse_rate("5", &rate));
	expect_int(rate, 5);
	expect_ok(filter_parse_rate("10000/s", &rate));
	expect_int(rate, 10000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (filter_parse_rate(wrong[i], &rate) != FAULT_USAGE)
			fail_test("'%s' was taken", wrong[i]);
	}
}

static bool takes(int64_t since_ms, const char *key, const char *reason)
{
	const struct letter letter = {.at_ms = 1000,
		.key = "order-1",
		.key_size = 7,
		.class = "refused",
		.reason = "refused: a second charge"};
	const struct filter filter = {since_ms, key, reason};

	return filter_takes(&filter, &letter);
}

TEST(takes_what_meets_every_condition)
{
	expect(takes(0, "", ""));
	expect(takes(1000, "order-1", "refused"));
	expect(!takes(1001, "", ""));
	expect(!takes(0, "order-2", ""));
	expect(!takes(0, "order-", ""));
	expect(!takes(0, "order-11", ""));
	expect(takes(0, "", "second"));
	expect(!takes(0, "", "third"));
	expect(!takes(0, "order-1", "third"));
}

TEST(a_letter_without_a_key_has_none_that_is_asked_for)
{
	const struct letter letter = {.class = "missing_key", .reason = ""};
	const struct filter all = {0, "", ""}, one = {0, "order-1", ""};

	expect(filter_takes(&all, &letter));
	expect(!filter_takes(&one, &letter));
}

TESTS("replay dlq filter", TEST_CASE(since_is_a_duration_before_now), TEST_CASE(since_is_a_time),
	TEST_CASE(since_is_nothing_else), TEST_CASE(a_rate_is_a_number_a_second),
	TEST_CASE(takes_what_meets_every_condition),
	TEST_CASE(a_letter_without_a_key_has_none_that_is_asked_for))
