#include "history.h"

#include <base/clock.h>
#include <string.h>
#include <testkit/testkit.h>

#define WINDOW_US (10 * US_PER_S)

/* One look: seconds, committed, end; lag follows. */
struct seen {
	int64_t at_s, committed, end;
};

static size_t samples_of(const struct seen *seen, struct sample *samples)
{
	size_t count = 0;

	do {
		int64_t lag = seen[count].committed < 0 ? PLACE_UNKNOWN
							: seen[count].end - seen[count].committed;

		samples[count] = (struct sample){.at_us = seen[count].at_s * US_PER_S,
			.committed = seen[count].committed,
			.end = seen[count].end,
			.lag = lag};
		count++;
	} while (seen[count].end > 0);
	return count;
}

static void expect_judged(const struct seen *seen, enum place_owner owner, enum status want)
{
	struct sample samples[16];
	size_t count = samples_of(seen, samples);

	expect_text(status_name(status_judge(samples, count, owner, WINDOW_US)), status_name(want));
}

/* The same for each owner. */
static void expect_any(const struct seen *seen, enum status want)
{
	expect_judged(seen, PLACE_UNOWNED, want);
	expect_judged(seen, PLACE_OWNED, want);
	expect_judged(seen, PLACE_UNCLEAR, want);
}

#define SEEN(...) ((const struct seen[]){__VA_ARGS__, {0}})

TEST(idle_is_ok_however_long_and_whoever_has_it)
{
	expect_any(SEEN({0, 50, 50}), STATUS_OK);
	expect_any(SEEN({0, 50, 50}, {60, 50, 50}), STATUS_OK);
	expect_any(SEEN({0, 40, 50}, {5, 45, 50}, {10, 50, 50}), STATUS_OK);
}

TEST(without_a_commit_there_is_nothing_to_judge)
{
	expect_any(SEEN({0, -1, 50}), STATUS_NONE);
	expect_any(SEEN({0, -1, 50}, {20, -1, 90}), STATUS_NONE);
}

TEST(one_look_knows_only_that_nobody_is_there)
{
	expect_judged(SEEN({0, 40, 50}), PLACE_UNOWNED, STATUS_STOP);
	expect_judged(SEEN({0, 40, 50}), PLACE_OWNED, STATUS_NONE);
	expect_judged(SEEN({0, 40, 50}), PLACE_UNCLEAR, STATUS_NONE);
}

TEST(nobody_there_and_no_move_is_stop_also_right_after_it_was_drained)
{
	expect_judged(SEEN({0, 50, 50}, {1, 50, 51}), PLACE_UNOWNED, STATUS_STOP);
	expect_judged(SEEN({0, 30, 50}, {1, 40, 50}, {2, 40, 60}), PLACE_UNOWNED, STATUS_STOP);
}

TEST(moved_by_somebody_who_is_no_member_is_not_stop)
{
	expect_judged(SEEN({0, 30, 50}, {1, 40, 55}), PLACE_UNOWNED, STATUS_OK);
	expect_judged(SEEN({0, 30, 50}, {1, 30, 55}), PLACE_UNCLEAR, STATUS_NONE);
}

TEST(somebody_there_and_no_move_in_a_whole_window_is_stall)
{
	expect_judged(SEEN({0, 40, 50}, {5, 40, 60}, {10, 40, 70}), PLACE_OWNED, STATUS_STALL);
	expect_judged(SEEN({0, 40, 50}, {10, 40, 50}), PLACE_OWNED, STATUS_STALL);
	expect_judged(SEEN({0, 40, 50}, {10, 40, 50}), PLACE_UNCLEAR, STATUS_STALL);
	expect_judged(SEEN({0, 40, 50}, {9, 40, 70}), PLACE_OWNED, STATUS_NONE);
	/* New work after a pause: it has had no whole window for it. */
	expect_judged(SEEN({0, 40, 40}, {9, 40, 50}, {10, 40, 50}), PLACE_OWNED, STATUS_OK);
}

