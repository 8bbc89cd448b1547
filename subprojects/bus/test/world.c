#include "world.h"

#include <base/clock.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX 64
#define CREATE_TIMEOUT_MS 30000
#define TRANSACTION_TIMEOUT_MS 10000

const char *world_name(const char *name)
{
	static char names[NAMES_MAX][WORLD_NAME_SIZE];
	static size_t count;
	struct uuid id = uuid_make(clock_now_us());
	char text[UUID_TEXT_SIZE];

	expect(count < NAMES_MAX);
	snprintf(names[count], WORLD_NAME_SIZE, "%s.%s", name, uuid_format(&id, text));
	return names[count++];
}

const char *world_topic(const char *name, int partitions)
{
	const char *topic = world_name(name);
	const struct bus_topic topics[] = {{topic, partitions, 1, -1}, {0}};
	int created = 0;

	expect_ok(bus_topics_ensure(world_bootstrap(), NULL, topics, CREATE_TIMEOUT_MS, &created));
	expect_int(created, 1);
	return topic;
}

struct bus_transactor *world_transactor_of(
	const char *id, const char *topic, int lanes, int transaction_timeout_ms)
{
	static const char *lists[NAMES_MAX][2];
	static size_t count;
	struct bus_transactor *transactor = NULL;

	expect(count < NAMES_MAX);
	lists[count][0] = topic;
	const struct bus_transactor_config config = {
		.bootstrap = world_bootstrap(),
		.transactional_id = id,
		.client_id = "test",
		.topics = lists[count++],
		.lanes = lanes,
		.transaction_timeout_ms = transaction_timeout_ms,
	};
	expect_ok(bus_transactor_create(&config, CREATE_TIMEOUT_MS, &transactor));
	return transactor;
}

struct bus_transactor *world_transactor(const char *id, const char *topic, int lanes)
{
	return world_transactor_of(id, topic, lanes, TRANSACTION_TIMEOUT_MS);
}

struct bus_consumer *world_consumer_of(const char *group, const char *topic, const char *instance,
	size_t batch_max, const char *const *options)
{
	const char *const topics[] = {topic, NULL};
	struct bus_consumer *consumer = NULL;
	const struct bus_consumer_config config = {
		.bootstrap = world_bootstrap(),
		.group = group,
		.instance = instance,
		.client_id = "test",
		.topics = topics,
		.options = options,
		.batch_max = batch_max,
		.batch_bytes_max = 1 << 20,
	};

	expect_ok(bus_consumer_create(&config, &consumer));
	return consumer;
}

struct bus_consumer *world_consumer(const char *group, const char *topic, const char *instance)
{
	return world_consumer_of(group, topic, instance, 500, NULL);
}

int world_produce_to(
	struct bus_transactor *transactor, int32_t partition, const char *key, const char *value)
{
	const struct bus_record record = {
		.partition = partition,
		.key = key,
		.key_size = key ? strlen(key) : 0,
		.value = value,
		.value_size = value ? strlen(value) : 0,
	};

	return bus_txn_produce(transactor, &record);
}

int world_produce(struct bus_transactor *transactor, const char *key, const char *value)
{
	return world_produce_to(transactor, -1, key, value);
}

void world_begin(struct bus_transactor *transactor)
{
	int r = bus_txn_begin(transactor);

	if (r == BUS_RECREATED)
		r = bus_txn_begin(transactor);
	expect_ok(r);
}

void world_publish(struct bus_transactor *transactor, const char *key, const char *value)
{
	world_begin(transactor);
	expect_ok(world_produce(transactor, key, value));
	expect_ok(bus_txn_commit(transactor));
}

void world_note(struct world_log *log, const struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_message *message = &batch->messages[i];
		struct seen *seen = &log->seen[log->count];

		expect(log->count < WORLD_SEEN_MAX);
		seen->partition = message->partition;
		seen->offset = message->offset;
		snprintf(seen->key, sizeof(seen->key), "%.*s", (int)message->key_size,
			message->key ? (const char *)message->key : "");
		snprintf(seen->value, sizeof(seen->value), "%.*s", (int)message->value_size,
			message->value ? (const char *)message->value : "(tombstone)");
		log->count++;
	}
}

void world_poll(struct bus_consumer *consumer, struct bus_batch *batch, int timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;

	do {
		expect_ok(bus_consumer_poll(consumer, 100, batch));
		if (batch->count > 0)
			return;
	} while (clock_monotonic_us() < until_us);
	fail_test("no message came within %d ms", timeout_ms);
}

void world_consume(
	struct bus_consumer *consumer, struct world_log *log, size_t count, int timeout_ms)
{
	while (log->count < count) {
		struct bus_batch batch;

		world_poll(consumer, &batch, timeout_ms);
		world_note(log, &batch);
		expect_ok(bus_consumer_store(consumer, &batch));
		bus_consumer_release(consumer, &batch);
	}
	expect_int(log->count, count);
}

void world_expect_quiet(struct bus_consumer *consumer, int quiet_ms)
{
	int64_t until_us = clock_monotonic_us() + world_quiet_ms(quiet_ms) * US_PER_MS;

	do {
		struct bus_batch batch;

		expect_ok(bus_consumer_poll(consumer, 50, &batch));
		if (batch.count > 0)
			fail_test("came: partition %d offset %lld %.*s",
				batch.messages[0].partition, (long long)batch.messages[0].offset,
				(int)batch.messages[0].value_size,
				(const char *)batch.messages[0].value);
	} while (clock_monotonic_us() < until_us);
}

void world_read_all(const char *topic, struct world_log *log, size_t count)
{
	struct bus_consumer *consumer = world_consumer(world_name("reader"), topic, NULL);

	world_consume(consumer, log, count, 20000);
	world_expect_quiet(consumer, 400);
	bus_consumer_destroy(consumer);
}

int64_t world_committed(const char *group, const char *topic, int32_t partition)
{
	const struct bus_transactor_config config = {
		.bootstrap = world_bootstrap(), .client_id = "test"};
	char metadata[8];
	int64_t offset = -2;

	expect_ok(bus_position_read(
		&config, group, topic, partition, 15000, &offset, metadata, sizeof(metadata)));
	return offset;
}

void world_await_committed(const char *group, const char *topic, int32_t partition, int64_t offset)
{
	int64_t until_us = clock_monotonic_us() + 5 * US_PER_S;
	int64_t got;

	while ((got = world_committed(group, topic, partition)) != offset) {
		if (clock_monotonic_us() > until_us)
			expect_int(got, offset);
	}
}
