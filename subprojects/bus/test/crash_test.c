/*
 * The broker is killed and started again while transactions and readers are under
 * way. A writer that follows the outcomes loses nothing and doubles nothing.
 */
#include <base/backoff.h>
#include <base/clock.h>
#include <bus/reader.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker.h"
#include "world.h"

#define EVENTS_IN_TRANSACTION 5
#define FREEZE_MS 13000

static struct world_log seen;

/* A source with a position, as the relay is one: event n is the text of n. */
struct source {
	struct bus_transactor *transactor;
	const char *topic, *group;
	int64_t position;     /* the next event to be sent */
	_Atomic int64_t sent; /* the same, for the thread that kills */
	_Atomic bool stop;
	int commits, aborts, recreations, faults;
};

static int send_all_but_the_commit(struct source *source)
{
	int64_t end = source->position + EVENTS_IN_TRANSACTION;
	const struct bus_position position = {source->topic, 0, end, "source"};
	int r = bus_txn_begin(source->transactor);

	for (int64_t n = source->position; n < end && r == 0; n++) {
		char value[24];

		snprintf(value, sizeof(value), "%lld", (long long)n);
		r = world_produce(source->transactor, "k", value);
	}
	return r == 0 ? bus_txn_positions(source->transactor, source->group, &position, 1) : r;
}

static int send_some(struct source *source)
{
	int r = send_all_but_the_commit(source);

	return r == 0 ? bus_txn_commit(source->transactor) : r;
}

static void read_position(struct source *source)
{
	const struct bus_transactor_config config = {
		.bootstrap = world_bootstrap(), .client_id = "test"};
	int64_t offset;

	while (bus_position_read(
		       &config, source->group, source->topic, 0, 5000, &offset, NULL, 0) != 0)
		source->faults++;
	source->position = offset < 0 ? 0 : offset;
}

/* What the header says is to be done with each answer. */
static void follow(struct source *source, int r)
{
	switch (r) {
	case 0:
		source->position += EVENTS_IN_TRANSACTION;
		source->commits++;
		break;
	case BUS_ABORTED:
		source->aborts++;
		break;
	case BUS_RECREATED:
		source->recreations++;
		read_position(source);
		break;
	case FAULT_BUS:
		source->faults++;
		break;
	default:
		fail_test("answered %s: %s", fault_name(r), fault_text());
	}
	source->sent = source->position;
}

static void *play_source(void *argument)
{
	struct source *source = argument;

	while (!source->stop)
		follow(source, send_some(source));
	return NULL;
}

static void await_sent(struct source *source, int64_t position)
{
	int64_t until_us = clock_monotonic_us() + 90 * US_PER_S;
	const struct timespec pause = {.tv_nsec = 1000000};

	while (source->sent < position) {
		expect(clock_monotonic_us() < until_us);
		nanosleep(&pause, NULL);
	}
}

static void expect_each_once_in_order(int64_t count)
{
	for (int64_t n = 0; n < count; n++) {
		char want[24];

		snprintf(want, sizeof(want), "%lld", (long long)n);
		expect_text(seen.seen[n].value, want);
	}
}

/* How long the way back takes, from when the broker answers again. */
static void await_next(struct source *source)
{
	int64_t began_us = clock_monotonic_us();

	await_sent(source, source->sent + 1);
	printf("# goes on after %lld ms\n", (long long)((clock_monotonic_us() - began_us) / 1000));
}

/* The position says what is finished; what was sent behind it may still be undone. */
static void check_source(struct source *source)
{
	read_position(source);
	expect(source->position <= WORLD_SEEN_MAX);
	world_read_all(source->topic, &seen, (size_t)source->position);
	expect_each_once_in_order(source->position);
	printf("# %d commits, %d aborts, %d recreations, %d faults\n", source->commits,
		source->aborts, source->recreations, source->faults);
}

static void kill_broker(void)
{
	broker_stop(SIGKILL);
	broker_start();
}

static void restart_broker(void)
{
	broker_stop(SIGTERM);
	broker_start();
}

/* Longer than a request and a transaction may take: a commit is answered when nobody waits. */
static void freeze_broker(void)
{
	broker_freeze();
	broker_thaw(FREEZE_MS);
}

/* Breaks it @times times while transactions are under way; the answers must tell the truth. */
static void write_over(void (*breakage)(void), int times)
{
	struct source source = {.topic = world_topic("stream", 1), .group = world_name("source")};
	pthread_t writer;

	source.transactor = world_transactor(world_name("writer"), source.topic, 2);
	expect_int(pthread_create(&writer, NULL, play_source, &source), 0);
	for (int i = 0; i < times; i++) {
		await_sent(&source, source.sent + 20 * EVENTS_IN_TRANSACTION);
		breakage();
		await_next(&source);
	}
	await_sent(&source, source.sent + 20 * EVENTS_IN_TRANSACTION);
	source.stop = true;
	expect_int(pthread_join(writer, NULL), 0);
	bus_transactor_destroy(source.transactor);
	check_source(&source);
	/* A run in which no transaction was hit would prove nothing. */
	expect(source.aborts + source.recreations + source.faults > 0);
}

