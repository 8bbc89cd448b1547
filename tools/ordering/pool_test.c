#include "pool.h"

#include "checker.h"

#include <testkit/testkit.h>

static struct plan plan;
static struct history history;
static struct counts counts;

static void run(int keys, int messages, bool lanes)
{
	struct pool *pool;

	plan_make(&plan, keys, messages, 1);
	history_init(&history);
	expect_ok(pool_create(&plan, lanes, &pool));
	for (size_t i = 0; i < plan.count; i++)
		pool_add(pool, plan.steps[i]);
	expect_ok(pool_run(pool, &history));
	pool_destroy(pool);
	expect_ok(checker_judge(&history, &(struct checker_rule){keys, messages}, &counts));
	expect_int(counts.messages, keys * messages);
	expect_int(counts.lost, 0);
	expect_int(counts.again, 0);
	history_finish(&history);
}

TEST(without_lanes_each_slow_message_is_overtaken)
{
	for (int turn = 0; turn < 10; turn++) {
		run(9, 20, false);
		expect(counts.late >= 3);
	}
}

TEST(with_lanes_none_is)
{
	for (int turn = 0; turn < 10; turn++) {
		run(9, 20, true);
		expect_int(counts.late, 0);
	}
}

TEST(any_size_ends)
{
	run(PLAN_KEYS_MIN, PLAN_MESSAGES_MIN, false);
	expect(counts.late >= 1);
	run(PLAN_KEYS_MIN, PLAN_MESSAGES_MIN, true);
	expect_int(counts.late, 0);
	run(PLAN_KEYS_MAX, 50, true);
	expect_int(counts.late, 0);
}

TEST(nothing_to_do_ends_too)
{
	struct pool *pool;

	plan_make(&plan, 3, 6, 1);
	history_init(&history);
	expect_ok(pool_create(&plan, false, &pool));
	expect_ok(pool_run(pool, &history));
	expect_int(history.count, 0);
	pool_destroy(pool);
	pool_destroy(NULL);
}

TESTS("pool", TEST_CASE(without_lanes_each_slow_message_is_overtaken),
	TEST_CASE(with_lanes_none_is), TEST_CASE(any_size_ends), TEST_CASE(nothing_to_do_ends_too))
