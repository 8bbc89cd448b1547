#include "history.h"

#include <testkit/testkit.h>

static struct history history;

TEST(sorts_by_time_and_keeps_the_order_of_equals)
{
	static const int64_t times[] = {5, 3, 5, 1, 3, 3, 9, 0};
	static const int wanted[] = {7, 3, 1, 4, 5, 0, 2, 6};

	history_init(&history);
	for (int i = 0; i < 8; i++)
		expect_ok(history_add(&history, (struct observation){.at_us = times[i], .key = i}));
	history_sort(&history);
	for (int i = 0; i < 8; i++)
		expect_int(history.seen[i].key, wanted[i]);
	history_finish(&history);
}

TEST(an_empty_one_sorts_too)
{
	history_init(&history);
	history_sort(&history);
	expect_int(history.count, 0);
	history_finish(&history);
}

TEST(grows_to_its_bound)
{
	history_init(&history);
	for (int i = 0; i < HISTORY_MAX; i++)
		expect_ok(history_add(&history, (struct observation){.key = i}));
	while (history.count < history.capacity)
		expect_ok(history_add(&history, (struct observation){.key = 0}));
	expect_fault(history_add(&history, (struct observation){.key = 0}), FAULT_LIMIT);
	expect_int(history.seen[HISTORY_MAX - 1].key, HISTORY_MAX - 1);
	history_finish(&history);
}

TEST(names_lanes_and_cuts_what_is_long)
{
	history_init(&history);
	expect_int(history_lane(&history, "partition %d", 0), 0);
	expect_int(history_lane(&history, "%s", "a name that is too long"), 1);
	expect_text(history.lanes[0], "partition 0");
	expect_text(history.lanes[1], "a name that is ");
	history_finish(&history);
}

TESTS("history", TEST_CASE(sorts_by_time_and_keeps_the_order_of_equals),
	TEST_CASE(an_empty_one_sorts_too), TEST_CASE(grows_to_its_bound),
	TEST_CASE(names_lanes_and_cuts_what_is_long))
