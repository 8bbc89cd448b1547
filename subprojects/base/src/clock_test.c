#include <base/clock.h>
#include <testkit/testkit.h>

#include <string.h>
#include <time.h>

static int64_t parsed(const char *text)
{
	int64_t at_us = -1;
	expect_ok(clock_parse(text, strlen(text), &at_us));
	return at_us;
}

TEST(prints_utc_with_six_decimals)
{
	char text[CLOCK_TEXT_SIZE];

	expect_text(clock_format(0, text), "1970-01-01T00:00:00.000000Z");
	expect_text(clock_format(INT64_C(1769853600000001), text), "2026-01-31T10:00:00.000001Z");
	expect_text(clock_format(-1, text), "1969-12-31T23:59:59.999999Z");
	expect_text(clock_format(INT64_C(951827696123456), text), "2000-02-29T12:34:56.123456Z");
}

TEST(prints_something_of_full_width_for_any_number)
{
	char text[CLOCK_TEXT_SIZE];

	expect_int(strlen(clock_format(INT64_MAX, text)), CLOCK_TEXT_SIZE - 1);
	expect_int(strlen(clock_format(INT64_MIN, text)), CLOCK_TEXT_SIZE - 1);
}

TEST(parses_what_it_prints)
{
	static const int64_t times_us[] = {
		0, 1, -1, INT64_C(1769853600123456), INT64_C(-62135596800000000)};
	char text[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(times_us) / sizeof(times_us[0]); i++)
		expect_int(parsed(clock_format(times_us[i], text)), times_us[i]);
}

TEST(parses_offsets_and_short_fractions)
{
	expect_int(parsed("2026-01-31T10:00:00Z"), INT64_C(1769853600000000));
	expect_int(parsed("2026-01-31t10:00:00z"), INT64_C(1769853600000000));
	expect_int(parsed("2026-01-31 10:00:00.5Z"), INT64_C(1769853600500000));
	expect_int(parsed("2026-01-31T11:30:00.000250+01:30"), INT64_C(1769853600000250));
	expect_int(parsed("2026-01-31T05:00:00-05:00"), INT64_C(1769853600000000));
	expect_int(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
	expect_int(parsed("2000-02-29T00:00:00Z"), INT64_C(951782400000000));
}

TEST(refuses_what_is_not_rfc_3339)
{
	static const char *const bad[] = {
		"",
		"2026-01-31",
		"2026-01-31T10:00:00",
		"2026-01-31T10:00Z",
		"2026-13-01T10:00:00Z",
		"2026-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-01-00T10:00:00Z",
		"2026-04-31T10:00:00Z",
		"0000-01-01T10:00:00Z",
		"2026-01-31T24:00:00Z",
		"2026-01-31T10:60:00Z",
		"2026-01-31T10:00:61Z",
		"2026-01-31T10:00:00.Z",
		"2026-01-31T10:00:00.1234567Z",
		"2026-01-31T10:00:00,5Z",
		"2026-01-31T10:00:00+24:00",
		"2026-01-31T10:00:00+01:60",
		"2026-01-31T10:00:00+0100",
		"2026-01-31T10:00:00+1",
		"2026-01-31T10:00:00ZZ",
		" 2026-01-31T10:00:00Z",
		"2026-1-31T10:00:00Z",
		"+026-01-31T10:00:00Z",
	};
	int64_t at_us = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (clock_parse(bad[i], strlen(bad[i]), &at_us) != FAULT_INPUT)
			fail_test("'%s' was taken", bad[i]);
		expect_int(at_us, 7);
	}
}

TEST(reads_no_further_than_the_size)
{
	int64_t at_us = 0;
	static const char text[] = "2026-01-31T10:00:00Zgarbage";

	expect_ok(clock_parse(text, 20, &at_us));
	for (size_t size = 0; size < 20; size++)
		expect_fault(clock_parse(text, size, &at_us), FAULT_INPUT);
}

TEST(the_two_clocks_run)
{
	int64_t before_us = clock_monotonic_us();
	int64_t now_us = clock_now_us();

	expect(now_us / US_PER_S >= (int64_t)time(NULL) - 1);
	expect(now_us / US_PER_S <= (int64_t)time(NULL) + 1);
	while (clock_monotonic_us() == before_us)
		;
	expect(clock_monotonic_us() > before_us);
}

TESTS("clock", TEST_CASE(prints_utc_with_six_decimals),
	TEST_CASE(prints_something_of_full_width_for_any_number), TEST_CASE(parses_what_it_prints),
	TEST_CASE(parses_offsets_and_short_fractions), TEST_CASE(refuses_what_is_not_rfc_3339),
	TEST_CASE(reads_no_further_than_the_size), TEST_CASE(the_two_clocks_run))
