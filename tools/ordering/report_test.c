#include "report.h"

#include <base/clock.h>
#include <testkit/testkit.h>

#include <string.h>

static const struct lab_case breaks = {
	.name = "breaks",
	.line = "a case that breaks",
	.broken = "as it goes wrong",
	.kept = "as it holds",
	.why = "One sentence that is long enough to be broken at the ninety-sixth column, as all "
	       "of "
	       "them are. And another.",
	.here = "here",
};
static const struct lab_case holds = {.name = "holds",
	.line = "a case that holds",
	.kept = "as it is",
	.why = "Why.",
	.here = "."};

static const struct counts fine = {.messages = 10, .keys = 2};
static const struct counts again = {.messages = 12, .keys = 2, .again = 2};
static const struct counts late = {.messages = 10, .keys = 2, .late = 3};
static const struct counts stale = {.messages = 10, .keys = 2, .stale = 1};
static const struct counts lost = {.messages = 9, .keys = 2, .lost = 1};
static const struct counts nothing = {0};

static struct buffer out;

TEST(a_case_that_breaks_must_break_and_be_kept)
{
	expect_int(verdict_of(&breaks, &late, &fine), VERDICT_LOST);
	expect_int(verdict_of(&breaks, &stale, &again), VERDICT_LOST);
	expect_int(verdict_of(&breaks, &fine, &fine), VERDICT_NOT_PROVOKED);
	expect_int(verdict_of(&breaks, &again, &fine), VERDICT_NOT_PROVOKED);
	/* What never came is no proof of a wrong order. */
	expect_int(verdict_of(&breaks, &lost, &fine), VERDICT_NOT_PROVOKED);
	expect_int(verdict_of(&breaks, &late, &late), VERDICT_VIOLATED);
	expect_int(verdict_of(&breaks, &late, &stale), VERDICT_VIOLATED);
	expect_int(verdict_of(&breaks, &late, &lost), VERDICT_VIOLATED);
	expect_int(verdict_of(&breaks, &late, &nothing), VERDICT_NOTHING_SEEN);
}

TEST(a_case_that_holds_must_hold_and_show_something)
{
	expect_int(verdict_of(&holds, &nothing, &fine), VERDICT_HELD);
	expect_int(verdict_of(&holds, &nothing, &again), VERDICT_HELD);
	expect_int(verdict_of(&holds, &nothing, &late), VERDICT_VIOLATED);
	expect_int(verdict_of(&holds, &nothing, &lost), VERDICT_VIOLATED);
	expect_int(verdict_of(&holds, &nothing, &nothing), VERDICT_NOTHING_SEEN);
}

static int code(enum verdict first, enum verdict second, enum verdict third)
{
	struct result results[] = {{.verdict = first}, {.verdict = second}, {.verdict = third}};

	return report_exit_code(results, 3);
}

TEST(the_worst_decides_the_exit_code)
{
	expect_int(code(VERDICT_HELD, VERDICT_LOST, VERDICT_LOST), 0);
	expect_int(code(VERDICT_HELD, VERDICT_NOT_PROVOKED, VERDICT_LOST), 3);
	expect_int(code(VERDICT_NOTHING_SEEN, VERDICT_LOST, VERDICT_LOST), 3);
	expect_int(code(VERDICT_NOT_PROVOKED, VERDICT_VIOLATED, VERDICT_LOST), 1);
	expect_int(code(VERDICT_VIOLATED, VERDICT_LOST, VERDICT_NOT_PROVOKED), 1);
	expect_int(report_exit_code(NULL, 0), 0);
}

