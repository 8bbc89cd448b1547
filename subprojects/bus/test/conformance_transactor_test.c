/*
 * What every bus must do for a writer, Kafka's and the fake: this file is built with each.
 */
#include <base/clock.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

static struct world_log seen;

TEST(shows_committed_messages_and_hides_open_ones)
{
	const char *topic = world_topic("visible", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(world_name("group"), topic, NULL);

	world_publish(transactor, "a", "1");
	world_consume(consumer, &seen, 1, 20000);
	expect_text(seen.seen[0].value, "1");

	world_begin(transactor);
	expect_ok(world_produce(transactor, "a", "2"));
	expect_ok(bus_transactor_poll(transactor, world_quiet_ms(50)));
	world_expect_quiet(consumer, 300);
	expect_ok(bus_txn_commit(transactor));
	world_consume(consumer, &seen, 2, 5000);
	expect_text(seen.seen[1].value, "2");
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(never_shows_an_aborted_message)
{
	const char *topic = world_topic("aborted", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 2);

	for (int i = 0; i < 3; i++) {
		world_begin(transactor);
		expect_ok(world_produce(transactor, "a", "never"));
		expect_ok(bus_txn_abort(transactor));
		world_publish(transactor, "a", "always");
	}
	world_read_all(topic, &seen, 3);
	for (size_t i = 0; i < 3; i++)
		expect_text(seen.seen[i].value, "always");
	bus_transactor_destroy(transactor);
}

TEST(keeps_the_order_of_a_key_across_lanes)
{
	const char *topic = world_topic("order", 3);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 2);
	int next[3] = {0};

	for (int i = 0; i < 60; i++) {
		char value[16];
		static const char *const keys[] = {"a", "b", "c"};

		snprintf(value, sizeof(value), "%d", i / 3);
		world_publish(transactor, keys[i % 3], value);
	}
	world_read_all(topic, &seen, 60);
	for (size_t i = 0; i < 60; i++) {
		char want[16];

		snprintf(want, sizeof(want), "%d", next[seen.seen[i].key[0] - 'a']++);
		expect_text(seen.seen[i].value, want);
		expect_int(seen.seen[i].partition, bus_partition_of(seen.seen[i].key, 1, 3));
	}
	bus_transactor_destroy(transactor);
}

TEST(takes_a_message_of_the_largest_size_and_refuses_a_larger)
{
	static char large[BUS_MESSAGE_SIZE_MAX];
	const char *topic = world_topic("large", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(world_name("group"), topic, NULL);
	const struct bus_header header = {"type", "Large", 5};
	struct bus_record record = {.partition = 0,
		.value = large,
		.value_size = sizeof(large),
		.headers = &header,
		.header_count = 1};
	struct bus_batch batch;
	uint32_t state = 1;

	/* Nothing that compression could make smaller. */
	for (size_t i = 0; i < sizeof(large); i++) {
		state = state * 1664525 + 1013904223;
		large[i] = (char)(state >> 24);
	}
	world_begin(transactor);
	record.value_size = sizeof(large) - 128 - 19 + 1;
	expect_fault(bus_txn_produce(transactor, &record), FAULT_LIMIT);
	/* The refusal is about the message: the transaction goes on. */
	record.value_size--;
	expect_ok(bus_txn_produce(transactor, &record));
	expect_ok(bus_txn_commit(transactor));
	world_poll(consumer, &batch, 20000);
	expect_bytes(
		batch.messages[0].value, batch.messages[0].value_size, large, record.value_size);
	bus_consumer_release(consumer, &batch);
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(reads_back_the_position_that_was_committed_with_the_messages)
{
	const char *topic = world_topic("position", 1);
	const char *group = world_name("relay");
	const char *id = world_name("writer");
	struct bus_transactor *transactor = world_transactor(id, topic, 2);
	const struct bus_transactor_config config = {
		.bootstrap = world_bootstrap(), .client_id = "test"};
	struct bus_position position = {topic, 0, INT64_MAX - 5, "0/16B3748 of 7300"};
	char metadata[64] = "untouched";
	int64_t offset = 0;

	expect_ok(bus_position_read(
		&config, group, topic, 0, 15000, &offset, metadata, sizeof(metadata)));
	expect_int(offset, -1);
	expect_text(metadata, "");

	world_begin(transactor);
	expect_ok(world_produce(transactor, "a", "1"));
	expect_ok(bus_txn_positions(transactor, group, &position, 1));
	expect_ok(bus_txn_commit(transactor));
	expect_ok(bus_position_read(
		&config, group, topic, 0, 15000, &offset, metadata, sizeof(metadata)));
	expect_int(offset, INT64_MAX - 5);
	expect_text(metadata, "0/16B3748 of 7300");

	/* One that is aborted does not move it. */
	position.offset = INT64_MAX - 4;
	world_begin(transactor);
	expect_ok(bus_txn_positions(transactor, group, &position, 1));
	expect_ok(bus_txn_abort(transactor));
	expect_ok(bus_position_read(
		&config, group, topic, 0, 15000, &offset, metadata, sizeof(metadata)));
	expect_int(offset, INT64_MAX - 5);
	bus_transactor_destroy(transactor);
}

TEST(reads_many_positions_at_once)
{
	const char *topic = world_topic("positions", 3);
	const char *group = world_name("relay");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	const struct bus_transactor_config config = {
		.bootstrap = world_bootstrap(), .client_id = "test"};
	const struct bus_position sent[] = {{topic, 0, 7, NULL}, {topic, 2, 9, NULL}};
	struct bus_position read[] = {
		{topic, 2, 0, NULL}, {topic, 1, 0, NULL}, {topic, 0, 0, NULL}};

	world_begin(transactor);
	expect_ok(bus_txn_positions(transactor, group, sent, 2));
	expect_fault(bus_positions_read(&config, group, world_quiet_ms(1000), read, 3), FAULT_BUS);
	expect_int(read[0].offset, 0);
	expect_ok(bus_txn_commit(transactor));
	expect_ok(bus_positions_read(&config, group, 15000, read, 3));
	expect_int(read[0].offset, 9);
	expect_int(read[1].offset, -1);
	expect_int(read[2].offset, 7);
	bus_transactor_destroy(transactor);
}

TEST(does_not_answer_a_position_while_its_transaction_is_open)
{
	const char *topic = world_topic("pending", 1);
	const char *group = world_name("relay");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	const struct bus_transactor_config config = {
		.bootstrap = world_bootstrap(), .client_id = "test"};
	const struct bus_position position = {topic, 0, 7, NULL};
	int64_t offset = -2;

	world_begin(transactor);
	expect_ok(bus_txn_positions(transactor, group, &position, 1));
	expect_fault(
		bus_position_read(&config, group, topic, 0, world_quiet_ms(1000), &offset, NULL, 0),
		FAULT_BUS);
	expect_int(offset, -2);
	expect_ok(bus_txn_commit(transactor));
	expect_int(world_committed(group, topic, 0), 7);
	bus_transactor_destroy(transactor);
}

TEST(fences_an_older_owner_in_both_lanes)
{
	const char *topic = world_topic("fence", 1);
	const char *id = world_name("writer");
	struct bus_transactor *older = world_transactor(id, topic, 2), *newer;

	world_publish(older, "a", "1");
	expect_ok(bus_txn_begin(older));
	expect_ok(world_produce(older, "a", "zombie"));
	expect_ok(bus_transactor_poll(older, 50));
	newer = world_transactor(id, topic, 2);

	/* The open lane, then the idle one: neither may go on. */
	expect_fault(bus_txn_commit(older), FAULT_STATE);
	expect(strstr(fault_text(), "fenced") != NULL);
	expect_fault(bus_txn_begin(older), FAULT_STATE);

	world_publish(newer, "a", "2");
	world_publish(newer, "a", "3");
	world_read_all(topic, &seen, 3);
	expect_text(seen.seen[1].value, "2");
	expect_text(seen.seen[2].value, "3");
	bus_transactor_destroy(older);
	bus_transactor_destroy(newer);
}

static void expect_idle_lane_fenced(int lane)
{
	const char *topic = world_topic("idle", 1);
	const char *id = world_name("writer");
	struct bus_transactor *older = world_transactor(id, topic, 2), *newer;

	for (int i = 0; i < lane; i++)
		world_publish(older, "a", "before");
	newer = world_transactor(id, topic, 2);
	expect_ok(bus_txn_begin(older));
	if (world_produce(older, "a", "zombie") == 0)
		expect_fault(bus_txn_commit(older), FAULT_STATE);
	world_publish(newer, "a", "after");
	seen.count = 0;
	world_read_all(topic, &seen, (size_t)lane + 1);
	expect_text(seen.seen[lane].value, "after");
	bus_transactor_destroy(older);
	bus_transactor_destroy(newer);
}

TEST(fences_an_idle_owner_at_its_next_transaction_in_either_lane)
{
	expect_idle_lane_fenced(0);
	expect_idle_lane_fenced(1);
}

TEST(tells_that_a_lane_was_made_anew_after_an_abort)
{
	const char *topic = world_topic("anew", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);

	expect_ok(bus_txn_begin(transactor));
	expect_ok(world_produce(transactor, "a", "never"));
	expect_ok(bus_txn_abort(transactor));
	expect_int(bus_txn_begin(transactor), BUS_RECREATED);
	expect_ok(bus_txn_begin(transactor));
	expect_ok(world_produce(transactor, "a", "always"));
	expect_ok(bus_txn_commit(transactor));
	world_read_all(topic, &seen, 1);
	bus_transactor_destroy(transactor);
}

/*
 * Without a producer an owner hears of no fence, and a new producer is a fence
 * itself: only by reading its position again does it learn what a successor did.
 */
TEST(an_owner_without_a_producer_learns_what_its_successor_did)
{
	const char *topic = world_topic("successor", 1);
	const char *id = world_name("writer"), *group = world_name("relay");
	const struct bus_position position = {topic, 0, 5, NULL};
	struct bus_transactor *older = world_transactor(id, topic, 1), *newer;

	expect_ok(bus_txn_begin(older));
	expect_ok(world_produce(older, "a", "never"));
	expect_ok(bus_txn_abort(older));

	newer = world_transactor(id, topic, 1);
	expect_ok(bus_txn_begin(newer));
	expect_ok(world_produce(newer, "a", "1"));
	expect_ok(bus_txn_positions(newer, group, &position, 1));
	expect_ok(bus_txn_commit(newer));

	expect_int(bus_txn_begin(older), BUS_RECREATED);
	expect_int(world_committed(group, topic, 0), 5);
	world_publish(older, "a", "2");
	if (bus_txn_begin(newer) == 0 && world_produce(newer, "a", "zombie") == 0)
		expect_fault(bus_txn_commit(newer), FAULT_STATE);
	world_read_all(topic, &seen, 2);
	expect_text(seen.seen[1].value, "2");
	bus_transactor_destroy(older);
	bus_transactor_destroy(newer);
}

TEST(an_empty_transaction_commits_and_aborts)
{
	const char *topic = world_topic("empty", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 2);

	for (int i = 0; i < 4; i++) {
		world_begin(transactor);
		expect_ok(bus_txn_commit(transactor));
		world_begin(transactor);
		expect_ok(bus_txn_abort(transactor));
	}
	world_publish(transactor, "a", "1");
	world_read_all(topic, &seen, 1);
	bus_transactor_destroy(transactor);
}

TEST(commits_consumed_offsets_with_the_transaction_or_not_at_all)
{
	const char *input = world_topic("input", 1), *output = world_topic("output", 1);
	const char *group = world_name("group");
	struct bus_transactor *source = world_transactor(world_name("source"), input, 1);
	struct bus_transactor *transactor = world_transactor(world_name("worker"), output, 2);
	struct bus_consumer *consumer = world_consumer(group, input, NULL);
	struct bus_batch batch;

	world_publish(source, "a", "1");
	world_poll(consumer, &batch, 20000);

	world_begin(transactor);
	expect_ok(world_produce(transactor, "a", "first try"));
	expect_ok(bus_txn_offsets(transactor, consumer, &batch));
	expect_ok(bus_txn_abort(transactor));
	expect_int(world_committed(group, input, 0), -1);

	world_begin(transactor);
	expect_ok(world_produce(transactor, "a", "second try"));
	expect_ok(bus_txn_offsets(transactor, consumer, &batch));
	expect_ok(bus_txn_commit(transactor));
	bus_consumer_release(consumer, &batch);
	world_expect_quiet(consumer, 600);
	/* Behind the marker of the input, once the end was seen. */
	world_await_committed(group, input, 0, 2);
	bus_consumer_destroy(consumer);

	world_read_all(output, &seen, 1);
	expect_text(seen.seen[0].value, "second try");
	bus_transactor_destroy(source);
	bus_transactor_destroy(transactor);
}

TEST(makes_missing_topics_once_and_refuses_other_partition_counts)
{
	const char *topic = world_topic("made", 2);
	const char *absent = world_name("absent");
	const struct bus_topic same[] = {{topic, 2, 1, -1}, {0}};
	const struct bus_topic other[] = {{topic, 3, 1, -1}, {0}};
	const struct bus_topic more[] = {{topic, 2, 1, -1}, {absent, 1, 1, 60000}, {0}};
	struct bus_topic_report reports[2];
	int created = -1;

	expect_ok(bus_topics_ensure(world_bootstrap(), NULL, same, 10000, &created));
	expect_int(created, 0);
	expect_fault(
		bus_topics_ensure(world_bootstrap(), NULL, other, 10000, &created), FAULT_STATE);
	expect(strstr(fault_text(), topic) != NULL);
	expect_ok(bus_topics_inspect(world_bootstrap(), NULL, more, 10000, reports));
	expect_int(reports[0].state, BUS_TOPIC_PRESENT);
	expect_int(reports[1].state, BUS_TOPIC_MISSING);
	expect_ok(bus_topics_create(world_bootstrap(), NULL, more, 10000, reports));
	expect_int(reports[1].state, BUS_TOPIC_CREATED);
	expect_int(reports[1].partitions, 1);
	expect_ok(bus_ping(world_bootstrap(), NULL, 5000));
}

TEST(says_how_long_a_topic_keeps_its_messages)
{
	const char *const names[] = {world_topic("kept", 1), NULL};
	const char *const missing[] = {world_name("missing"), NULL};
	int64_t kept_ms = 0;

	expect_ok(bus_topics_kept(world_bootstrap(), NULL, names, 10000, &kept_ms));
	expect_int(kept_ms, INT64_MAX);
	expect_fault(bus_topics_kept(world_bootstrap(), NULL, missing, 10000, &kept_ms),
		FAULT_BUS_CONFIG);
}

TEST(refuses_a_transactor_for_a_topic_that_is_missing)
{
	const char *const topics[] = {world_name("missing"), NULL};
	const struct bus_transactor_config config = {.bootstrap = world_bootstrap(),
		.transactional_id = world_name("writer"),
		.client_id = "test",
		.topics = topics,
		.lanes = 1,
		.transaction_timeout_ms = 10000};
	struct bus_transactor *transactor = NULL;

	expect_fault(bus_transactor_create(&config, 10000, &transactor), FAULT_BUS_CONFIG);
	expect(transactor == NULL);
}

#define SLOW(name) \
	{ \
#name, name, 60 \
	}

TESTS("bus conformance transactor and topics", SLOW(shows_committed_messages_and_hides_open_ones),
	SLOW(never_shows_an_aborted_message), SLOW(keeps_the_order_of_a_key_across_lanes),
	SLOW(takes_a_message_of_the_largest_size_and_refuses_a_larger),
	SLOW(reads_back_the_position_that_was_committed_with_the_messages),
	SLOW(reads_many_positions_at_once),
	SLOW(does_not_answer_a_position_while_its_transaction_is_open),
	SLOW(fences_an_older_owner_in_both_lanes),
	SLOW(fences_an_idle_owner_at_its_next_transaction_in_either_lane),
	SLOW(tells_that_a_lane_was_made_anew_after_an_abort),
	SLOW(an_owner_without_a_producer_learns_what_its_successor_did),
	SLOW(an_empty_transaction_commits_and_aborts),
	SLOW(commits_consumed_offsets_with_the_transaction_or_not_at_all),
	SLOW(makes_missing_topics_once_and_refuses_other_partition_counts),
	SLOW(says_how_long_a_topic_keeps_its_messages),
	SLOW(refuses_a_transactor_for_a_topic_that_is_missing))
