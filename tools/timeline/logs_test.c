#include "logs.h"

#include "test_story.h"

#include <stdio.h>
#include <string.h>

#define ORDER "01020304-0506-7008-8000-000000000000"
#define TRACE "8b1e221209555daef7d0e64ac5921414"

static struct timeline *timeline;
static struct record record;

static bool describe(const char *line)
{
	return logs_describe(line, strlen(line), timeline->arena, &record);
}

TEST(a_line_becomes_a_record)
{
	timeline = story_open();
	expect(describe("{\"time\":\"2026-01-31T10:00:00.012345Z\",\"level\":\"info\",\"service\":"
			"\"order\",\"message\":\"redelivery absorbed\",\"trace_id\":\"" TRACE
			"\",\"order_id\":\"" ORDER "\",\"type\":\"PaymentSucceeded\","
			"\"partition\":2,\"offset\":17}\n"));
	expect_int(record.kind, RECORD_LOG);
	expect_int(record.at_us, STORY_START_US + 12345);
	expect_text(record.place, "order");
	expect_text(record.what, "redelivery absorbed");
	expect_text(record.detail, "type PaymentSucceeded, partition 2, offset 17");
	story_close();
}

TEST(what_is_no_line_of_ours_is_passed_over)
{
	static const char *const lines[] = {"", "words", "[1]", "{}",
		"{\"time\":\"now\",\"service\":\"order\",\"message\":\"x\"}",
		"{\"time\":1,\"service\":\"order\",\"message\":\"x\"}",
		"{\"time\":\"2026-01-31T10:00:00Z\",\"message\":\"x\"}",
		"{\"time\":\"2026-01-31T10:00:00Z\",\"service\":\"order\",\"message\":\"x\""};

	timeline = story_open();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (describe(lines[i]))
			fail_test("'%s' was taken", lines[i]);
	}
	story_close();
}

static void write_file(const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", testkit_directory(), name);
	file = fopen(path, "w");
	expect(file != NULL);
	fputs(text, file);
	fclose(file);
}

#define LINE(service, message, more) \
	"{\"time\":\"2026-01-31T10:00:00Z\",\"level\":\"info\",\"service\":\"" service \
	"\",\"message\":\"" message "\"" more "}\n"

TEST(lines_about_the_order_and_its_trace_are_found_in_all_logs)
{
	timeline = story_open();
	timeline->subject.traceparent = "00-" TRACE "-04cbec803033fed5-01";
	write_file("order.log",
		"plain words about " ORDER "\n" LINE("order", "one", ",\"order_id\":\"" ORDER "\"")
			LINE("order", "other", ",\"order_id\":\"" TRACE "\"")
				LINE("order", "none", ""));
	write_file("gateway.log", LINE("gateway", "request", ",\"trace_id\":\"" TRACE "\""));
	write_file("other.txt", LINE("order", "not a log", ",\"order_id\":\"" ORDER "\""));
	logs_read(testkit_directory(), timeline);
	expect_int(timeline->count, 3);
	expect(timeline_has_source(timeline, "logs"));
	story_close();
}

TEST(without_a_trace_only_the_order_is_looked_for)
{
	timeline = story_open();
	write_file("order.log",
		LINE("order", "one", ",\"order_id\":\"" ORDER "\"") LINE("order", "none", ""));
	logs_read(testkit_directory(), timeline);
	expect_int(timeline->count, 1);
	story_close();
}

TEST(a_directory_that_is_not_there_is_a_source_that_is_away)
{
	timeline = story_open();
	logs_read("/nowhere/at/all", timeline);
	expect(!timeline_has_source(timeline, "logs"));
	expect_int(timeline_sources_away(timeline), 1);
	expect_text(timeline->sources[6].words, "/nowhere/at/all: No such file or directory");
	story_close();
}

TESTS("logs", TEST_CASE(a_line_becomes_a_record), TEST_CASE(what_is_no_line_of_ours_is_passed_over),
	TEST_CASE(lines_about_the_order_and_its_trace_are_found_in_all_logs),
	TEST_CASE(without_a_trace_only_the_order_is_looked_for),
	TEST_CASE(a_directory_that_is_not_there_is_a_source_that_is_away))