TEST(moving_without_catching_up_in_a_whole_window_is_warn)
{
	expect_judged(SEEN({0, 40, 50}, {5, 50, 65}, {10, 60, 80}), PLACE_OWNED, STATUS_WARN);
	/* Burrow's word is "not decreasing": staying as far behind is not catching up. */
	expect_judged(SEEN({0, 40, 50}, {5, 50, 60}, {10, 60, 70}), PLACE_OWNED, STATUS_WARN);
	expect_judged(SEEN({0, 40, 50}, {5, 50, 65}), PLACE_OWNED, STATUS_NONE);
}

TEST(lag_that_once_became_less_or_was_zero_is_ok)
{
	expect_judged(SEEN({0, 40, 50}, {5, 55, 60}, {10, 60, 90}), PLACE_OWNED, STATUS_OK);
	expect_judged(SEEN({0, 40, 50}, {1, 45, 50}), PLACE_OWNED, STATUS_OK);
	expect_judged(SEEN({0, 40, 50}, {5, 60, 60}, {10, 60, 90}), PLACE_OWNED, STATUS_OK);
}

TEST(going_back_is_rewind_until_it_has_come_to_where_it_was)
{
	expect_any(SEEN({0, 50, 50}, {1, 10, 50}), STATUS_REWIND);
	expect_any(SEEN({0, 45, 50}, {1, 10, 50}, {2, 40, 50}), STATUS_REWIND);
	expect_judged(SEEN({0, 45, 60}, {1, 10, 60}, {2, 45, 60}), PLACE_OWNED, STATUS_OK);
	expect_any(SEEN({0, 45, 50}, {1, 10, 50}, {2, 50, 50}), STATUS_OK);
	/* Twice: the latest counts. */
	expect_any(SEEN({0, 45, 50}, {1, 10, 50}, {2, 46, 50}, {3, 20, 50}), STATUS_REWIND);
}

static struct place_rates rates(const struct seen *seen)
{
	struct sample samples[16];
	size_t count = samples_of(seen, samples);

	return rates_of(samples, count);
}

TEST(rates_are_from_the_first_to_the_last_look)
{
	struct place_rates got = rates(SEEN({0, 0, 100}, {2, 50, 120}, {4, 100, 140}));

	expect(got.known);
	expect_int(got.in_milli, 10000);
	expect_int(got.out_milli, 25000);
	expect_int(got.trend_milli, -15000);
	/* 40 at 15 a second. */
	expect_int(got.catch_up_ms, 2666);
}

TEST(there_is_no_catching_up_with_what_is_as_fast)
{
	expect_int(rates(SEEN({0, 0, 100}, {2, 10, 110})).catch_up_ms, PLACE_UNKNOWN);
	expect_int(rates(SEEN({0, 0, 100}, {2, 0, 110})).catch_up_ms, PLACE_UNKNOWN);
	expect_int(rates(SEEN({0, 0, 100}, {2, 110, 110})).catch_up_ms, 0);
}

TEST(one_look_has_no_rates_and_no_commit_has_none)
{
	expect(!rates(SEEN({0, 0, 100})).known);
	expect(!rates(SEEN({0, -1, 100}, {2, 10, 110})).known);
	expect(!rates(SEEN({0, 10, 100}, {2, -1, 110})).known);
}

static struct place place_at(int32_t partition, int64_t committed, int64_t end)
{
	struct place place = {.group = "g",
		.topic = "t",
		.partition = partition,
		.committed = committed,
		.end = end,
		.first_ms = PLACE_UNKNOWN,
		.owner = PLACE_OWNED};

	place_measure(&place, 0);
	return place;
}

static enum status take(struct history *history, struct place place, int64_t at_s)
{
	expect_ok(history_take(history, &place, at_s * US_PER_S));
	return place.status;
}

TEST(each_place_has_its_own_history)
{
	struct history *history = history_create(WINDOW_US);

	/* In no order, so that they are put between each other. */
	for (int32_t i = 0; i < 200; i++)
		take(history, place_at(i * 7 % 200, 10 + i * 7 % 200, 1000), 0);
	for (int32_t i = 0; i < 200; i++)
		expect_int(take(history, place_at(i, i % 2 ? 10 + i : 11 + i, 1000), 10),
			i % 2 ? STATUS_STALL : STATUS_OK);
	history_destroy(history);
}