TEST(a_stream_over_a_killed_broker_loses_and_doubles_nothing)
{
	write_over(kill_broker, 2);
}

TEST(a_stream_over_a_broker_that_is_stopped_loses_and_doubles_nothing)
{
	write_over(restart_broker, 1);
}

TEST(a_stream_over_a_broker_that_stands_still_loses_and_doubles_nothing)
{
	write_over(freeze_broker, 1);
}

/* How the broker comes back, while the commit waits. */
static void *play_thaw(void *argument)
{
	(void)argument;
	broker_thaw(FREEZE_MS);
	return NULL;
}

static void *play_start(void *argument)
{
	(void)argument;
	broker_start();
	return NULL;
}

/* The commit itself is what is hit: the one step whose end can be unclear. */
static void commit_over(bool freeze, int times)
{
	struct source source = {.topic = world_topic("commit", 1), .group = world_name("source")};
	source.transactor = world_transactor(world_name("writer"), source.topic, 2);
	for (int i = 0; i < times; i++) {
		int64_t began_us;
		pthread_t helper;

		while (source.position < (i + 1) * 50)
			follow(&source, send_some(&source));
		expect_ok(send_all_but_the_commit(&source));
		/* Delivered: only the commit is left to be hit. */
		expect_ok(bus_transactor_poll(source.transactor, 200));
		began_us = clock_monotonic_us();
		if (freeze)
			broker_freeze();
		else
			broker_stop(SIGKILL);
		expect_int(pthread_create(&helper, NULL, freeze ? play_thaw : play_start, NULL), 0);
		follow(&source, bus_txn_commit(source.transactor));
		expect(clock_monotonic_us() - began_us > 2 * US_PER_S);
		expect_int(pthread_join(helper, NULL), 0);
	}
	while (source.position < (times + 1) * 50)
		follow(&source, send_some(&source));
	bus_transactor_destroy(source.transactor);
	check_source(&source);
}

TEST(a_commit_that_the_broker_hears_too_late_tells_the_truth)
{
	commit_over(true, 1);
}

TEST(a_commit_that_the_broker_does_not_survive_tells_the_truth)
{
	commit_over(false, 1);
}

TEST(a_reader_over_a_killed_broker_misses_nothing_and_keeps_the_order)
{
	struct source source = {.topic = world_topic("read", 1), .group = world_name("source")};
	struct bus_consumer *consumer = world_consumer(world_name("group"), source.topic, NULL);
	int64_t until_us, next = 0;
	bool broken = false;

	source.transactor = world_transactor(world_name("writer"), source.topic, 2);
	while (source.position < 200)
		follow(&source, send_some(&source));
	until_us = clock_monotonic_us() + 90 * US_PER_S;
	while (next < 400) {
		struct bus_batch batch;

		expect(clock_monotonic_us() < until_us);
		if (next >= 100 && !broken) {
			broker_stop(SIGKILL);
			broker_start();
			while (source.position < 400)
				follow(&source, send_some(&source));
			broken = true;
		}
		/* FAULT_BUS while the broker is away is no more than that. */
		if (bus_consumer_poll(consumer, 100, &batch) != 0)
			continue;
		for (size_t i = 0; i < batch.count; i++) {
			int64_t n = strtoll(batch.messages[i].value, NULL, 10);

			/* Again is allowed, a gap is not. */
			expect(n <= next);
			if (n == next)
				next++;
		}
		expect_ok(bus_consumer_store(consumer, &batch));
		bus_consumer_release(consumer, &batch);
	}
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(source.transactor);
}

/* Without a group its place is its own: unlike a member, it sees nothing again. */
TEST(a_reader_outside_any_group_over_a_killed_broker_reads_each_message_once)
{
	struct source source = {.topic = world_topic("once", 1), .group = world_name("source")};
	const struct bus_stretch stretch = {source.topic, 0, 0, BUS_UNTIL_FOREVER};
	const struct bus_reader_config config = {.bootstrap = world_bootstrap(),
		.client_id = "test",
		.stretches = &stretch,
		.count = 1,
		.batch_max = 10};
	struct bus_reader *reader;
	int64_t until_us, next = 0;
	bool broken = false;

	source.transactor = world_transactor(world_name("writer"), source.topic, 2);
	while (source.position < 200)
		follow(&source, send_some(&source));
	expect_ok(bus_reader_create(&config, &reader));
	until_us = clock_monotonic_us() + 90 * US_PER_S;
	while (next < 400) {
		struct bus_batch batch;

		expect(clock_monotonic_us() < until_us);
		if (next >= 100 && !broken) {
			broker_stop(SIGKILL);
			broker_start();
			while (source.position < 400)
				follow(&source, send_some(&source));
			broken = true;
		}
		if (bus_reader_next(reader, 100, &batch) != 0)
			continue;
		for (size_t i = 0; i < batch.count; i++)
			expect_int(strtoll(batch.messages[i].value, NULL, 10), next++);
		bus_reader_release(reader, &batch);
	}
	bus_reader_destroy(reader);
	bus_transactor_destroy(source.transactor);
}

