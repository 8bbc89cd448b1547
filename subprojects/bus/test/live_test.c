/*
 * What only Kafka itself can show: processes that die or stop, time-outs, members.
 */
#include <base/clock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static struct world_log seen;

/* Runs @play in a child; its exit code is the result. */
static pid_t start(void (*play)(int), int channel)
{
	pid_t child = fork();

	expect(child >= 0);
	if (child == 0) {
		play(channel);
		_exit(0);
	}
	return child;
}

static const char *topic, *id, *group;

static void begin_with_position(struct bus_transactor *transactor, int64_t offset)
{
	const struct bus_position position = {topic, 0, offset, "here"};

	world_begin(transactor);
	expect_ok(world_produce(transactor, "a", "open"));
	expect_ok(bus_txn_positions(transactor, group, &position, 1));
	/* Delivered, so that it lies in the log when the process ends. */
	expect_ok(bus_transactor_poll(transactor, 100));
}

static void play_open_transaction(int channel)
{
	struct bus_transactor *transactor = world_transactor(id, topic, 2);

	world_publish(transactor, "a", "before");
	begin_with_position(transactor, 7);
	expect_int(write(channel, "!", 1), 1);
	pause();
}

TEST(a_process_killed_in_a_transaction_leaves_nothing_of_it)
{
	int channel[2], status;
	struct bus_transactor *transactor;
	char mark;
	pid_t child;

	topic = world_topic("killed", 1);
	id = world_name("writer");
	group = world_name("relay");
	expect_int(pipe(channel), 0);
	child = start(play_open_transaction, channel[1]);
	expect_int(read(channel[0], &mark, 1), 1);
	expect_int(kill(child, SIGKILL), 0);
	expect_int(waitpid(child, &status, 0), child);

	transactor = world_transactor(id, topic, 2);
	expect_int(world_committed(group, topic, 0), -1);
	begin_with_position(transactor, 8);
	expect_ok(bus_txn_commit(transactor));
	expect_int(world_committed(group, topic, 0), 8);
	world_read_all(topic, &seen, 2);
	expect_text(seen.seen[0].value, "before");
	expect_text(seen.seen[1].value, "open");
	bus_transactor_destroy(transactor);
}

/* Exits 0 only when it learns, after its sleep, that it was replaced. */
static void play_zombie(int channel)
{
	struct bus_transactor *transactor = world_transactor(id, topic, 2);

	begin_with_position(transactor, 7);
	expect_int(write(channel, "!", 1), 1);
	raise(SIGSTOP);
	_exit(bus_txn_commit(transactor) == FAULT_STATE && bus_txn_begin(transactor) == FAULT_STATE
			? 0
			: 1);
}

TEST(a_process_that_slept_through_its_replacement_stops)
{
	int channel[2], status;
	struct bus_transactor *transactor;
	char mark;
	pid_t child;

	topic = world_topic("zombie", 1);
	id = world_name("writer");
	group = world_name("relay");
	expect_int(pipe(channel), 0);
	child = start(play_zombie, channel[1]);
	expect_int(read(channel[0], &mark, 1), 1);
	expect_int(waitpid(child, &status, WUNTRACED), child);
	expect(WIFSTOPPED(status));

	transactor = world_transactor(id, topic, 2);
	begin_with_position(transactor, 9);
	expect_ok(bus_txn_commit(transactor));
	expect_int(kill(child, SIGCONT), 0);
	expect_int(waitpid(child, &status, 0), child);
	expect(WIFEXITED(status));
	expect_int(WEXITSTATUS(status), 0);

	/* Its end did the new owner no harm. */
	world_publish(transactor, "a", "after");
	expect_int(world_committed(group, topic, 0), 9);
	world_read_all(topic, &seen, 2);
	bus_transactor_destroy(transactor);
}

TEST(a_transaction_that_took_too_long_is_done_again_with_a_new_producer)
{
	struct bus_transactor *transactor;

	topic = world_topic("late", 1);
	group = world_name("relay");
	transactor = world_transactor_of(world_name("writer"), topic, 2, 3000);
	begin_with_position(transactor, 7);
	/* Answers when the coordinator has given the transaction up, and not before. */
	expect_int(world_committed(group, topic, 0), -1);
	expect_int(bus_txn_commit(transactor), BUS_RECREATED);
	expect_int(world_committed(group, topic, 0), -1);

	begin_with_position(transactor, 8);
	expect_ok(bus_txn_commit(transactor));
	expect_int(world_committed(group, topic, 0), 8);
	world_read_all(topic, &seen, 1);
	bus_transactor_destroy(transactor);
}

#define READ_COUNT 450
#define MESSAGES_IN_A_LIFE 100

/* Where a reader's life ends. */
enum moment { FINISHED, STORED, COMMITTED, MOMENTS };

static enum moment last_moment;

