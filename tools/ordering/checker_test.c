#include "checker.h"

#include <testkit/testkit.h>

static struct history history;
static struct counts counts;

static void begin(void)
{
	history_finish(&history);
	history_init(&history);
}

/* "A1" is key 0, number 1. Each pair takes effect right behind the one before. */
static void saw(const char *text, int owner)
{
	for (const char *at = text; at[0] && at[1]; at += at[2] ? 3 : 2)
		expect_ok(history_add(&history,
			(struct observation){
				.key = at[0] - 'A', .sequence = at[1] - '0', .owner = owner}));
}

static void judged(int keys, int messages)
{
	expect_ok(checker_judge(
		&history, &(struct checker_rule){.keys = keys, .messages = messages}, &counts));
}

static void expect_counts(struct counts want)
{
	expect_int(counts.messages, want.messages);
	expect_int(counts.keys, want.keys);
	expect_int(counts.late, want.late);
	expect_int(counts.again, want.again);
	expect_int(counts.stale, want.stale);
	expect_int(counts.lost, want.lost);
}

TEST(keys_may_interleave)
{
	begin();
	saw("A1 B1 B2 A2 B3 A3", 0);
	judged(2, 3);
	expect_counts((struct counts){.messages = 6, .keys = 2});
	expect_int(counts_violations(&counts), 0);
	for (size_t i = 0; i < history.count; i++)
		expect_int(history.seen[i].mark, MARK_FINE);
}

TEST(an_overtaken_message_is_late)
{
	begin();
	saw("A1 A3 A2 A4", 0);
	judged(1, 4);
	expect_counts((struct counts){.messages = 4, .keys = 1, .late = 1});
	expect_int(counts_violations(&counts), 1);
	expect_int(history.seen[1].mark, MARK_FINE);
	expect_int(history.seen[2].mark, MARK_LATE);
	expect_int(history.seen[3].mark, MARK_FINE);
}

TEST(everything_behind_a_jump_is_late)
{
	begin();
	saw("A4 A1 A2 A3", 0);
	judged(1, 4);
	expect_int(counts.late, 3);
}

TEST(what_comes_again_is_counted_and_allowed)
{
	begin();
	saw("A1 A2 A3 A2 A3 A4", 0);
	judged(1, 4);
	expect_counts((struct counts){.messages = 6, .keys = 1, .again = 2});
	expect_int(counts_violations(&counts), 0);
	expect_int(history.seen[3].mark, MARK_AGAIN);
	expect_int(history.seen[5].mark, MARK_FINE);
}

TEST(a_late_one_that_comes_again_is_late_once)
{
	begin();
	saw("A2 A1 A1", 0);
	judged(1, 2);
	expect_counts((struct counts){.messages = 3, .keys = 1, .late = 1, .again = 1});
}

TEST(what_never_came_is_lost)
{
	begin();
	saw("A1 A3", 0);
	judged(2, 3);
	/* A2, and B as a whole. */
	expect_counts((struct counts){.messages = 2, .keys = 1, .lost = 4});
	expect_int(counts_violations(&counts), 4);
}

TEST(a_successor_may_do_it_all_again)
{
	begin();
	saw("A1 A2", 1);
	saw("A1 A2 A3", 2);
	judged(1, 3);
	expect_counts((struct counts){.messages = 5, .keys = 1, .again = 2});
}

TEST(an_owner_that_writes_after_its_successor_is_stale)
{
	begin();
	saw("A1 B1", 1);
	saw("A2", 2);
	saw("A3 B2", 1);
	judged(2, 3);
	/* B was never taken over. */
	expect_int(history.seen[3].mark, MARK_STALE);
	expect_int(history.seen[4].mark, MARK_FINE);
	expect_int(counts.stale, 1);
	expect_int(counts.lost, 1);
}

TEST(stale_counts_even_what_is_new_or_was_seen)
{
	begin();
	saw("A1", 1);
	saw("A2 A3", 2);
	saw("A2 A4", 1);
	judged(1, 4);
	expect_counts((struct counts){.messages = 5, .keys = 1, .stale = 2});
}

TEST(a_former_owner_is_stale_even_at_its_first_write)
{
	begin();
	saw("A1", 2);
	saw("A2 A3", 1);
	saw("A4", 2);
	saw("A5", 3);
	judged(1, 5);
	expect_int(history.seen[1].mark, MARK_STALE);
	expect_int(history.seen[2].mark, MARK_STALE);
	expect_int(history.seen[3].mark, MARK_FINE);
	expect_int(counts.stale, 2);
}

TEST(an_owner_0_is_not_judged)
{
	begin();
	saw("A1", 1);
	saw("A2", 2);
	saw("A3", 0);
	judged(1, 3);
	expect_int(counts.stale, 0);
}

TEST(numbers_that_only_rise_may_leave_some_out)
{
	begin();
	saw("A1 B2 A5 B9 A5 A3", 0);
	judged(2, 0);
	expect_counts((struct counts){.messages = 6, .keys = 2, .late = 1, .again = 1});
	expect_int(history.seen[4].mark, MARK_AGAIN);
	expect_int(history.seen[5].mark, MARK_LATE);
}

TEST(nothing_seen_is_all_lost)
{
	begin();
	judged(2, 3);
	expect_counts((struct counts){.lost = 6});
}

static void refuses(const char *text, int keys, int messages)
{
	begin();
	saw(text, 0);
	expect_fault(checker_judge(&history,
			     &(struct checker_rule){.keys = keys, .messages = messages}, &counts),
		FAULT_INPUT);
}

TEST(refuses_what_the_rule_does_not_know)
{
	refuses("C1", 2, 3);
	refuses("A0", 2, 3);
	refuses("A4", 2, 3);
	refuses("@1", 2, 3);
	refuses("A0", 2, 0);
}

TESTS("checker", TEST_CASE(keys_may_interleave), TEST_CASE(an_overtaken_message_is_late),
	TEST_CASE(everything_behind_a_jump_is_late),
	TEST_CASE(what_comes_again_is_counted_and_allowed),
	TEST_CASE(a_late_one_that_comes_again_is_late_once), TEST_CASE(what_never_came_is_lost),
	TEST_CASE(a_successor_may_do_it_all_again),
	TEST_CASE(an_owner_that_writes_after_its_successor_is_stale),
	TEST_CASE(stale_counts_even_what_is_new_or_was_seen),
	TEST_CASE(a_former_owner_is_stale_even_at_its_first_write),
	TEST_CASE(an_owner_0_is_not_judged), TEST_CASE(numbers_that_only_rise_may_leave_some_out),
	TEST_CASE(nothing_seen_is_all_lost), TEST_CASE(refuses_what_the_rule_does_not_know))
