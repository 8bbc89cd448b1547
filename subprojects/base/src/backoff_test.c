#include <base/backoff.h>
#include <testkit/testkit.h>

TEST(stays_between_half_and_the_whole_of_a_doubling_ceiling)
{
	static const int64_t ceilings[] = {100, 200, 400, 800, 1000, 1000, 1000};

	for (int round = 0; round < 200; round++) {
		struct backoff backoff = {.first_ms = 100, .pause_max_ms = 1000};
		for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
			int64_t pause_ms = backoff_next_ms(&backoff);
			expect(pause_ms >= ceilings[i] / 2);
			expect(pause_ms <= ceilings[i]);
		}
	}
}

TEST(draws_the_whole_range)
{
	int64_t lowest = 1000, highest = 0;

	for (int i = 0; i < 2000; i++) {
		struct backoff backoff = {.first_ms = 10, .pause_max_ms = 10};
		int64_t pause_ms = backoff_next_ms(&backoff);
		lowest = pause_ms < lowest ? pause_ms : lowest;
		highest = pause_ms > highest ? pause_ms : highest;
	}
	/* Six values, 2,000 draws: missing one end has a chance of 1 in 10^158. */
	expect_int(lowest, 5);
	expect_int(highest, 10);
}

TEST(never_passes_the_longest_pause_however_often_it_is_asked)
{
	struct backoff backoff = {.first_ms = 1, .pause_max_ms = INT64_C(1) << 62};

	for (int i = 0; i < 100000; i++)
		expect(backoff_next_ms(&backoff) <= backoff.pause_max_ms);
	expect(backoff_next_ms(&backoff) >= backoff.pause_max_ms / 2);
}

TEST(begins_anew_after_a_reset)
{
	struct backoff backoff = {.first_ms = 4, .pause_max_ms = 100000};

	for (int i = 0; i < 10; i++)
		backoff_next_ms(&backoff);
	expect(backoff_next_ms(&backoff) > 4);
	backoff_reset(&backoff);
	expect(backoff_next_ms(&backoff) <= 4);
}

TEST(a_pause_of_one_millisecond_stays_one_or_none)
{
	struct backoff backoff = {.first_ms = 1, .pause_max_ms = 1};

	for (int i = 0; i < 100; i++) {
		int64_t pause_ms = backoff_next_ms(&backoff);
		expect(pause_ms == 0 || pause_ms == 1);
	}
}

TESTS("backoff", TEST_CASE(stays_between_half_and_the_whole_of_a_doubling_ceiling),
	TEST_CASE(draws_the_whole_range),
	TEST_CASE(never_passes_the_longest_pause_however_often_it_is_asked),
	TEST_CASE(begins_anew_after_a_reset),
	TEST_CASE(a_pause_of_one_millisecond_stays_one_or_none))