static void pass(enum moment moment, int messages)
{
	if (messages >= MESSAGES_IN_A_LIFE && moment == last_moment)
		raise(SIGKILL);
}

/* Tells each message it has finished, before it stores it. */
static void play_reader(int channel)
{
	struct bus_consumer *consumer = world_consumer_of(group, topic, NULL, 7, NULL);

	for (int messages = 0;;) {
		struct bus_batch batch;

		world_poll(consumer, &batch, 20000);
		for (size_t i = 0; i < batch.count; i++) {
			int64_t offset = batch.messages[i].offset;

			expect_int(write(channel, &offset, sizeof(offset)), sizeof(offset));
			messages++;
		}
		pass(FINISHED, messages);
		expect_ok(bus_consumer_store(consumer, &batch));
		pass(STORED, messages);
		expect_ok(bus_consumer_commit(consumer));
		pass(COMMITTED, messages);
		bus_consumer_release(consumer, &batch);
	}
}

/* One life of the reader, which follows on @latest. Answers what it finished last. */
static int64_t live_once(int64_t latest)
{
	int64_t offset;
	int channel[2], status;
	bool first = true;
	pid_t child;

	expect_int(pipe(channel), 0);
	child = start(play_reader, channel[1]);
	close(channel[1]);
	while (latest < READ_COUNT - 1 &&
		read(channel[0], &offset, sizeof(offset)) == sizeof(offset)) {
		/* Again is allowed, at the beginning; a gap never is. */
		expect(first ? offset <= latest + 1 : offset == latest + 1);
		first = false;
		latest = offset;
	}
	kill(child, SIGKILL);
	expect_int(waitpid(child, &status, 0), child);
	expect(WIFSIGNALED(status));
	close(channel[0]);
	return latest;
}

TEST(a_reader_killed_at_each_moment_misses_nothing)
{
	struct bus_transactor *transactor;
	int64_t latest = -1;

	topic = world_topic("reader", 1);
	group = world_name("group");
	transactor = world_transactor(world_name("writer"), topic, 2);
	world_begin(transactor);
	for (int i = 0; i < READ_COUNT; i++)
		expect_ok(world_produce(transactor, "a", "x"));
	expect_ok(bus_txn_commit(transactor));
	for (last_moment = FINISHED; last_moment < MOMENTS; last_moment++)
		latest = live_once(latest);
	/* Three lives of 100 messages, less what came again: one more goes to the end. */
	last_moment = MOMENTS;
	expect_int(live_once(latest), READ_COUNT - 1);
	bus_transactor_destroy(transactor);
}

TEST(a_static_member_that_restarts_disturbs_nobody)
{
	const char *const input = world_topic("static", 2);
	const char *name = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), input, 1);
	struct bus_consumer *one = world_consumer(name, input, "one"),
			    *two = world_consumer(name, input, "two");
	int64_t until_us = clock_monotonic_us() + 20 * US_PER_S;
	struct bus_batch batch = {0}, other = {0};

	while (bus_consumer_assigned(one) != 1 || bus_consumer_assigned(two) != 1) {
		expect(clock_monotonic_us() < until_us);
		expect_ok(bus_consumer_poll(one, 50, &batch));
		expect_ok(bus_consumer_poll(two, 50, &other));
	}
	world_begin(transactor);
	expect_ok(world_produce_to(transactor, 0, "a", "0"));
	expect_ok(world_produce_to(transactor, 1, "b", "1"));
	expect_ok(bus_txn_commit(transactor));
	world_poll(one, &batch, 5000);
	expect_int(batch.count, 1);

	bus_consumer_destroy(two);
	two = world_consumer(name, input, "two");
	until_us = clock_monotonic_us() + 20 * US_PER_S;
	while (other.count == 0) {
		expect(clock_monotonic_us() < until_us);
		expect_ok(bus_consumer_wait(one, 20, &batch));
		expect_ok(bus_consumer_poll(two, 20, &other));
		/* A rebalance would take the batch out of the other member's hand. */
		expect_int(batch.count, 1);
	}
	expect_int(other.count, 1);
	expect_int(bus_consumer_assigned(two), 1);
	expect(other.messages[0].partition != batch.messages[0].partition);
	bus_consumer_release(one, &batch);
	bus_consumer_release(two, &other);
	bus_consumer_destroy(one);
	bus_consumer_destroy(two);
	bus_transactor_destroy(transactor);
}

TEST(a_second_process_with_the_same_instance_ends_the_first)
{
	const char *const input = world_topic("instance", 1);
	const char *name = world_name("group");
	struct bus_consumer *older = world_consumer(name, input, "one"), *newer;
	int64_t until_us = clock_monotonic_us() + 20 * US_PER_S;
	struct bus_batch batch;
	int r = 0;

	while (bus_consumer_assigned(older) == 0)
		expect_ok(bus_consumer_poll(older, 50, &batch));
	newer = world_consumer(name, input, "one");
	while (r == 0) {
		expect(clock_monotonic_us() < until_us);
		expect_ok(bus_consumer_poll(newer, 50, &batch));
		bus_consumer_release(newer, &batch);
		r = bus_consumer_poll(older, 50, &batch);
	}
	expect_fault(r, FAULT_STATE);
	expect_fault(bus_consumer_poll(older, 50, &batch), FAULT_STATE);
	bus_consumer_destroy(newer);
	bus_consumer_destroy(older);
}

