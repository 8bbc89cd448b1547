/*
 * Metrics in Prometheus' text format 0.0.4.
 *
 * Metrics are static data, registered once, updated with relaxed atomics from
 * any thread: no allocation, no lock on the hot path. At most METRICS_MAX.
 */
#pragma once

#include <base/buffer.h>
#include <stdatomic.h>
#include <stdint.h>

#define METRICS_MAX 256
#define METRIC_BUCKETS_MAX 16

enum metric_kind { METRIC_COUNTER = 1, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
	const char *name; /* "orderlab_messages_total" */
	const char *help;
	const char *labels; /* "outcome=\"applied\"", or NULL */
	enum metric_kind kind;
	_Atomic int64_t value;
	/* Histograms of durations: counts by upper bound (see metrics.c), exported in seconds. */
	_Atomic int64_t buckets[METRIC_BUCKETS_MAX];
	_Atomic int64_t sum_us;
};

/* clang-format off */
#define METRIC(k, n, l, h) {.name = (n), .help = (h), .labels = (l), .kind = (k)}
/* clang-format on */

/* @metric must live as long as the process. Metrics of one name are printed together. */
void metric_register(struct metric *metric);
void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
int64_t metric_get(const struct metric *metric);
void metric_observe_us(struct metric *histogram, int64_t duration_us);
/*
 * For families whose labels come and go: @write is called by metrics_write() for whole
 * families of its own, from any thread. One a process; NULL takes it away.
 */
void metrics_source(void (*write)(void *context, struct buffer *out), void *context);
/*
 * Everything registered, what the source writes, and process_resident_memory_bytes and
 * process_cpu_seconds_total.
 */
void metrics_write(struct buffer *out);
