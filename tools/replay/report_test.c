#include "report.h"

#include <testkit/testkit.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct plan_row rows[] = {
	{.topic = "payment.requests",
		.partition = 0,
		.start = 0,
		.end = 1200,
		.current = 1200,
		.target = 0,
		.replays = 700,
		.counted = true,
		.note = ""},
	{.topic = "payment.requests",
		.partition = 1,
		.start = 0,
		.end = 9,
		.current = -1,
		.target = -1,
		.counted = true,
		.note = "no committed offset: left so"},
};
static const struct plan plan = {rows, 2};
static const struct bus_group nobody = {.state = BUS_GROUP_EMPTY};
static struct bus_member members[] = {{.id = "payment-1-fd1b",
					      .instance = "payment-1",
					      .host = "/127.0.0.1",
					      .assigned_count = 3},
	{.id = "rdkafka-77", .host = "/10.0.0.7"}};
static const struct bus_group somebody = {
	.state = BUS_GROUP_STABLE, .members = members, .count = 2};
static struct selection selection = {.selector = SELECT_EARLIEST};
static const struct group_effect effects[] = {{"charges", "the inbox"}};
static const struct group_description described = {"payment", effects, 1};

static struct report report_of(enum report_outcome outcome)
{
	return (struct report){.group = "payment",
		.selection = &selection,
		.plan = &plan,
		.members = &nobody,
		.description = &described,
		.keys = 300,
		.outcome = outcome};
}

static const char *table_of(const struct report *report)
{
	static struct buffer out;

	buffer_finish(&out);
	buffer_init(&out, 0);
	report_table(report, &out);
	return out.data;
}

static void expect_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_test("there is no\n%s\nin\n%s", part, text);
}

TEST(aligns_the_plan_and_says_what_comes_again)
{
	struct report report = report_of(REPORT_DRY_RUN);

	/* clang-format off */
	expect_text(table_of(&report),
		"GROUP    TOPIC             PARTITION  LOG-START  CURRENT  NEW-OFFSET  LOG-END  REPLAYS  NOTE\n"
		"payment  payment.requests          0          0     1200           0     1200      700\n"
		"payment  payment.requests          1          0        -           -        9        -  no committed offset: left so\n"
		"\n"
		"700 messages of 300 keys come again, counted by reading\n"
		"\n"
		"effects of payment, and what keeps each from happening twice\n"
		"  charges\n"
		"      the inbox\n"
		"\n"
		"dry run: nothing was changed; --execute does it\n");
	/* clang-format on */
}

TEST(says_at_most_where_nothing_was_counted)
{
	struct report report = report_of(REPORT_DRY_RUN);
	const char *text;

	rows[0].counted = false;
	rows[1].skips = 9;
	text = table_of(&report);
	expect_part(text, "   <=700");
	expect_part(
		text, "at most 700 messages come again: offsets, transaction markers among them");
	expect_part(text, "at most 9 messages will never come\n");
}

TEST(one_is_one)
{
	struct report report = report_of(REPORT_MOVED);

	rows[0].replays = 1;
	report.keys = 1;
	report.undo = "u.csv";
	report.export = "e.csv";
	expect_part(table_of(&report), "1 message of 1 key comes again");
	expect_part(table_of(&report), "done: 1 partition moved, read back and as planned\n");
	expect_part(table_of(&report),
		"where it stood is in u.csv; back again: replay --group payment --from-file u.csv "
		"--execute\n");
	expect_part(table_of(&report), "the plan is in e.csv\n");
	rows[0].replays = 0;
	expect_part(table_of(&report), "no message comes again\n");
	report.outcome = REPORT_PARTLY;
	expect_part(table_of(&report), "partly done");
	report.outcome = REPORT_NOTHING_TO_DO;
	expect_part(table_of(&report), "stands there already");
}

