/*
 * What every bus must do for a reader, Kafka's and the fake: this file is built with each.
 */
#include <base/clock.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

static struct world_log seen;

TEST(starts_again_behind_what_was_stored)
{
	const char *topic = world_topic("stored", 1);
	const char *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(group, topic, NULL);
	struct bus_batch batch;

	world_publish(transactor, "a", "1");
	world_consume(consumer, &seen, 1, 20000);
	/* In hand but never stored: comes again. */
	world_publish(transactor, "a", "2");
	world_poll(consumer, &batch, 5000);
	bus_consumer_release(consumer, &batch);
	bus_consumer_destroy(consumer);

	consumer = world_consumer(group, topic, NULL);
	world_consume(consumer, &seen, 2, 20000);
	expect_text(seen.seen[1].value, "2");
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(commits_the_end_of_a_partition_behind_the_last_marker)
{
	const char *topic = world_topic("end", 1);
	const char *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(group, topic, NULL);

	world_publish(transactor, "a", "1");
	world_consume(consumer, &seen, 1, 20000);
	world_expect_quiet(consumer, 600);
	/* Message 0, commit marker 1: lag is 0 only at 2. */
	world_await_committed(group, topic, 0, 2);
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(commits_at_once_when_asked)
{
	const char *topic = world_topic("now", 1);
	const char *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(group, topic, NULL);
	struct bus_batch batch;

	world_publish(transactor, "a", "1");
	world_poll(consumer, &batch, 20000);
	expect_ok(bus_consumer_commit(consumer));
	expect_int(world_committed(group, topic, 0), -1);
	expect_ok(bus_consumer_store(consumer, &batch));
	expect_ok(bus_consumer_commit(consumer));
	expect(world_committed(group, topic, 0) >= 1);
	expect_ok(bus_consumer_commit(consumer));
	bus_consumer_release(consumer, &batch);
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(does_not_commit_the_end_over_a_message_that_was_not_stored)
{
	const char *topic = world_topic("hand", 1);
	const char *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(group, topic, NULL);
	struct bus_batch batch;

	world_publish(transactor, "a", "1");
	world_poll(consumer, &batch, 20000);
	expect_int(batch.count, 1);
	bus_consumer_release(consumer, &batch);
	/* Long enough for the end to be seen and for a background commit. */
	world_expect_quiet(consumer, 800);
	bus_consumer_destroy(consumer);
	expect_int(world_committed(group, topic, 0), -1);
	bus_transactor_destroy(transactor);
}

TEST(waits_with_a_batch_in_hand_and_goes_on_in_order)
{
	const char *topic = world_topic("wait", 2);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 2);
	struct bus_consumer *consumer =
		world_consumer_of(world_name("group"), topic, NULL, 3, NULL);
	int64_t next[2] = {0};

	for (int i = 0; i < 40; i++) {
		char value[16];

		snprintf(value, sizeof(value), "%d", i);
		world_begin(transactor);
		expect_ok(world_produce_to(transactor, i % 2, "k", value));
		expect_ok(bus_txn_commit(transactor));
	}
	for (int round = 0; seen.count < 40; round++) {
		struct bus_batch batch;

		world_poll(consumer, &batch, 20000);
		if (round % 3 == 0) {
			size_t count = batch.count;

			expect_ok(bus_consumer_wait(consumer, 30, &batch));
			expect_ok(bus_consumer_wait(consumer, 1, &batch));
			expect_int(batch.count, count);
		}
		world_note(&seen, &batch);
		expect_ok(bus_consumer_store(consumer, &batch));
		bus_consumer_release(consumer, &batch);
	}
	for (size_t i = 0; i < 40; i++) {
		char want[16];
		int32_t partition = seen.seen[i].partition;

		snprintf(want, sizeof(want), "%d", (int)next[partition]++ * 2 + partition);
		expect_text(seen.seen[i].value, want);
	}
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(drops_from_the_batch_what_is_committed_already)
{
	const char *topic = world_topic("drop", 1);
	const char *group = world_name("group");
	struct bus_transactor *source = world_transactor(world_name("source"), topic, 1);
	struct bus_transactor *transactor = world_transactor(world_name("worker"), topic, 1);
	struct bus_consumer *consumer = world_consumer(group, topic, NULL);
	struct bus_batch batch, first;

	expect_ok(bus_txn_begin(source));
	for (int i = 0; i < 3; i++)
		expect_ok(world_produce(source, "a", "x"));
	expect_ok(bus_txn_commit(source));
	world_poll(consumer, &batch, 20000);
	expect_int(batch.count, 3);
	expect_ok(bus_consumer_drop_committed(consumer, &batch));
	expect_int(batch.count, 3);

	/* As if the commit of the first two had come through, unheard. */
	first = (struct bus_batch){.messages = batch.messages, .count = 2};
	world_begin(transactor);
	expect_ok(bus_txn_offsets(transactor, consumer, &first));
	expect_ok(bus_txn_commit(transactor));
	expect_ok(bus_consumer_drop_committed(consumer, &batch));
	expect_int(batch.count, 1);
	expect_int(batch.messages[0].offset, 2);
	bus_consumer_release(consumer, &batch);
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(source);
	bus_transactor_destroy(transactor);
}

TEST(splits_partitions_between_members_and_empties_the_batch_in_hand)
{
	const char *topic = world_topic("split", 2);
	const char *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *one = world_consumer(group, topic, NULL), *two;
	int64_t until_us = clock_monotonic_us() + 20 * US_PER_S;
	struct bus_batch batch, other = {0};

	world_begin(transactor);
	expect_ok(world_produce_to(transactor, 0, "a", "0"));
	expect_ok(world_produce_to(transactor, 1, "b", "1"));
	expect_ok(bus_txn_commit(transactor));
	world_poll(one, &batch, 20000);
	expect_int(bus_consumer_assigned(one), 2);

	two = world_consumer(group, topic, NULL);
	while (bus_consumer_assigned(two) != 1 || bus_consumer_assigned(one) != 1) {
		expect(clock_monotonic_us() < until_us);
		expect_ok(bus_consumer_wait(one, 20, &batch));
		if (other.count == 0)
			expect_ok(bus_consumer_poll(two, 20, &other));
	}
	expect_int(batch.count, 0);
	bus_consumer_release(one, &batch);
	/* Nothing was stored: each member gets the message of its partition, again. */
	world_poll(one, &batch, 20000);
	if (other.count == 0)
		world_poll(two, &other, 20000);
	expect_int(batch.count, 1);
	expect_int(other.count, 1);
	expect_int(batch.messages[0].partition + other.messages[0].partition, 1);
	bus_consumer_release(one, &batch);
	bus_consumer_release(two, &other);
	bus_consumer_destroy(one);
	bus_consumer_destroy(two);
	bus_transactor_destroy(transactor);
}

/* Taken away while they were paused, and polled before they came back. */
TEST(what_was_paused_comes_back_unpaused)
{
	const char *topic = world_topic("unpaused", 2), *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *one = world_consumer(group, topic, NULL), *two;
	int64_t until_us = clock_monotonic_us() + 40 * US_PER_S;
	struct bus_batch batch, other = {0};

	world_begin(transactor);
	expect_ok(world_produce_to(transactor, 0, "a", "0"));
	expect_ok(world_produce_to(transactor, 1, "b", "1"));
	expect_ok(bus_txn_commit(transactor));
	world_poll(one, &batch, 20000);
	two = world_consumer(group, topic, NULL);
	while (bus_consumer_assigned(one) == 2) {
		expect(clock_monotonic_us() < until_us);
		expect_ok(bus_consumer_wait(one, 20, &batch));
		expect_ok(bus_consumer_poll(two, 0, &other));
	}
	bus_consumer_release(one, &batch);
	while (batch.count == 0 || other.count == 0) {
		expect(clock_monotonic_us() < until_us);
		if (batch.count == 0)
			expect_ok(bus_consumer_poll(one, 20, &batch));
		if (other.count == 0)
			expect_ok(bus_consumer_poll(two, 20, &other));
	}
	expect_int(batch.messages[0].partition + other.messages[0].partition, 1);
	bus_consumer_release(one, &batch);
	bus_consumer_release(two, &other);
	bus_consumer_destroy(one);
	bus_consumer_destroy(two);
	bus_transactor_destroy(transactor);
}

TEST(carries_headers_tombstones_and_timestamps)
{
	const char *topic = world_topic("headers", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(world_name("group"), topic, NULL);
	const struct bus_header headers[] = {
		{"id", "one", 3}, {"type", "OrderCreated", 12}, {"id", "two", 3}, {"empty", "", 0}};
	const struct bus_record record = {.partition = 0,
		.key = "k",
		.key_size = 1,
		.headers = headers,
		.header_count = 4,
		.timestamp_ms = 1234567890123};
	struct bus_header found, all[3];
	struct bus_batch batch;

	world_begin(transactor);
	expect_ok(bus_txn_produce(transactor, &record));
	expect_ok(bus_txn_commit(transactor));
	world_poll(consumer, &batch, 20000);
	expect_int(batch.count, 1);
	expect(batch.messages[0].value == NULL);
	expect_int(batch.messages[0].timestamp_ms, 1234567890123);
	expect_bytes(batch.messages[0].key, batch.messages[0].key_size, "k", 1);
	expect_text(batch.messages[0].topic, topic);

	expect(bus_header_find(&batch.messages[0], "id", &found));
	expect_bytes(found.value, found.size, "two", 3);
	expect(bus_header_find(&batch.messages[0], "empty", &found));
	expect_int(found.size, 0);
	expect(!bus_header_find(&batch.messages[0], "missing", &found));
	expect_int(bus_headers(&batch.messages[0], all, 3), 4);
	expect_text(all[0].name, "id");
	expect_bytes(all[0].value, all[0].size, "one", 3);
	expect_text(all[1].name, "type");
	bus_consumer_release(consumer, &batch);
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

#define SLOW(name) \
	{ \
#name, name, 60 \
	}

TESTS("bus conformance consumer", SLOW(starts_again_behind_what_was_stored),
	SLOW(commits_the_end_of_a_partition_behind_the_last_marker),
	SLOW(commits_at_once_when_asked),
	SLOW(does_not_commit_the_end_over_a_message_that_was_not_stored),
	SLOW(waits_with_a_batch_in_hand_and_goes_on_in_order),
	SLOW(drops_from_the_batch_what_is_committed_already),
	SLOW(splits_partitions_between_members_and_empties_the_batch_in_hand),
	SLOW(what_was_paused_comes_back_unpaused), SLOW(carries_headers_tombstones_and_timestamps))
