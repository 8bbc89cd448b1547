#include <base/clock.h>
#include <base/fault.h>
#include <base/uuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

void bench_fill(char *event, size_t size, int64_t number)
{
	static uint64_t state = 88172645463325252U;

	for (size_t i = 0; i < size; i++) {
		if (i % 3 == 0) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
		}
		event[i] = (char)('a' + (state >> (8 * (i % 3))) % 20);
	}
	snprintf(event, size, "%016" PRIx64, (uint64_t)number);
}

int bench_transaction(struct bus_transactor *transactor, const struct bench *bench, int64_t number)
{
	char event[4096], key[UUID_TEXT_SIZE], sequence[24];
	struct bus_header headers[] = {{"id", key, 36}, {"type", "OrderCreated", 12},
		{"traceparent", BENCH_TRACE, 55}, {"sequence", sequence, 1}};
	struct bus_record record = {.partition = -1,
		.key = key,
		.key_size = 36,
		.value = event,
		.value_size = (size_t)bench->event_bytes,
		.headers = headers,
		.header_count = 4};
	const struct bus_position position = {bench->topic, 0, number, "bench"};
	int r = bus_txn_begin(transactor);

	for (int64_t i = 0; i < bench->events && r == 0; i++) {
		struct uuid id = uuid_make(clock_now_us());

		uuid_format(&id, key);
		snprintf(sequence, sizeof(sequence), "%d", (int)(i % 10));
		bench_fill(event, record.value_size, i);
		r = bus_txn_produce(transactor, &record);
	}
	if (r == 0)
		r = bus_txn_positions(transactor, "bench", &position, 1);
	return r == 0 ? bus_txn_commit(transactor) : r;
}

static int run(struct bus_transactor *transactor, const struct bench *bench, struct cost *ret_cost)
{
	int r = 0;

	/* The first transaction of a lane finds the coordinator and the leaders. */
	for (int64_t i = 0; i < bench->lanes && r == 0; i++)
		r = bench_transaction(transactor, bench, i);
	cost_begin(ret_cost);
	for (int64_t i = 0; i < bench->transactions && r == 0; i++)
		r = bench_transaction(transactor, bench, i);
	cost_end(ret_cost);
	return r > 0 ? fault(FAULT_BUS, "a transaction was aborted") : r;
}

int bench_open(const struct bench *bench, struct bus_transactor **ret_transactor)
{
	const char *const topics[] = {bench->topic, NULL};
	const struct bus_transactor_config config = {.bootstrap = bench->bootstrap,
		.transactional_id = bench->topic,
		.client_id = "bench",
		.topics = topics,
		.options = bench->options,
		.lanes = (int)bench->lanes,
		.transaction_timeout_ms = 15000};

	return bus_transactor_create(&config, 30000, ret_transactor);
}

int bench_transactor(const struct bench *bench, struct cost *ret_cost)
{
	struct bus_transactor *transactor;
	int r = bench_open(bench, &transactor);

	if (r < 0)
		return r;
	r = run(transactor, bench, ret_cost);
	bus_transactor_destroy(transactor);
	return r;
}
