#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

#define ROUNDS_MAX 100000

/* One transaction is under way at a time: the reader answers when it has all of it in hand. */
struct pair {
	const struct bench *bench;
	_Atomic int64_t seen;    /* messages */
	_Atomic int64_t seen_us; /* when the latest of them was in hand */
	_Atomic bool stop;
	int result;
};

static void *read_messages(void *argument)
{
	struct pair *pair = argument;
	const char *const topics[] = {pair->bench->topic, NULL};
	const struct bus_consumer_config config = {.bootstrap = pair->bench->bootstrap,
		.group = pair->bench->topic,
		.client_id = "bench",
		.topics = topics,
		.options = pair->bench->options,
		.batch_max = 500,
		.batch_bytes_max = 1 << 20};
	struct bus_consumer *consumer;

	pair->result = bus_consumer_create(&config, &consumer);
	while (pair->result == 0 && !pair->stop) {
		struct bus_batch batch;

		pair->result = bus_consumer_poll(consumer, 100, &batch);
		if (pair->result < 0 || batch.count == 0)
			continue;
		pair->seen_us = clock_monotonic_us();
		pair->seen += (int64_t)batch.count;
		bus_consumer_store(consumer, &batch);
		bus_consumer_release(consumer, &batch);
	}
	if (pair->result == 0)
		bus_consumer_destroy(consumer);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_percentiles(const char *what, int64_t *times_us, size_t count)
{
	qsort(times_us, count, sizeof(*times_us), compare);
	printf("%-28s p50 %6.2f  p90 %6.2f  p99 %6.2f  max %6.2f ms\n", what,
		(double)times_us[count / 2] / 1e3, (double)times_us[count * 9 / 10] / 1e3,
		(double)times_us[count * 99 / 100] / 1e3, (double)times_us[count - 1] / 1e3);
}

static int await(struct pair *pair, int64_t messages)
{
	int64_t until_us = clock_monotonic_us() + 10 * US_PER_S;
	const struct timespec pause = {.tv_nsec = 200000};

	while (pair->seen < messages) {
		if (pair->result < 0 || clock_monotonic_us() > until_us)
			return fault(FAULT_BUS, "messages did not arrive");
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int run(struct bus_transactor *transactor, struct pair *pair)
{
	static int64_t begun[ROUNDS_MAX], committed[ROUNDS_MAX];
	const struct bench *bench = pair->bench;
	size_t rounds =
		(size_t)(bench->transactions < ROUNDS_MAX ? bench->transactions : ROUNDS_MAX);
	int r = bench_transaction(transactor, bench, 0);

	if (r == 0)
		r = await(pair, bench->events);
	for (size_t i = 0; i < rounds && r == 0; i++) {
		int64_t begun_us = clock_monotonic_us(), committed_us;

		r = bench_transaction(transactor, bench, (int64_t)i);
		committed_us = clock_monotonic_us();
		if (r == 0)
			r = await(pair, (int64_t)(i + 2) * bench->events);
		begun[i] = pair->seen_us - begun_us;
		/* The reader may well have it before the writer hears that it is committed. */
		committed[i] = pair->seen_us - committed_us;
	}
	if (r == 0) {
		print_percentiles("from begin to in hand", begun, rounds);
		print_percentiles("from commit to in hand", committed, rounds);
	}
	return r > 0 ? fault(FAULT_BUS, "a transaction was aborted") : r;
}

int bench_latency(const struct bench *bench)
{
	struct pair pair = {.bench = bench};
	struct bus_transactor *transactor;
	pthread_t reader;
	int r = bench_open(bench, &transactor);

	if (r < 0)
		return r;
	pthread_create(&reader, NULL, read_messages, &pair);
	r = run(transactor, &pair);
	pair.stop = true;
	pthread_join(reader, NULL);
	bus_transactor_destroy(transactor);
	return r == 0 ? pair.result : r;
}