/* One poll: FAULT_BUS while the broker is away is no more than that, a fence is the end. */
static void poll_and_store(struct bus_consumer *consumer, struct world_log *log)
{
	struct bus_batch batch;

	expect(bus_consumer_poll(consumer, 100, &batch) != FAULT_STATE);
	world_note(log, &batch);
	expect_ok(bus_consumer_store(consumer, &batch));
	bus_consumer_release(consumer, &batch);
}

TEST(a_static_member_over_a_broker_away_for_longer_than_its_session_is_not_fenced)
{
	const char *topic = world_topic("session", 1), *group = world_name("group");
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(group, topic, "member-1");
	int64_t until_us = clock_monotonic_us() + 90 * US_PER_S;
	struct bus_batch batch;

	world_publish(transactor, "a", "1");
	world_poll(consumer, &batch, 20000);
	broker_stop(SIGKILL);
	/* It can no longer be committed, and must not be once the member has lost its id. */
	expect_ok(bus_consumer_store(consumer, &batch));
	bus_consumer_release(consumer, &batch);
	while (bus_consumer_assigned(consumer) > 0) {
		expect(clock_monotonic_us() < until_us);
		poll_and_store(consumer, &seen);
	}
	broker_start();
	while (seen.count < 1) {
		expect(clock_monotonic_us() < until_us);
		poll_and_store(consumer, &seen);
	}
	expect_text(seen.seen[0].value, "1");
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
}

TEST(a_reader_leaves_although_the_broker_is_away)
{
	const char *topic = world_topic("leave", 1);
	struct bus_transactor *transactor = world_transactor(world_name("writer"), topic, 1);
	struct bus_consumer *consumer = world_consumer(world_name("group"), topic, NULL);
	struct bus_batch batch;
	int64_t began_us;

	world_publish(transactor, "a", "1");
	world_poll(consumer, &batch, 20000);
	broker_stop(SIGKILL);
	began_us = clock_monotonic_us();
	/* What is stored cannot be committed: it comes again, and nobody waits for it. */
	expect_ok(bus_consumer_store(consumer, &batch));
	bus_consumer_release(consumer, &batch);
	bus_consumer_destroy(consumer);
	bus_transactor_destroy(transactor);
	expect(clock_monotonic_us() - began_us < 15 * US_PER_S);
	printf("# left after %lld ms\n", (long long)((clock_monotonic_us() - began_us) / 1000));
	broker_start();
}

TEST(starts_as_soon_as_the_broker_does)
{
	const char *const topics[] = {world_topic("start", 1), NULL};
	const struct bus_transactor_config config = {.bootstrap = world_bootstrap(),
		.transactional_id = world_name("writer"),
		.client_id = "test",
		.topics = topics,
		.lanes = 2,
		.transaction_timeout_ms = 10000};
	struct bus_transactor *transactor = NULL;

	broker_stop(SIGKILL);
	expect_fault(bus_transactor_create(&config, 300, &transactor), FAULT_BUS);
	broker_start();
	expect_ok(bus_transactor_create(&config, 30000, &transactor));
	world_publish(transactor, "a", "1");
	world_read_all(topics[0], &seen, 1);
	bus_transactor_destroy(transactor);
}

#define LONG(name) \
	{ \
#name, name, 300 \
	}

TESTS("bus crash", LONG(a_stream_over_a_killed_broker_loses_and_doubles_nothing),
	LONG(a_stream_over_a_broker_that_is_stopped_loses_and_doubles_nothing),
	LONG(a_stream_over_a_broker_that_stands_still_loses_and_doubles_nothing),
	LONG(a_commit_that_the_broker_hears_too_late_tells_the_truth),
	LONG(a_commit_that_the_broker_does_not_survive_tells_the_truth),
	LONG(a_reader_over_a_killed_broker_misses_nothing_and_keeps_the_order),
	LONG(a_reader_outside_any_group_over_a_killed_broker_reads_each_message_once),
	LONG(a_static_member_over_a_broker_away_for_longer_than_its_session_is_not_fenced),
	LONG(a_reader_leaves_although_the_broker_is_away), LONG(starts_as_soon_as_the_broker_does))