TEST(a_reader_may_start_at_the_end)
{
	const char *const input = world_topic("latest", 1);
	static const char *const options[] = {"auto.offset.reset=latest", NULL};
	struct bus_transactor *transactor = world_transactor(world_name("writer"), input, 1);
	struct bus_consumer *consumer;
	int64_t until_us = clock_monotonic_us() + 20 * US_PER_S;
	struct bus_batch batch;

	world_publish(transactor, "a", "old");
	consumer = world_consumer_of(world_name("group"), input, NULL, 10, options);
	while (bus_consumer_assigned(consumer) == 0) {
		expect(clock_monotonic_us() < until_us);
		expect_ok(bus_consumer_poll(consumer, 50, &batch));
		expect_int(batch.count, 0);
	}
	world_expect_quiet(consumer, 500);
	world_publish(transactor, "a", "new");
	world_consume(consumer, &seen, 1, 5000);
	expect_text(seen.seen[0].value, "new");
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(an_idle_reader_knows_that_the_broker_lives)
{
	struct bus_consumer *consumer =
		world_consumer(world_name("group"), world_topic("alive", 1), NULL);
	int64_t until_us = clock_monotonic_us() + 10 * US_PER_S, first_us;

	expect_int(bus_consumer_alive_us(consumer), 0);
	while ((first_us = bus_consumer_alive_us(consumer)) == 0) {
		expect(clock_monotonic_us() < until_us);
		world_expect_quiet(consumer, 10);
	}
	world_expect_quiet(consumer, 3000);
	expect(bus_consumer_alive_us(consumer) - first_us > 2 * US_PER_S);
	bus_consumer_destroy(consumer);
}

TEST(says_within_the_time_given_that_no_broker_answers)
{
	const char *const nobody = "127.0.0.1:1";
	const char *const topics[] = {"x", NULL};
	const struct bus_transactor_config config = {.bootstrap = nobody,
		.transactional_id = "x",
		.topics = topics,
		.lanes = 2,
		.transaction_timeout_ms = 10000};
	const struct bus_consumer_config reader = {.bootstrap = nobody,
		.group = "x",
		.topics = topics,
		.batch_max = 1,
		.batch_bytes_max = 1};
	int64_t began_us = clock_monotonic_us(), offset;
	struct bus_transactor *transactor = NULL;
	struct bus_consumer *consumer;
	struct bus_batch batch;
	int r = 0;

	expect_fault(bus_ping(nobody, NULL, 500), FAULT_BUS);
	expect_fault(bus_transactor_create(&config, 500, &transactor), FAULT_BUS);
	expect_fault(bus_position_read(&config, "x", "x", 0, 500, &offset, NULL, 0), FAULT_BUS);
	expect_ok(bus_consumer_create(&reader, &consumer));
	while (r == 0 && clock_monotonic_us() - began_us < 10 * US_PER_S)
		r = bus_consumer_poll(consumer, 200, &batch);
	expect_int(r, FAULT_BUS);
	bus_consumer_destroy(consumer);
	expect(clock_monotonic_us() - began_us < 10 * US_PER_S);
}

TEST(says_that_a_topic_is_missing)
{
	struct bus_consumer *consumer =
		world_consumer(world_name("group"), world_name("missing"), NULL);
	int64_t until_us = clock_monotonic_us() + 10 * US_PER_S;
	struct bus_batch batch;
	int r = 0;

	while (r == 0 && clock_monotonic_us() < until_us)
		r = bus_consumer_poll(consumer, 100, &batch);
	expect_int(r, FAULT_BUS_CONFIG);
	bus_consumer_destroy(consumer);
}

#define SLOW(name) \
	{ \
#name, name, 60 \
	}

TESTS("bus live", SLOW(a_process_killed_in_a_transaction_leaves_nothing_of_it),
	SLOW(a_process_that_slept_through_its_replacement_stops),
	SLOW(a_transaction_that_took_too_long_is_done_again_with_a_new_producer),
	SLOW(a_reader_killed_at_each_moment_misses_nothing),
	SLOW(a_static_member_that_restarts_disturbs_nobody),
	SLOW(a_second_process_with_the_same_instance_ends_the_first),
	SLOW(a_reader_may_start_at_the_end), SLOW(an_idle_reader_knows_that_the_broker_lives),
	SLOW(says_within_the_time_given_that_no_broker_answers), SLOW(says_that_a_topic_is_missing))
