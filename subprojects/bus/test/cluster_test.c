/*
 * What operators ask a cluster, and a reader outside any group, against Kafka itself.
 */
#include <base/clock.h>
#include <base/fault.h>
#include <bus/cluster.h>
#include <bus/reader.h>
#include <stdlib.h>
#include <string.h>

#include "log_end.h"
#include "world.h"

static struct bus_cluster *cluster;
static struct arena *arena;

static void open_cluster(void)
{
	const struct bus_cluster_config config = {
		.bootstrap = world_bootstrap(), .client_id = "test", .timeout_ms = 10000};

	arena = arena_create(0);
	expect_ok(bus_cluster_create(&config, &cluster));
}

static void close_cluster(void)
{
	bus_cluster_destroy(cluster);
	arena_destroy(arena);
}

/* @count messages in one transaction, in one partition; then an aborted one. */
static void fill(const char *topic, int count)
{
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);

	world_begin(transactor);
	for (int i = 0; i < count; i++)
		expect_ok(world_produce_to(transactor, 0, "k", "committed"));
	expect_ok(bus_txn_commit(transactor));
	world_begin(transactor);
	expect_ok(world_produce_to(transactor, 0, "k", "aborted"));
	/* Behind the first transaction's marker; a message that was never sent has no offset. */
	log_end_await(topic, 0, count + 2);
	expect(bus_txn_abort(transactor) >= 0);
	/* Its marker is written behind the answer. */
	log_end_await(topic, 0, count + 3);
	bus_transactor_destroy(transactor);
}

TEST(knows_topics_starts_ends_and_times)
{
	const char *topic = world_topic("sized", 3);
	int64_t before_ms = clock_now_us() / 1000;
	struct bus_position at[2] = {{topic, 1, 7, NULL}, {topic, 0, 7, NULL}};
	struct bus_topic_size *topics;
	size_t count;
	bool found = false;

	open_cluster();
	fill(topic, 5);
	expect_ok(bus_cluster_topics(cluster, arena, &topics, &count));
	for (size_t i = 0; i < count; i++) {
		expect(strncmp(topics[i].name, "__", 2) != 0);
		found |= strcmp(topics[i].name, topic) == 0 && topics[i].partitions == 3;
	}
	expect(found);
	expect_ok(bus_cluster_starts(cluster, at, 2));
	expect_int(at[0].offset, 0);
	expect_int(at[1].offset, 0);
	expect_ok(bus_cluster_ends(cluster, at, 2));
	expect_int(at[0].offset, 0);
	/* Five messages, a marker, an aborted one, its marker. */
	expect_int(at[1].offset, 8);
	expect_ok(bus_cluster_at(cluster, before_ms, at, 2));
	expect_int(at[0].offset, -1);
	expect_int(at[1].offset, 0);
	expect_ok(bus_cluster_at(cluster, before_ms + 3600000, at, 2));
	expect_int(at[1].offset, -1);
	close_cluster();
}

TEST(names_a_partition_that_is_not_there)
{
	const char *topic = world_topic("small", 1);
	struct bus_position beyond = {topic, 9, 0, NULL};
	struct bus_position missing = {world_name("nothing"), 0, 0, NULL};

	open_cluster();
	expect_fault(bus_cluster_ends(cluster, &beyond, 1), FAULT_BUS_CONFIG);
	expect(strstr(fault_text(), "partition 9") != NULL);
	expect_fault(bus_cluster_ends(cluster, &missing, 1), FAULT_BUS_CONFIG);
	close_cluster();
}

TEST(moves_a_group_without_members_and_no_other)
{
	const char *topic = world_topic("moved", 2), *group = world_name("group");
	struct bus_position to[2] = {{topic, 0, 3, NULL}, {topic, 1, 0, NULL}};
	struct bus_consumer *consumer;
	struct bus_position *committed;
	struct bus_group described;
	struct bus_batch batch;
	size_t count;

	open_cluster();
	fill(topic, 5);
	expect_ok(bus_cluster_group(cluster, group, arena, &described));
	expect_int(described.state, BUS_GROUP_ABSENT);
	expect_ok(bus_cluster_committed(cluster, group, arena, &committed, &count));
	expect_int(count, 0);
	expect_ok(bus_cluster_commit(cluster, group, to, 2));
	expect_ok(bus_cluster_committed(cluster, group, arena, &committed, &count));
	expect_int(count, 2);
	expect_int(committed[0].offset, 3);
	expect_int(committed[1].offset, 0);
	expect_ok(bus_cluster_group(cluster, group, arena, &described));
	expect_int(described.state, BUS_GROUP_EMPTY);

	consumer = world_consumer(group, topic, "one");
	world_poll(consumer, &batch, 10000);
	expect_int(batch.messages[0].offset, 3);
	bus_consumer_release(consumer, &batch);
	expect_ok(bus_cluster_group(cluster, group, arena, &described));
	expect_int(described.state, BUS_GROUP_STABLE);
	expect_int(described.count, 1);
	expect_text(described.members[0].instance, "one");
	expect_int(described.members[0].assigned_count, 2);
	expect_fault(bus_cluster_commit(cluster, group, to, 2), FAULT_STATE);
	bus_consumer_destroy(consumer);
	close_cluster();
}

