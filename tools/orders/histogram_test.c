#include "histogram.h"

#include <testkit/testkit.h>

static struct histogram histogram;

TEST(an_empty_one_answers_zero)
{
	expect_int(histogram_percentile(&histogram, 50000), 0);
	expect_int(histogram.max_us, 0);
}

TEST(small_values_are_exact)
{
	for (int64_t value = 1; value <= 1000; value++)
		histogram_add(&histogram, value);
	expect_int(histogram_percentile(&histogram, 0), 1);
	expect_int(histogram_percentile(&histogram, 50000), 500);
	expect_int(histogram_percentile(&histogram, 90000), 900);
	expect_int(histogram_percentile(&histogram, 99000), 990);
	expect_int(histogram_percentile(&histogram, 99900), 999);
	expect_int(histogram_percentile(&histogram, 99901), 1000);
	expect_int(histogram_percentile(&histogram, 100000), 1000);
}

TEST(ranks_are_rounded_up)
{
	histogram_add(&histogram, 10);
	histogram_add(&histogram, 20);
	histogram_add(&histogram, 30);
	expect_int(histogram_percentile(&histogram, 50000), 20);
	expect_int(histogram_percentile(&histogram, 33333), 10);
	expect_int(histogram_percentile(&histogram, 33334), 20);
	expect_int(histogram_percentile(&histogram, 99000), 30);
}

/* The same value twice and one far above: the percentile shows the bucket's upper end. */
TEST(every_value_is_kept_to_a_thousandth)
{
	for (int64_t value = 1; value < HISTOGRAM_VALUE_MAX; value += value / 7 + 1) {
		struct histogram one = {0};
		histogram_add(&one, value);
		histogram_add(&one, value);
		histogram_add(&one, HISTOGRAM_VALUE_MAX);
		int64_t got = histogram_percentile(&one, 50000);
		expect(got >= value);
		expect(got - value <= value / 1000);
	}
}

TEST(no_percentile_is_above_the_maximum)
{
	histogram_add(&histogram, 1000000);
	expect_int(histogram_percentile(&histogram, 50000), 1000000);
	expect_int(histogram_percentile(&histogram, 99900), 1000000);
}

TEST(buckets_follow_each_other_without_gap_or_overlap)
{
	int64_t last = -1;

	for (int64_t value = 0; value < 100000; value++) {
		struct histogram one = {0};
		histogram_add(&one, value);
		histogram_add(&one, HISTOGRAM_VALUE_MAX);
		int64_t got = histogram_percentile(&one, 50000);
		expect(got >= last);
		expect(got >= value);
		last = got;
	}
}

TEST(what_is_beyond_the_range_is_counted_and_the_maximum_exact)
{
	histogram_add(&histogram, 5);
	histogram_add(&histogram, HISTOGRAM_VALUE_MAX);
	histogram_add(&histogram, INT64_MAX);
	expect_int(histogram.total, 3);
	expect_int(histogram.max_us, INT64_MAX);
	expect_int(histogram_percentile(&histogram, 20000), 5);
	expect(histogram_percentile(&histogram, 100000) >= HISTOGRAM_VALUE_MAX);
}

TEST(a_negative_value_counts_as_zero)
{
	histogram_add(&histogram, -3);
	expect_int(histogram.total, 1);
	expect_int(histogram.counts[0], 1);
	expect_int(histogram_percentile(&histogram, 50000), 0);
}

TESTS("histogram", TEST_CASE(an_empty_one_answers_zero), TEST_CASE(small_values_are_exact),
	TEST_CASE(ranks_are_rounded_up),
	{"every_value_is_kept_to_a_thousandth", every_value_is_kept_to_a_thousandth, 30},
	{"buckets_follow_each_other_without_gap_or_overlap",
		buckets_follow_each_other_without_gap_or_overlap, 60},
	TEST_CASE(what_is_beyond_the_range_is_counted_and_the_maximum_exact),
	TEST_CASE(no_percentile_is_above_the_maximum), TEST_CASE(a_negative_value_counts_as_zero))
