/*
 * A histogram of durations with three significant digits over its whole range,
 * in fixed memory: buckets are one microsecond wide below 2048 µs and double
 * their width with each doubling of the value (the idea of HdrHistogram).
 *
 * Not thread-safe: whoever shares one locks it.
 */
#pragma once

#include <stdint.h>

/* Above this, about 73 minutes, values are counted in the last bucket; the maximum stays exact. */
#define HISTOGRAM_VALUE_MAX ((INT64_C(1) << 32) - 1)
#define HISTOGRAM_BUCKETS (23 * 1024)

struct histogram {
	uint32_t counts[HISTOGRAM_BUCKETS];
	int64_t total;
	int64_t max_us;
};

/* Negative values count as zero. */
void histogram_add(struct histogram *histogram, int64_t value_us);

/*
 * The value that @parts of 100,000 of the values do not exceed (99,900 is p99.9),
 * too high by less than 0.1 %. 0 when nothing was added.
 */
int64_t histogram_percentile(const struct histogram *histogram, int64_t parts);
