#include "limit.h"

#include <base/clock.h>
#include <stdio.h>
#include <testkit/testkit.h>

#define NOW (1000 * US_PER_S)

/* How many of @tries at @now_us are admitted. */
static int admitted(struct limit *limit, const char *client, int64_t now_us, int tries)
{
	int count = 0;

	for (int i = 0; i < tries; i++)
		count += limit_take(limit, client, now_us) == 0;
	return count;
}

TEST(admits_a_burst_and_then_the_rate)
{
	struct limit *limit = limit_create(10, 5);

	expect_int(admitted(limit, "a", NOW, 20), 5);
	/* A tenth of a second for each one more. */
	expect_int(admitted(limit, "a", NOW + US_PER_S / 10, 20), 1);
	expect_int(admitted(limit, "a", NOW + 3 * US_PER_S / 10, 20), 2);
	/* However long it was quiet, the burst is no larger. */
	expect_int(admitted(limit, "a", NOW + 60 * US_PER_S, 20), 5);
	limit_destroy(limit);
}

TEST(says_how_long_to_wait)
{
	struct limit *limit = limit_create(10, 1);
	int64_t wait_us;

	expect_int(limit_take(limit, "a", NOW), 0);
	wait_us = limit_take(limit, "a", NOW);
	expect_int(wait_us, US_PER_S / 10);
	expect(limit_take(limit, "a", NOW + wait_us - 1) > 0);
	expect_int(limit_take(limit, "a", NOW + wait_us), 0);
	limit_destroy(limit);
}

TEST(counts_each_client_alone)
{
	struct limit *limit = limit_create(1, 3);

	expect_int(admitted(limit, "a", NOW, 10), 3);
	expect_int(admitted(limit, "b", NOW, 10), 3);
	expect_int(admitted(limit, "a", NOW, 10), 0);
	limit_destroy(limit);
}

/* Whoever keeps asking stays known, however many others pass by. */
TEST(forgets_who_was_quiet_longest)
{
	struct limit *limit = limit_create(1, 1);
	char name[16];

	expect_int(limit_take(limit, "busy", NOW), 0);
	for (int i = 0; i < 20 * LIMIT_CLIENTS; i++) {
		int64_t now_us = NOW + (i + 1) * US_PER_MS;

		snprintf(name, sizeof(name), "%d", i);
		(void)limit_take(limit, name, now_us);
		if (i % 100 == 0)
			(void)limit_take(limit, "busy", now_us);
	}
	expect(admitted(limit, "busy", NOW + 20 * LIMIT_CLIENTS * US_PER_MS, 10) <= 1);
	limit_destroy(limit);
}

TESTS("gateway limit", TEST_CASE(admits_a_burst_and_then_the_rate),
	TEST_CASE(says_how_long_to_wait), TEST_CASE(counts_each_client_alone),
	TEST_CASE(forgets_who_was_quiet_longest))
