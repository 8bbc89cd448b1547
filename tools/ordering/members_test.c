#include "members.h"

#include <testkit/testkit.h>

static struct history history;
static struct members members;

static void begin(void)
{
	history_init(&history);
	members = (struct members){.history = &history, .count = 2};
}

TEST(what_was_applied_goes_into_the_history)
{
	begin();
	expect_ok(members_take_line(&members, 1, "applied 123456789012 2 0 7"));
	expect_int(history.count, 1);
	expect_int(history.seen[0].at_us, 123456789012);
	expect_int(history.seen[0].lane, 2);
	expect_int(history.seen[0].key, 0);
	expect_int(history.seen[0].sequence, 7);
	expect_int(members.processes[1].applied, 1);
	expect_int(members.processes[0].applied, 0);
}

TEST(a_message_counts_once_however_often_it_is_applied)
{
	begin();
	expect_ok(members_take_line(&members, 0, "applied 1 0 3 1"));
	expect_ok(members_take_line(&members, 1, "applied 2 0 3 1"));
	expect_ok(members_take_line(&members, 1, "applied 3 0 3 2"));
	expect_int(members.distinct, 2);
	expect_int(members.processes[1].applied, 2);
	expect_int(history.count, 3);
}

TEST(without_a_history_it_only_counts)
{
	begin();
	members.history = NULL;
	expect_ok(members_take_line(&members, 0, "applied 1 0 3 1"));
	expect_int(members.distinct, 1);
	expect_int(history.count, 0);
}

TEST(partitions_and_refusals_are_kept)
{
	begin();
	expect_ok(members_take_line(&members, 0, "assigned 3"));
	expect_ok(members_take_line(&members, 0, "assigned 1"));
	expect_ok(members_take_line(&members, 0, "refused"));
	expect_int(members.processes[0].assigned, 1);
	expect_int(members.processes[0].refused, 1);
}

TEST(nonsense_is_refused)
{
	static const char *const bad[] = {"", "x", "applied", "applied 1 0 3", "applied 1 0 3 1 9",
		"applied 1 0 26 1", "applied 1 0 3 0", "applied 1 0 3 201", "applied 1 8 3 1",
		"applied 1 -1 3 1", "applied a b c d", "assigned", "assigned x", "assigned 1 2",
		"refused 1"};

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (members_take_line(&members, 0, bad[i]) != FAULT_INPUT)
			fail_test("\"%s\" was taken", bad[i]);
	}
	expect_int(history.count, 0);
	expect_int(members.distinct, 0);
}

TESTS("members", TEST_CASE(what_was_applied_goes_into_the_history),
	TEST_CASE(a_message_counts_once_however_often_it_is_applied),
	TEST_CASE(without_a_history_it_only_counts), TEST_CASE(partitions_and_refusals_are_kept),
	TEST_CASE(nonsense_is_refused))
