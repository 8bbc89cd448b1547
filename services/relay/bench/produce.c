/*
 * The floor under the relay on Kafka's side: the same records, transactions and
 * positions, but out of memory instead of a write-ahead log.
 */
#include <base/clock.h>
#include <base/fault.h>
#include <base/settings.h>
#include <base/uuid.h>
#include <bus/transactor.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_MAX 65536
#define TIMEOUT_MS 30000

static const char *bootstrap, *topic;
static int64_t count, batch, payload_size, lanes;

/* clang-format off */
static const struct setting settings[] = {
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, NULL, 0, 0, "host:port of a broker"},
	{"topic", SETTING_TEXT, &topic, "payment.events", 0, 0, "topic"},
	{"count", SETTING_NUMBER, &count, "300000", 1, 100000000, "events"},
	{"batch", SETTING_NUMBER, &batch, "10000", 1, 1000000, "events of one transaction"},
	{"lanes", SETTING_NUMBER, &lanes, "2", 1, BUS_LANES_MAX, "producers that take turns"},
	{"payload_size", SETTING_NUMBER, &payload_size, "270", 1, PAYLOAD_MAX, "bytes of payload"},
	{0},
};
/* clang-format on */

static int produce_one(struct bus_transactor *transactor, int64_t number)
{
	static char payload[PAYLOAD_MAX];
	struct uuid id = uuid_make(clock_now_us());
	char id_text[UUID_TEXT_SIZE], key[UUID_TEXT_SIZE];
	const struct bus_header headers[] = {
		{"id", uuid_format(&id, id_text), UUID_TEXT_SIZE - 1},
		{"type", "Measured", 8},
	};

	snprintf(key, sizeof(key), "00000000-0000-7000-8000-%012" PRId64, number % 1000);
	return bus_txn_produce(transactor,
		&(struct bus_record){
			.partition = -1,
			.key = key,
			.key_size = UUID_TEXT_SIZE - 1,
			.value = payload,
			.value_size = (size_t)payload_size,
			.headers = headers,
			.header_count = 2,
			.timestamp_ms = clock_now_us() / US_PER_MS,
		});
}

static int produce_batch(struct bus_transactor *transactor, int64_t first)
{
	const struct bus_position position = {.topic = "relay.positions", .offset = first};
	int r = bus_txn_begin(transactor);

	for (int64_t n = first; r == 0 && n < first + batch && n < count; n++)
		r = produce_one(transactor, n);
	if (r == 0)
		r = bus_txn_positions(transactor, "relay.bench-produce", &position, 1);
	if (r == 0)
		r = bus_txn_commit(transactor);
	return r;
}

static int run(void)
{
	const char *topics[] = {topic, NULL};
	const struct bus_transactor_config config = {
		.bootstrap = bootstrap,
		.transactional_id = "relay.bench-produce",
		.client_id = "bench-produce",
		.topics = topics,
		.lanes = (int)lanes,
		.transaction_timeout_ms = TIMEOUT_MS,
		.queue_kbytes_max = 4096,
	};
	struct bus_transactor *transactor = NULL;
	int64_t begin_us;
	int r = bus_transactor_create(&config, TIMEOUT_MS, &transactor);

	begin_us = clock_monotonic_us();
	for (int64_t n = 0; r == 0 && n < count; n += batch)
		r = produce_batch(transactor, n);
	if (r == 0)
		printf("{\"events\":%" PRId64 ",\"ms\":%" PRId64 "}\n", count,
			(clock_monotonic_us() - begin_us) / US_PER_MS);
	bus_transactor_destroy(transactor);
	return r;
}

int main(int argc, char **argv)
{
	static const struct setting *const tables[] = {settings, NULL};
	int r = settings_read(
		&(struct settings_program){
			.name = "relay-produce",
			.purpose = "Measures transactional produce of the relay's records alone.",
			.tables = tables,
		},
		argc, argv, NULL);

	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = run();
	/* An outcome would be a result that was not measured under quiet conditions. */
	if (r != 0)
		fprintf(stderr, "relay-produce: %s\n",
			r < 0 ? fault_text() : "a transaction was aborted");
	return r == 0 ? 0 : 1;
}
