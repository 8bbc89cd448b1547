#include "report.h"
#include "sample_look.h"

#include <string.h>
#include <testkit/testkit.h>

static const char *table(const struct report_options *options)
{
	static struct buffer out;
	struct arena *arena = arena_create(0);

	buffer_finish(&out);
	buffer_init(&out, 0);
	report_table(sample_look(), options, arena, &out);
	arena_destroy(arena);
	return out.data;
}

static const char *json(const struct report_options *options)
{
	static struct buffer out;

	buffer_finish(&out);
	buffer_init(&out, 0);
	report_json(sample_look(), options, &out);
	return out.data;
}

static void expect_part(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_test("no \"%s\" in:\n%s", part, text);
}

static void expect_no_part(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_test("\"%s\" in:\n%s", part, text);
}

TEST(a_table_has_kafkas_columns_and_ours)
{
	const char *text = table(&(struct report_options){0});

	/* clang-format off */
	expect_part(text,
		"GROUP   TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  LAG-SECONDS  STATUS  CONSUMER-ID  HOST\n"
		"pay     t              0              40             100   60          2.5  OK      pay-1        /h\n"
		"pay     t              1               -             100    -            -  -       pay-1        /h\n"
		"quo\"te  t              0            5000             100    0          0.0  OK      -            -\n"
		"quo\"te  t              1              40             100   30            -  STOP    -            -\n"
		"quo\"te  u              0               9              10    0          0.0  OK      -            -\n"
		"quo\"te  v              7               9               -    -            -  -       -            -\n"
		"\n"
		"3 groups, 6 partitions: lag 90 in 2, the oldest waits for 2.5 s\n");
	/* clang-format on */
}

TEST(notes_say_what_numbers_do_not)
{
	const char *text = table(&(struct report_options){0});

	expect_part(text,
		"note: quo\"te t/1 lost 30 messages: it stands at 40, the log begins at 70\n");
	expect_part(text, "note: quo\"te stands at 9 in v/7, which is not there\n");
	expect_part(text, "note: quo\"te t/0 stands behind the end: ");
	expect_part(text,
		"note: quo\"te u/0 is drained: from 9 to 10 are markers of transactions only\n");
	expect_part(text, "note: group nobody has neither members nor commits\n");
	expect_no_part(text, "note: pay");
}

TEST(rates_stand_behind_the_status)
{
	const char *text = table(&(struct report_options){.rates = true});

	/* clang-format off */
	expect_part(text, "STATUS  IN/S  OUT/S  TREND/S  CATCH-UP  CONSUMER-ID  HOST\n");
	expect_part(text, "OK      10.0   25.0    -15.0        4s  pay-1        /h\n");
	expect_part(text, "-          -      -        -         -  pay-1        /h\n");
	expect_part(text, "STOP     1.0    0.0     +1.0     never  -            -\n");
	/* clang-format on */
}

TEST(only_with_lag_leaves_out_what_has_none_and_keeps_the_sum)
{
	const char *text = table(&(struct report_options){.only_with_lag = true});

	expect_part(text, "\npay     t              0 ");
	expect_part(text, "\nquo\"te  t              1 ");
	expect_no_part(text, "\npay     t              1 ");
	expect_no_part(text, "\nquo\"te  u");
	expect_part(text, "\n3 groups, 6 partitions: lag 90 in 2");
}

TEST(colour_is_for_the_status_and_the_titles)
{
	expect_no_part(table(&(struct report_options){0}), "\033");
	expect_part(table(&(struct report_options){.colour = true}), "\033[31mSTOP\033[0m    -");
	expect_part(table(&(struct report_options){.colour = true}), "\033[1mGROUP\033[0m");
}

TEST(json_has_nulls_for_what_is_not_known)
{
	const char *text = json(&(struct report_options){0});

	expect_part(text,
		"{\"at\":\"2025-11-25T19:46:40.000000Z\",\"groups\":["
		"{\"group\":\"pay\",\"state\":\"stable\",\"members\":1,\"lag\":60},"
		"{\"group\":\"quo\\\"te\",\"state\":\"empty\",\"members\":0,\"lag\":30},"
		"{\"group\":\"nobody\",\"state\":\"absent\",\"members\":0,\"lag\":0}],");
	expect_part(text,
		"{\"group\":\"pay\",\"topic\":\"t\",\"partition\":0,\"currentOffset\":40,"
		"\"logStartOffset\":0,\"logEndOffset\":100,\"lag\":60,\"lagMs\":2500,\"lost\":0,"
		"\"onlyMarkers\":false,\"status\":\"OK\",\"consumerId\":\"pay-1\",\"host\":\"/h\","
		"\"rates\":{\"inMilliPerSecond\":10000,\"outMilliPerSecond\":25040,"
		"\"lagMilliPerSecond\":-15040,\"catchUpMs\":4000}}");
	expect_part(text,
		"\"partition\":1,\"currentOffset\":null,\"logStartOffset\":70,"
		"\"logEndOffset\":100,\"lag\":null,\"lagMs\":null,");
	expect_part(text,
		"\"lost\":30,\"onlyMarkers\":false,\"status\":\"STOP\","
		"\"consumerId\":null,\"host\":null,");
	expect_int(strlen(text), strcspn(text, "\n") + 1);
	expect_no_part(
		json(&(struct report_options){.only_with_lag = true}), "\"currentOffset\":null");
}

TEST(the_worst_is_the_one_that_is_furthest_behind)
{
	size_t count;

	expect_int(report_worst(sample_look(), 0, &count)->lag, 60);
	expect_int(count, 2);
	expect_int(report_worst(sample_look(), 59, &count)->lag, 60);
	expect_int(count, 1);
	expect(report_worst(sample_look(), 60, &count) == NULL);
	expect_int(count, 0);
}

TESTS("lag report", TEST_CASE(a_table_has_kafkas_columns_and_ours),
	TEST_CASE(notes_say_what_numbers_do_not), TEST_CASE(rates_stand_behind_the_status),
	TEST_CASE(only_with_lag_leaves_out_what_has_none_and_keeps_the_sum),
	TEST_CASE(colour_is_for_the_status_and_the_titles),
	TEST_CASE(json_has_nulls_for_what_is_not_known),
	TEST_CASE(the_worst_is_the_one_that_is_furthest_behind))
