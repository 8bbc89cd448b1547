#include <base/clock.h>
#include <base/fault.h>
#include <time.h>

#include "bench.h"

static int read_all(struct bus_consumer *consumer, const struct bench *bench)
{
	const struct timespec work = {.tv_nsec = bench->work_us * 1000};
	int64_t events = bench->events * bench->transactions;
	int64_t until_us = clock_monotonic_us() + 60 * US_PER_S;
	int r = 0;

	for (int64_t seen = 0; seen < events && r == 0;) {
		struct bus_batch batch;

		r = bus_consumer_poll(consumer, 100, &batch);
		if (r == 0 && clock_monotonic_us() > until_us)
			r = fault(FAULT_BUS, "messages did not arrive");
		if (r < 0)
			break;
		seen += (int64_t)batch.count;
		if (bench->work_us > 0 && batch.count > 0)
			nanosleep(&work, NULL);
		r = bus_consumer_store(consumer, &batch);
		bus_consumer_release(consumer, &batch);
	}
	return r;
}

int bench_consume(const struct bench *bench, struct cost *ret_cost)
{
	const char *const topics[] = {bench->topic, NULL};
	const struct bus_consumer_config config = {.bootstrap = bench->bootstrap,
		.group = bench->topic,
		.client_id = "bench",
		.topics = topics,
		.options = bench->options,
		.batch_max = 500,
		.batch_bytes_max = 1 << 20};
	struct bus_consumer *consumer;
	struct cost writing;
	int r = bench_transactor(bench, &writing);

	if (r == 0)
		r = bus_consumer_create(&config, &consumer);
	if (r < 0)
		return r;
	cost_begin(ret_cost);
	r = read_all(consumer, bench);
	cost_end(ret_cost);
	bus_consumer_destroy(consumer);
	return r;
}