TEST(what_is_older_than_the_window_is_forgotten)
{
	struct history *history = history_create(WINDOW_US);

	/* Lag was 0 at second 0 only; more looks than are kept. */
	take(history, place_at(0, 100, 100), 0);
	for (int64_t s = 1; s < 11; s++)
		expect_int(take(history, place_at(0, 100, 100 + s), s), STATUS_OK);
	for (int64_t s = 11; s < 11 + 2 * HISTORY_SAMPLES_MAX; s++)
		expect_int(take(history, place_at(0, 100, 100 + s), s), STATUS_STALL);
	history_destroy(history);
}

TEST(a_window_of_more_looks_than_are_kept_still_goes_on)
{
	struct history *history = history_create(INT64_C(1000) * US_PER_S);

	for (int64_t s = 0; s < 3 * HISTORY_SAMPLES_MAX; s++)
		expect_int(take(history, place_at(0, 100, 200), s), STATUS_NONE);
	history_destroy(history);
}

TEST(no_window_judges_each_look_alone)
{
	struct history *history = history_create(0);

	expect_int(take(history, place_at(0, 100, 200), 0), STATUS_NONE);
	expect_int(take(history, place_at(0, 150, 200), 1), STATUS_OK);
	expect_int(take(history, place_at(0, 200, 200), 2), STATUS_OK);
	history_destroy(history);
}

TEST(the_first_message_is_recalled_while_the_place_stands_still)
{
	struct history *history = history_create(WINDOW_US);
	struct place place = place_at(3, 10, 20), moved = place_at(3, 11, 21);
	struct place same = place_at(3, 10, 25), other = place_at(4, 10, 20);
	struct place deleted = place_at(3, 10, 25);

	place.first_ms = 777;
	take(history, place, 0);
	history_recall(history, &same);
	expect_int(same.first_ms, 777);
	history_recall(history, &moved);
	expect_int(moved.first_ms, PLACE_UNKNOWN);
	history_recall(history, &other);
	expect_int(other.first_ms, PLACE_UNKNOWN);
	deleted.start = 15;
	history_recall(history, &deleted);
	expect_int(deleted.first_ms, PLACE_UNKNOWN);
	history_destroy(history);
}

TEST(markers_alone_are_recalled_until_something_comes)
{
	struct history *history = history_create(WINDOW_US);
	struct place place = place_at(0, 10, 11), same = place_at(0, 10, 11);
	struct place more = place_at(0, 10, 12);

	place.only_markers = true;
	place_measure(&place, 0);
	take(history, place, 0);
	history_recall(history, &same);
	expect(same.only_markers);
	history_recall(history, &more);
	expect(!more.only_markers);
	expect_int(more.first_ms, PLACE_UNKNOWN);
	history_destroy(history);
}

TESTS("lag history", TEST_CASE(idle_is_ok_however_long_and_whoever_has_it),
	TEST_CASE(without_a_commit_there_is_nothing_to_judge),
	TEST_CASE(one_look_knows_only_that_nobody_is_there),
	TEST_CASE(nobody_there_and_no_move_is_stop_also_right_after_it_was_drained),
	TEST_CASE(moved_by_somebody_who_is_no_member_is_not_stop),
	TEST_CASE(somebody_there_and_no_move_in_a_whole_window_is_stall),
	TEST_CASE(moving_without_catching_up_in_a_whole_window_is_warn),
	TEST_CASE(lag_that_once_became_less_or_was_zero_is_ok),
	TEST_CASE(going_back_is_rewind_until_it_has_come_to_where_it_was),
	TEST_CASE(rates_are_from_the_first_to_the_last_look),
	TEST_CASE(there_is_no_catching_up_with_what_is_as_fast),
	TEST_CASE(one_look_has_no_rates_and_no_commit_has_none),
	TEST_CASE(each_place_has_its_own_history),
	TEST_CASE(what_is_older_than_the_window_is_forgotten),
	TEST_CASE(a_window_of_more_looks_than_are_kept_still_goes_on),
	TEST_CASE(no_window_judges_each_look_alone),
	TEST_CASE(the_first_message_is_recalled_while_the_place_stands_still),
	TEST_CASE(markers_alone_are_recalled_until_something_comes))
