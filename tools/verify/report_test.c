#include "test_desk.h"

#include <string.h>

static struct buffer out;

static const char *table(struct desk *desk)
{
	buffer_reset(&out);
	report_table(&desk->report, false, &out);
	return out.data;
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void look_at_all(struct desk *desk)
{
	for (int i = 0; i < INVARIANTS; i++)
		report_looked_at(&desk->report, (enum invariant)i, 3);
}

TEST(passes_what_was_looked_at_and_found_right)
{
	struct desk *desk = desk_make();

	look_at_all(desk);
	for (int i = 0; i < INVARIANTS; i++)
		expect_verdict(desk, (enum invariant)i, PASS);
	expect_int(report_verdict_of_all(&desk->report), PASS);
	expect(has(table(desk), "\nPASS: "));
}

TEST(passes_nothing_that_looked_at_nothing)
{
	struct desk *desk = desk_make();

	expect_verdict(desk, S3, INCONCLUSIVE);
	expect_int(report_verdict_of_all(&desk->report), INCONCLUSIVE);
	expect(has(table(desk), "nothing to look at"));
}

TEST(a_violation_fails_whether_it_is_quiet_or_not)
{
	struct desk *desk = desk_make();

	look_at_all(desk);
	report_unquiet(&desk->report, "3 orders are under way");
	report_violation(&desk->report, S3, NULL, "captured %d times", 2);
	expect_verdict(desk, S3, FAIL);
	expect_int(report_verdict_of_all(&desk->report), FAIL);
	expect(has(table(desk), "captured 2 times"));
	expect(has(table(desk), "not quiet: 3 orders are under way"));
}

TEST(something_missing_fails_only_when_it_is_quiet)
{
	struct desk *desk = desk_make();

	look_at_all(desk);
	report_missing(&desk->report, S8, NULL, "not there");
	expect_verdict(desk, S8, FAIL);
	report_unquiet(&desk->report, "order lags");
	expect_verdict(desk, S8, INCONCLUSIVE);
	expect(has(table(desk), "1 not settled yet"));
}

TEST(while_it_is_not_quiet_only_what_is_right_at_any_time_passes)
{
	struct desk *desk = desk_make();

	look_at_all(desk);
	report_unquiet(&desk->report, "order lags");
	expect_verdict(desk, S3, INCONCLUSIVE);
	expect_verdict(desk, S10, INCONCLUSIVE);
	expect_verdict(desk, S5, PASS);
	expect_verdict(desk, S11, PASS);
}

TEST(a_doubt_is_said_and_the_first_one_stays)
{
	struct desk *desk = desk_make();

	look_at_all(desk);
	report_doubt(&desk->report, S12, "the gateway is away");
	report_doubt(&desk->report, S12, "again");
	expect_verdict(desk, S12, INCONCLUSIVE);
	expect(has(table(desk), "the gateway is away"));
	expect(!has(table(desk), "again\n"));
}

TEST(what_was_not_asked_does_not_count)
{
	struct desk *desk = desk_make();
	unsigned asked;

	expect_ok(invariants_parse("S3,s7", &asked));
	expect_int(asked, 1U << S3 | 1U << S7);
	report_init(&desk->report, asked);
	report_looked_at(&desk->report, S3, 1);
	report_looked_at(&desk->report, S7, 1);
	expect_int(report_verdict_of_all(&desk->report), PASS);
	expect(!has(table(desk), "S12"));
}

TEST(names_of_invariants_are_parsed_whole)
{
	unsigned asked = 0;

	expect_ok(invariants_parse("", &asked));
	expect_int(asked, (1U << INVARIANTS) - 1);
	expect_ok(invariants_parse("S12", &asked));
	expect_int(asked, 1U << S12);
	expect_ok(invariants_parse("S1", &asked));
	expect_int(asked, 1U << S1);
	expect_fault(invariants_parse("S13", &asked), FAULT_USAGE);
	expect_fault(invariants_parse("S", &asked), FAULT_USAGE);
	expect_fault(invariants_parse("S1,,S2", &asked), FAULT_USAGE);
}

TEST(examples_say_where_to_look_and_are_few)
{
	struct desk *desk = desk_make();

	for (int n = 0; n < 9; n++)
		report_violation(&desk->report, S7,
			&(struct where){desk_id(1), "order.events", 4, 70 + n}, "number %d", n);
	expect(has(table(desk), "9 violations, the first of them:"));
	expect(has(table(desk),
		"order 01000000-0000-0000-0000-000000000001  "
		"order.events[4]@70  number 0"));
	expect(has(table(desk), "number 4"));
	expect(!has(table(desk), "number 5"));
}

TEST(json_says_the_same)
{
	struct desk *desk = desk_make();

	report_init(&desk->report, 1U << S7);
	report_violation(
		&desk->report, S7, &(struct where){desk_id(1), "order.events", 4, 70}, "twice");
	buffer_reset(&out);
	report_json(&desk->report, &out);
	expect(has(out.data, "{\"verdict\":\"FAIL\",\"quiet\":true,"));
	expect(has(out.data, "\"id\":\"S7\""));
	expect(has(out.data, "\"violations\":1"));
	expect(has(out.data,
		"{\"words\":\"twice\","
		"\"orderId\":\"01000000-0000-0000-0000-000000000001\","
		"\"topic\":\"order.events\",\"partition\":4,\"offset\":70}"));
}

TESTS("verify report", TEST_CASE(passes_what_was_looked_at_and_found_right),
	TEST_CASE(passes_nothing_that_looked_at_nothing),
	TEST_CASE(a_violation_fails_whether_it_is_quiet_or_not),
	TEST_CASE(something_missing_fails_only_when_it_is_quiet),
	TEST_CASE(while_it_is_not_quiet_only_what_is_right_at_any_time_passes),
	TEST_CASE(a_doubt_is_said_and_the_first_one_stays),
	TEST_CASE(what_was_not_asked_does_not_count),
	TEST_CASE(names_of_invariants_are_parsed_whole),
	TEST_CASE(examples_say_where_to_look_and_are_few), TEST_CASE(json_says_the_same))