TEST(names_members_and_warns_of_groups_it_does_not_know)
{
	struct report report = report_of(REPORT_DRY_RUN);

	report.members = &somebody;
	report.description = NULL;
	report.group = "theirs";
	expect_part(table_of(&report),
		"theirs has 2 members: payment-1 (127.0.0.1), rdkafka-77 (10.0.0.7); --execute is "
		"refused until they have stopped\n");
	expect_part(table_of(&report), "theirs is not a group of this system");
}

TEST(prints_a_time_in_utc_and_as_it_is_here)
{
	struct report report = report_of(REPORT_DRY_RUN);

	setenv("TZ", "ABC-5:30", 1);
	tzset();
	selection = (struct selection){.selector = SELECT_TIME, .at_us = INT64_C(1769853600250000)};
	expect_part(table_of(&report),
		"from 2026-01-31T10:00:00.250000Z (2026-01-31 15:30:00 +0530 here) on\n");
}

TEST(lists_the_messages_of_an_order)
{
	const struct survey_event events[] = {
		{"order.events", 4, 49, 1769853600250, "OrderCreated"},
		{"order.events", 4, 88, 0, ""}};
	struct report report = report_of(REPORT_DRY_RUN);

	report.order = "0192f8c4-0000-7000-8000-000000000000";
	report.events = events;
	report.event_count = 2;
	expect_part(table_of(&report),
		"order 0192f8c4-0000-7000-8000-000000000000: 2 messages\n"
		"  2026-01-31T10:00:00.250000Z  order.events/4/49        OrderCreated\n");
}

TEST(colours_only_when_told)
{
	struct report report = report_of(REPORT_DRY_RUN);

	expect(strchr(table_of(&report), '\033') == NULL);
	report.color = true;
	expect(strchr(table_of(&report), '\033') != NULL);
}

TEST(says_the_same_in_json)
{
	struct report report = report_of(REPORT_DRY_RUN);
	struct buffer out;

	report.members = &somebody;
	report.undo = "u.csv";
	report.keys = -1;
	buffer_init(&out, 0);
	report_json(&report, &out);
	expect_text(out.data,
		"{\"group\":\"payment\",\"outcome\":\"dryRun\",\"replays\":700,\"counted\":true,"
		"\"keys\":null,\"skips\":0,\"behind\":9,\"moves\":1,\"partitions\":["
		"{\"topic\":\"payment.requests\",\"partition\":0,\"logStart\":0,\"current\":1200,"
		"\"newOffset\":0,\"logEnd\":1200,\"replays\":700,\"counted\":true,\"skips\":0,"
		"\"note\":\"\"},"
		"{\"topic\":\"payment.requests\",\"partition\":1,\"logStart\":0,\"current\":null,"
		"\"newOffset\":null,\"logEnd\":9,\"replays\":0,\"counted\":true,\"skips\":0,"
		"\"note\":\"no committed offset: left so\"}],\"members\":["
		"{\"id\":\"payment-1-fd1b\",\"instance\":\"payment-1\",\"host\":\"/127.0.0.1\","
		"\"partitions\":3},"
		"{\"id\":\"rdkafka-77\",\"instance\":null,\"host\":\"/"
		"10.0.0.7\",\"partitions\":0}],"
		"\"effects\":[{\"effect\":\"charges\",\"kept\":\"the inbox\"}],\"undo\":\"u.csv\","
		"\"export\":null}\n");
	buffer_finish(&out);
}

TESTS("replay report", TEST_CASE(aligns_the_plan_and_says_what_comes_again),
	TEST_CASE(says_at_most_where_nothing_was_counted), TEST_CASE(one_is_one),
	TEST_CASE(names_members_and_warns_of_groups_it_does_not_know),
	TEST_CASE(prints_a_time_in_utc_and_as_it_is_here),
	TEST_CASE(lists_the_messages_of_an_order), TEST_CASE(colours_only_when_told),
	TEST_CASE(says_the_same_in_json))