TEST(a_page_has_pictures_counts_and_reasons)
{
	static struct history history;
	struct lanes_style style = {.width = 60};
	struct result result = {
		.subject = &breaks, .verdict = VERDICT_LOST, .took_us = 12340 * US_PER_MS};

	history_init(&history);
	history_lane(&history, "partition 0");
	history_add(&history, (struct observation){.sequence = 1});
	report_head(&breaks, &out);
	report_variant(&breaks, VARIANT_BROKEN, &history, &late, &style, &out);
	report_tail(&result, &out);
	expect_ok(buffer_check(&out, "the page"));
	expect_text(out.data,
		"breaks: a case that breaks\n"
		"  broken  as it goes wrong\n"
		"  partition 0 | A1\n"
		"  counted 10 messages, 2 keys: 3 out of order, 0 stale, 0 lost; 0 came again\n"
		"  why     One sentence that is long enough to be broken at the ninety-sixth "
		"column, as all of\n"
		"          them are. And another.\n"
		"  here    here\n"
		"  => order lost as predicted; kept with the one thing changed (12.3 s)\n\n");
}

TEST(a_summary_has_a_row_for_each_play)
{
	struct result results[] = {
		{&holds, .kept = again, .verdict = VERDICT_HELD},
		{&breaks, .broken = fine, .kept = late, .verdict = VERDICT_VIOLATED},
	};

	report_summary(results, 2, &out);
	expect_ok(buffer_check(&out, "the summary"));
	expect_text(out.data,
		"CASE               PLAYED  MESSAGES KEYS OUT-OF-ORDER STALE LOST AGAIN  ORDER\n"
		"holds              kept          12    2            0     0    0     2  held\n"
		"breaks             broken        10    2            0     0    0     0  "
		"NOT PROVOKED\n"
		"breaks             kept          10    2            3     0    0     0  "
		"VIOLATED\n");
}

TEST(json_has_the_same)
{
	static struct plan plan;
	struct result results[] = {
		{&holds, .kept = fine, .verdict = VERDICT_HELD, .took_us = 1500},
		{&breaks, .broken = late, .kept = fine, .verdict = VERDICT_LOST},
	};

	plan_make(&plan, 3, 6, 1);
	report_json(results, 2, &plan, 7, &out);
	expect_ok(buffer_check(&out, "the JSON"));
	expect_text(out.data,
		"{\"good\":true,\"keys\":3,\"messagesPerKey\":6,\"seed\":7,\"cases\":["
		"{\"name\":\"holds\",\"verdict\":\"held\",\"tookMs\":1,\"kept\":{\"messages\":10,"
		"\"keys\":2,\"outOfOrder\":0,\"stale\":0,\"lost\":0,\"again\":0}},"
		"{\"name\":\"breaks\",\"verdict\":\"lost\",\"tookMs\":0,\"broken\":{\"messages\":"
		"10,"
		"\"keys\":2,\"outOfOrder\":3,\"stale\":0,\"lost\":0,\"again\":0},"
		"\"kept\":{\"messages\":10,"
		"\"keys\":2,\"outOfOrder\":0,\"stale\":0,\"lost\":0,\"again\":0}}]}\n");
}

/* Two sentences why, a place to look at, no name twice: for each case there is. */
TEST(every_case_is_complete)
{
	expect(CASE_COUNT >= 9);
	for (size_t i = 0; i < CASE_COUNT; i++) {
		const struct lab_case *subject = &CASES[i];
		const char *first = strstr(subject->why, ". ");

		expect(case_find(subject->name) == subject);
		expect(subject->line && subject->kept && subject->here && subject->run);
		expect(first != NULL && strstr(first + 1, ". ") == NULL);
		expect(subject->why[strlen(subject->why) - 1] == '.');
	}
	expect(case_find("no such case") == NULL);
	expect(case_find("") == NULL);
}

TESTS("report", TEST_CASE(a_case_that_breaks_must_break_and_be_kept),
	TEST_CASE(a_case_that_holds_must_hold_and_show_something),
	TEST_CASE(the_worst_decides_the_exit_code),
	TEST_CASE(a_page_has_pictures_counts_and_reasons),
	TEST_CASE(a_summary_has_a_row_for_each_play), TEST_CASE(json_has_the_same),
	TEST_CASE(every_case_is_complete))
