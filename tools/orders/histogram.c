#include "histogram.h"

#include <stddef.h>

#define HALF 1024
#define PARTS INT64_C(100000)

/* How far a value is shifted to have 11 bits at most: the doublings of its bucket's width. */
static unsigned doublings(int64_t value)
{
	if (value < 2 * HALF)
		return 0;
	return 53u - (unsigned)__builtin_clzll((unsigned long long)value);
}

/* Each doubling uses the upper half of 2048 numbers, so its buckets follow the ones before. */
static size_t bucket_of(int64_t value)
{
	unsigned shift = doublings(value);
	return (size_t)shift * HALF + (size_t)(value >> shift);
}

/* The highest value of a bucket. */
static int64_t value_of(size_t bucket)
{
	unsigned shift = bucket < 2 * HALF ? 0 : (unsigned)(bucket / HALF - 1);
	int64_t lowest = (int64_t)(bucket - (size_t)shift * HALF) << shift;
	return lowest + (INT64_C(1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t value_us)
{
	if (value_us < 0)
		value_us = 0;
	if (value_us > histogram->max_us)
		histogram->max_us = value_us;
	if (value_us > HISTOGRAM_VALUE_MAX)
		value_us = HISTOGRAM_VALUE_MAX;
	histogram->counts[bucket_of(value_us)]++;
	histogram->total++;
}

int64_t histogram_percentile(const struct histogram *histogram, int64_t parts)
{
	/* The rank is rounded up: p50 of three values is the second. */
	int64_t rank = (histogram->total * parts + PARTS - 1) / PARTS;
	int64_t seen = 0;

	if (histogram->total == 0)
		return 0;
	if (rank < 1)
		rank = 1;
	for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		seen += histogram->counts[bucket];
		if (seen >= rank) {
			int64_t value = value_of(bucket);
			return value < histogram->max_us ? value : histogram->max_us;
		}
	}
	return histogram->max_us;
}
