#include "selection.h"

#include <testkit/testkit.h>

#include <base/clock.h>
#include <string.h>

#define NOW_US (INT64_C(1769853600) * US_PER_S) /* 2026-01-31T10:00:00Z */

static struct arena *arena;
static struct selection selection;

static int parse(const struct selection_words *words)
{
	if (!arena)
		arena = arena_create(0);
	return selection_parse(words, NOW_US, arena, &selection);
}

static void refuses(const struct selection_words *words, const char *part)
{
	expect_fault(parse(words), FAULT_USAGE);
	if (!strstr(fault_text(), part))
		fail_test("'%s' says nothing of '%s'", fault_text(), part);
}

TEST(takes_each_selector)
{
	expect_ok(parse(&(struct selection_words){.to_earliest = true, .all_topics = true}));
	expect_int(selection.selector, SELECT_EARLIEST);
	expect_ok(parse(&(struct selection_words){.to_latest = true, .topics = "a"}));
	expect_int(selection.selector, SELECT_LATEST);
	expect_ok(parse(&(struct selection_words){.to_current = true, .all_topics = true}));
	expect_int(selection.selector, SELECT_CURRENT);
	expect_ok(parse(&(struct selection_words){.to_offset = "42", .topics = "a"}));
	expect_int(selection.selector, SELECT_OFFSET);
	expect_int(selection.number, 42);
	expect_ok(parse(&(struct selection_words){.shift_by = "-7", .topics = "a"}));
	expect_int(selection.selector, SELECT_SHIFT);
	expect_int(selection.number, -7);
	expect_ok(parse(&(struct selection_words){.shift_by = "+5", .topics = "a"}));
	expect_int(selection.number, 5);
	expect_ok(parse(
		&(struct selection_words){.to_datetime = "2026-01-31T10:00:00Z", .topics = "a"}));
	expect_int(selection.selector, SELECT_TIME);
	expect_int(selection.at_us, NOW_US);
	expect_ok(parse(&(struct selection_words){.by_duration = "PT15M", .topics = "a"}));
	expect_int(selection.selector, SELECT_TIME);
	expect_int(selection.at_us, NOW_US - 900 * US_PER_S);
	expect_ok(parse(&(struct selection_words){.from_file = "f.csv"}));
	expect_int(selection.selector, SELECT_FILE);
	expect_text(selection.file, "f.csv");
	expect_ok(parse(&(struct selection_words){.to_group = "other", .all_topics = true}));
	expect_int(selection.selector, SELECT_GROUP);
	expect_text(selection.group, "other");
}

TEST(wants_exactly_one_selector)
{
	refuses(&(struct selection_words){.topics = "a"}, "is not said");
	refuses(&(struct selection_words){.to_earliest = true, .to_latest = true, .topics = "a"},
		"more than once");
	refuses(
		&(struct selection_words){
			.to_datetime = "2026-01-31T10:00:00", .by_duration = "15m", .topics = "a"},
		"more than once");
}

TEST(wants_topics_or_all_of_them_and_neither_with_a_file)
{
	refuses(&(struct selection_words){.to_earliest = true}, "--all-topics");
	refuses(&(struct selection_words){.to_earliest = true, .all_topics = true, .topics = "a"},
		"either");
	refuses(&(struct selection_words){.from_file = "f", .topics = "a"}, "itself");
	refuses(&(struct selection_words){.from_file = "f", .all_topics = true}, "itself");
}

TEST(refuses_numbers_that_are_none)
{
	const char *const offsets[] = {"-1", "+1", "1x", "x", " 1", "9223372036854775808"};
	const char *const shifts[] = {"1x", "--1", "+", "", "1.5", "99999999999999999999"};

	for (size_t i = 0; i < 6; i++) {
		refuses(&(struct selection_words){.to_offset = offsets[i], .topics = "a"},
			"--to-offset");
		if (*shifts[i])
			refuses(&(struct selection_words){.shift_by = shifts[i], .topics = "a"},
				"--shift-by");
	}
}

TEST(takes_topics_with_and_without_partitions)
{
	expect_ok(parse(&(struct selection_words){
		.to_earliest = true, .topics = "order.events  payment.events:0,2 "}));
	expect_int(selection.topic_count, 2);
	expect_text(selection.topics[0].name, "order.events");
	expect_int(selection.topics[0].count, 0);
	expect_text(selection.topics[1].name, "payment.events");
	expect_int(selection.topics[1].count, 2);
	expect(selection_takes(&selection, "order.events", 5));
	expect(selection_takes(&selection, "payment.events", 0));
	expect(!selection_takes(&selection, "payment.events", 1));
	expect(selection_takes(&selection, "payment.events", 2));
	expect(!selection_takes(&selection, "other", 0));
}

TEST(refuses_topics_that_are_none)
{
	const char *const topics[] = {
		":1", "a:", "a:x", "a:1,", "a:1;2", "a:-1", "a:1:2", "a:9999999"};

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		refuses(&(struct selection_words){.to_earliest = true, .topics = topics[i]},
			"--topic");
}