TEST(says_within_the_time_given_that_no_broker_answers)
{
	const struct bus_cluster_config config = {
		.bootstrap = "127.0.0.1:1", .client_id = "test", .timeout_ms = 1500};
	int64_t began_us = clock_monotonic_us();
	struct bus_topic_size *topics;
	struct bus_position *positions;
	struct bus_group group;
	size_t count;

	arena = arena_create(0);
	expect_ok(bus_cluster_create(&config, &cluster));
	expect_fault(bus_cluster_topics(cluster, arena, &topics, &count), FAULT_BUS);
	expect_fault(bus_cluster_committed(cluster, "x", arena, &positions, &count), FAULT_BUS);
	expect_fault(bus_cluster_group(cluster, "x", arena, &group), FAULT_BUS);
	expect(clock_monotonic_us() - began_us < 20 * US_PER_S);
	close_cluster();
}

static size_t read_all(
	const struct bus_stretch *stretches, size_t count, bool uncommitted, int64_t *ret_last)
{
	const struct bus_reader_config config = {
		.bootstrap = world_bootstrap(),
		.client_id = "test",
		.stretches = stretches,
		.count = count,
		.batch_max = 3,
		.uncommitted = uncommitted,
	};
	int64_t until_us = clock_monotonic_us() + 20 * US_PER_S;
	struct bus_reader *reader;
	struct bus_batch batch;
	size_t seen = 0;
	int r;

	expect_ok(bus_reader_create(&config, &reader));
	while ((r = bus_reader_next(reader, 200, &batch)) == 0) {
		expect(clock_monotonic_us() < until_us);
		for (size_t i = 0; i < batch.count; i++)
			*ret_last = batch.messages[i].offset;
		seen += batch.count;
		bus_reader_release(reader, &batch);
	}
	expect_int(r, BUS_READER_DONE);
	bus_reader_destroy(reader);
	return seen;
}

TEST(reads_a_stretch_to_its_end_also_where_it_ends_in_what_was_aborted)
{
	const char *topic = world_topic("read", 2);
	struct bus_stretch all[2] = {{topic, 0, 0, 8}, {topic, 1, 0, 0}};
	struct bus_stretch middle = {topic, 0, 1, 4};
	int64_t last = -1;

	fill(topic, 5);
	expect_int(read_all(all, 2, false, &last), 5);
	expect_int(last, 4);
	expect_int(read_all(all, 2, true, &last), 6);
	expect_int(last, 6);
	expect_int(read_all(&middle, 1, false, &last), 3);
	expect_int(last, 3);
}

TEST(tells_which_stretch_is_done)
{
	const char *topic = world_topic("each", 3);
	/* What is left of partition 0 are markers and what was aborted. */
	const struct bus_stretch each[3] = {
		{topic, 0, 5, 8}, {topic, 1, 0, BUS_UNTIL_FOREVER}, {topic, 2, 4, 4}};
	const struct bus_reader_config config = {.bootstrap = world_bootstrap(),
		.client_id = "test",
		.stretches = each,
		.count = 3,
		.batch_max = 100};
	struct bus_reader *reader;
	struct bus_batch batch;

	fill(topic, 5);
	expect_ok(bus_reader_create(&config, &reader));
	expect(!bus_reader_is_done(reader, 0));
	expect(bus_reader_is_done(reader, 2));
	for (int i = 0; i < 50 && !bus_reader_is_done(reader, 0); i++) {
		expect_ok(bus_reader_next(reader, 200, &batch));
		expect_int(batch.count, 0);
		bus_reader_release(reader, &batch);
	}
	expect(bus_reader_is_done(reader, 0));
	expect(!bus_reader_is_done(reader, 1));
	bus_reader_destroy(reader);
}

TEST(waits_for_what_is_written_later)
{
	const char *topic = world_topic("later", 1);
	const struct bus_stretch stretch = {topic, 0, 0, BUS_UNTIL_FOREVER};
	const struct bus_reader_config config = {.bootstrap = world_bootstrap(),
		.client_id = "test",
		.stretches = &stretch,
		.count = 1,
		.batch_max = 100};
	struct bus_reader *reader;
	struct bus_batch batch;
	size_t seen = 0;

	expect_ok(bus_reader_create(&config, &reader));
	expect_ok(bus_reader_next(reader, 300, &batch));
	expect_int(batch.count, 0);
	fill(topic, 2);
	for (int i = 0; i < 50 && seen < 2; i++) {
		expect_ok(bus_reader_next(reader, 200, &batch));
		seen += batch.count;
		bus_reader_release(reader, &batch);
	}
	expect_int(seen, 2);
	bus_reader_destroy(reader);
}

TEST(tells_of_a_topic_that_is_not_there)
{
	const struct bus_stretch stretch = {world_name("nowhere"), 0, 0, BUS_UNTIL_FOREVER};
	const struct bus_reader_config config = {.bootstrap = world_bootstrap(),
		.client_id = "test",
		.stretches = &stretch,
		.count = 1,
		.batch_max = 100};
	struct bus_reader *reader;
	struct bus_batch batch;
	int r = 0;

	expect_ok(bus_reader_create(&config, &reader));
	for (int i = 0; i < 100 && r == 0; i++)
		r = bus_reader_next(reader, 200, &batch);
	expect_int(r, FAULT_BUS_CONFIG);
	bus_reader_destroy(reader);
}

#define SLOW(name) \
	{ \
#name, name, 60 \
	}

TESTS("bus cluster", SLOW(knows_topics_starts_ends_and_times),
	SLOW(names_a_partition_that_is_not_there), SLOW(moves_a_group_without_members_and_no_other),
	SLOW(says_within_the_time_given_that_no_broker_answers),
	SLOW(reads_a_stretch_to_its_end_also_where_it_ends_in_what_was_aborted),
	SLOW(tells_which_stretch_is_done), SLOW(waits_for_what_is_written_later),
	SLOW(tells_of_a_topic_that_is_not_there))
