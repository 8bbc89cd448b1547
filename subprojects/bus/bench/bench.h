/*
 * What is measured, and by which of two writers: ours and plain librdkafka.
 */
#pragma once

#include <bus/transactor.h>
#include <stdint.h>

struct bench {
	const char *bootstrap;
	const char *const *options;
	const char *topic; /* six partitions, made for this run */
	int64_t event_bytes;
	int64_t transactions;
	int64_t events; /* in a transaction */
	int64_t lanes;
	int64_t work_us; /* a reader's pause for each batch, as a database makes it */
};

#define BENCH_TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

struct cost {
	int64_t wall_us;
	int64_t cpu_us;
	int64_t resident_kbytes_max;
};

/* Text that compresses about as an event in Avro does. */
void bench_fill(char *event, size_t size, int64_t number);
int bench_open(const struct bench *bench, struct bus_transactor **ret_transactor);
/* begin, the events as an outbox has them (key, four headers), a position, commit. */
int bench_transaction(struct bus_transactor *transactor, const struct bench *bench, int64_t number);

/* The bus library. */
int bench_transactor(const struct bench *bench, struct cost *ret_cost);
/*
 * librdkafka as its introduction shows it: produce with the default settings, send
 * the offsets, commit, which flushes.
 */
int bench_plain(const struct bench *bench, struct cost *ret_cost);
/* Writes as bench_transactor(), then measures a new group that reads it all. */
int bench_consume(const struct bench *bench, struct cost *ret_cost);
/* Commit to message in hand, one transaction at a time; prints percentiles. */
int bench_latency(const struct bench *bench);

void cost_begin(struct cost *cost);
void cost_end(struct cost *cost);