TEST(takes_times_in_every_zone)
{
	const struct {
		const char *text;
		int64_t later_us;
	} times[] = {
		{"2026-01-31T10:00:00", 0},
		{"2026-01-31T10:00:00Z", 0},
		{"2026-01-31T10:00:00.250", US_PER_S / 4},
		{"2026-01-31T10:00:00.250Z", US_PER_S / 4},
		{"2026-01-31T11:00:00+01:00", 0},
		{"2026-01-31T11:00:00.5+0100", US_PER_S / 2},
		{"2026-01-31T11:00:00+01", 0},
		{"2026-01-31T04:30:00-05:30", 0},
		{"2026-01-30T22:00:00-12", 0},
		{"2026-02-01T00:00:00+14:00", 0},
	};
	int64_t at_us;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		expect_ok(selection_parse_time(times[i].text, &at_us));
		expect_int(at_us - NOW_US, times[i].later_us);
	}
}

TEST(refuses_times_that_are_none)
{
	const char *const times[] = {"", "yesterday", "2026-01-31", "2026-13-31T10:00:00",
		"2026-02-30T10:00:00", "2026-01-31T25:00:00", "2026-01-31T10:00:00+1",
		"2026-01-31T10:00:00+01:00x", "2026-01-31T10:00:00ZZ", "2026-01-31T10:00:00 ",
		"2026-01-31T10:00:00.0000000000000000000000000000000000000000000Z"};
	int64_t at_us = 7;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		expect_fault(selection_parse_time(times[i], &at_us), FAULT_USAGE);
	expect_int(at_us, 7);
}

TEST(takes_durations_of_both_kinds)
{
	const struct {
		const char *text;
		int64_t us;
	} durations[] = {
		{"PT15M", 900 * US_PER_S},
		{"PT0.5S", US_PER_S / 2},
		{"PT1H30M", 5400 * US_PER_S},
		{"P1D", 86400 * US_PER_S},
		{"P1DT2H3M4.250S", (86400 + 7384) * US_PER_S + US_PER_S / 4},
		{"P2W", 14 * 86400 * US_PER_S},
		{"15m", 900 * US_PER_S},
		{"90s", 90 * US_PER_S},
		{"2h", 7200 * US_PER_S},
		{"1d", 86400 * US_PER_S},
		{"1.5h", 5400 * US_PER_S},
		{"0s", 0},
	};
	int64_t us;

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		expect_ok(selection_parse_duration(durations[i].text, &us));
		expect_int(us, durations[i].us);
	}
}

TEST(refuses_durations_that_are_none)
{
	const char *const durations[] = {"", "P", "PT", "P1", "PT15", "P15M", "PT1M1H", "PT1M2M",
		"P1DT", "15", "m", "-15m", "15mm", "15 m", "PT-1M", "1.m", ".5m", "P1Y", "pt15m",
		"999999999d", "9999999999s", "0.1234567s"};
	int64_t us = 7;

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		if (selection_parse_duration(durations[i], &us) != FAULT_USAGE)
			fail_test("'%s' was taken", durations[i]);
	}
	expect_int(us, 7);
}

TEST(joins_topics_that_are_given_several_times)
{
	char *argv[] = {"replay", "--topic", "a", "--group", "g", "--topic=b:1,2", "--topics=c",
		"--topic", "d", "order", NULL};
	int argc = 10;

	arena = arena_create(0);
	argc = selection_join(argc, argv, arena);
	expect_int(argc, 6);
	expect_text(argv[1], "--topic=a b:1,2 d");
	expect_text(argv[2], "--group");
	expect_text(argv[3], "g");
	expect_text(argv[4], "--topics=c");
	expect_text(argv[5], "order");
	expect(argv[6] == NULL);
}

TEST(leaves_a_topic_without_a_value_for_the_settings_to_refuse)
{
	char *argv[] = {"replay", "--topic", NULL};

	arena = arena_create(0);
	expect_int(selection_join(2, argv, arena), 2);
	expect_text(argv[1], "--topic");
}

TESTS("replay selection", TEST_CASE(takes_each_selector), TEST_CASE(wants_exactly_one_selector),
	TEST_CASE(wants_topics_or_all_of_them_and_neither_with_a_file),
	TEST_CASE(refuses_numbers_that_are_none),
	TEST_CASE(takes_topics_with_and_without_partitions),
	TEST_CASE(refuses_topics_that_are_none), TEST_CASE(takes_times_in_every_zone),
	TEST_CASE(refuses_times_that_are_none), TEST_CASE(takes_durations_of_both_kinds),
	TEST_CASE(refuses_durations_that_are_none),
	TEST_CASE(joins_topics_that_are_given_several_times),
	TEST_CASE(leaves_a_topic_without_a_value_for_the_settings_to_refuse))
