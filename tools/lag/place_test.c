#include "place.h"

#include <stdlib.h>
#include <testkit/testkit.h>

#define NOW_MS 1000000

static struct place measured(int64_t committed, int64_t start, int64_t end, int64_t first_ms)
{
	struct place place = {
		.committed = committed, .start = start, .end = end, .first_ms = first_ms};

	place_measure(&place, NOW_MS);
	return place;
}

TEST(lag_is_from_the_commit_to_the_end)
{
	struct place place = measured(40, 10, 100, NOW_MS - 2500);

	expect_int(place.lag, 60);
	expect_int(place.lag_ms, 2500);
	expect_int(place.lost, 0);
	expect_int(place_next(&place), 40);
}

TEST(drained_is_no_lag_for_no_time)
{
	struct place place = measured(100, 10, 100, PLACE_UNKNOWN);

	expect_int(place.lag, 0);
	expect_int(place.lag_ms, 0);
}

TEST(markers_alone_are_no_lag)
{
	struct place place = {
		.committed = 99, .end = 100, .first_ms = PLACE_UNKNOWN, .only_markers = true};

	place_measure(&place, NOW_MS);
	expect_int(place.lag, 0);
	expect_int(place.lag_ms, 0);
}

TEST(no_commit_is_unknown_not_zero)
{
	struct place place = measured(PLACE_UNKNOWN, 10, 100, PLACE_UNKNOWN);

	expect_int(place.lag, PLACE_UNKNOWN);
	expect_int(place.lag_ms, PLACE_UNKNOWN);
	expect_int(place.lost, 0);
}

TEST(what_was_deleted_unread_is_lost_not_lag)
{
	struct place place = measured(40, 70, 100, PLACE_UNKNOWN);

	expect_int(place.lag, 30);
	expect_int(place.lost, 30);
	expect_int(place_next(&place), 70);
	place = measured(40, 100, 100, PLACE_UNKNOWN);
	expect_int(place.lag, 0);
	expect_int(place.lost, 60);
}

TEST(a_commit_beyond_the_end_is_never_below_zero)
{
	struct place place = measured(500, 0, 100, PLACE_UNKNOWN);

	expect_int(place.lag, 0);
	expect(place_is_beyond(&place));
	place = measured(100, 0, 100, PLACE_UNKNOWN);
	expect(!place_is_beyond(&place));
}

TEST(a_partition_that_is_gone_has_no_lag)
{
	struct place place = measured(5, PLACE_UNKNOWN, PLACE_UNKNOWN, PLACE_UNKNOWN);

	expect(place_is_gone(&place));
	expect(!place_is_beyond(&place));
	expect_int(place.lag, PLACE_UNKNOWN);
	expect_int(place.lost, 0);
}

TEST(the_time_is_unknown_until_the_message_was_read_and_never_in_the_future)
{
	struct place place = measured(40, 10, 100, PLACE_UNKNOWN);

	expect_int(place.lag_ms, PLACE_UNKNOWN);
	place = measured(40, 10, 100, NOW_MS + 70);
	expect_int(place.lag_ms, 0);
}

TEST(measuring_again_forgets_what_was)
{
	struct place place = measured(40, 70, 100, NOW_MS - 1);

	place.committed = PLACE_UNKNOWN;
	place_measure(&place, NOW_MS);
	expect_int(place.lag, PLACE_UNKNOWN);
	expect_int(place.lost, 0);
}

TEST(places_are_ordered_by_group_topic_and_number)
{
	struct place places[] = {
		{.group = "b", .topic = "a", .partition = 0},
		{.group = "a", .topic = "b", .partition = 10},
		{.group = "a", .topic = "b", .partition = 9},
		{.group = "a", .topic = "a", .partition = 11},
	};

	qsort(places, 4, sizeof(places[0]), place_compare);
	expect_int(places[0].partition, 11);
	expect_int(places[1].partition, 9);
	expect_int(places[2].partition, 10);
	expect_text(places[3].group, "b");
}

TEST(statuses_have_burrows_names)
{
	expect_text(status_name(STATUS_NONE), "-");
	expect_text(status_name(STATUS_OK), "OK");
	expect_text(status_name(STATUS_WARN), "WARN");
	expect_text(status_name(STATUS_STALL), "STALL");
	expect_text(status_name(STATUS_STOP), "STOP");
	expect_text(status_name(STATUS_REWIND), "REWIND");
}

TESTS("lag place", TEST_CASE(lag_is_from_the_commit_to_the_end),
	TEST_CASE(drained_is_no_lag_for_no_time), TEST_CASE(markers_alone_are_no_lag),
	TEST_CASE(no_commit_is_unknown_not_zero),
	TEST_CASE(what_was_deleted_unread_is_lost_not_lag),
	TEST_CASE(a_commit_beyond_the_end_is_never_below_zero),
	TEST_CASE(a_partition_that_is_gone_has_no_lag),
	TEST_CASE(the_time_is_unknown_until_the_message_was_read_and_never_in_the_future),
	TEST_CASE(measuring_again_forgets_what_was),
	TEST_CASE(places_are_ordered_by_group_topic_and_number),
	TEST_CASE(statuses_have_burrows_names))
