/*
 * What the fake can do beyond a bus: feed, look, and make things go wrong.
 */
#include <bus/fake.h>
#include <string.h>
#include <testkit/testkit.h>

static const char *const OUTPUT[] = {"out", NULL};
static const char *const INPUT[] = {"in", NULL};

static struct bus_transactor *transactor;
static struct bus_consumer *consumer;

static void open_all(void)
{
	const struct bus_transactor_config writer = {.transactional_id = "id",
		.topics = OUTPUT,
		.lanes = 2,
		.transaction_timeout_ms = 10000};
	const struct bus_consumer_config reader = {
		.group = "group", .topics = INPUT, .batch_max = 10, .batch_bytes_max = 1000};

	fake_topic("in", 2);
	fake_topic("out", 2);
	fake_may_wait(false);
	expect_ok(bus_transactor_create(&writer, 1000, &transactor));
	expect_ok(bus_consumer_create(&reader, &consumer));
}

static void close_all(void)
{
	bus_transactor_destroy(transactor);
	bus_consumer_destroy(consumer);
	fake_reset();
}

/* After an abort the lane is made anew first. */
static void begin(void)
{
	int r = bus_txn_begin(transactor);

	if (r == BUS_RECREATED)
		r = bus_txn_begin(transactor);
	expect_ok(r);
}

static int produce(const char *value)
{
	const struct bus_record record = {
		.key = "k", .key_size = 1, .value = value, .value_size = strlen(value)};

	return bus_txn_produce(transactor, &record);
}

TEST(feeds_messages_and_shows_what_came_of_them)
{
	const struct bus_record record = {
		.partition = 1, .key = "k", .key_size = 1, .value = "v", .value_size = 1};
	struct bus_batch batch;
	struct bus_message message;

	open_all();
	expect_int(fake_feed("in", &record), 0);
	expect_int(fake_feed("in", &record), 1);
	expect_int(fake_count("in"), 2);
	message = fake_message("in", 1);
	expect_int(message.partition, 1);
	expect_int(message.offset, 1);
	expect_bytes(message.value, message.value_size, "v", 1);

	expect_ok(bus_consumer_poll(consumer, 1000, &batch));
	expect_int(batch.count, 2);
	expect_int(fake_committed("group", "in", 1), -1);
	expect_ok(bus_consumer_store(consumer, &batch));
	expect_int(fake_committed("group", "in", 1), 2);
	bus_consumer_release(consumer, &batch);
	expect_ok(bus_consumer_poll(consumer, 1000, &batch));
	expect_int(batch.count, 0);
	close_all();
}

TEST(starts_a_reader_where_the_test_says)
{
	const struct bus_record record = {.partition = 0, .value = "v", .value_size = 1};
	struct bus_batch batch;

	open_all();
	for (int i = 0; i < 3; i++)
		fake_feed("in", &record);
	fake_commit("group", "in", 0, 2);
	expect_ok(bus_consumer_poll(consumer, 0, &batch));
	expect_int(batch.count, 1);
	expect_int(batch.messages[0].offset, 2);
	close_all();
}

TEST(aborts_at_the_step_that_was_named)
{
	static const enum fake_step steps[] = {FAKE_PRODUCE, FAKE_POSITIONS, FAKE_COMMIT};
	const struct bus_position position = {"out", 0, 5, NULL};

	open_all();
	for (size_t i = 0; i < 3; i++) {
		int r;

		fake_inject(steps[i], 0, BUS_ABORTED);
		begin();
		r = produce("never");
		if (r == 0)
			r = bus_txn_positions(transactor, "group", &position, 1);
		if (r == 0)
			r = bus_txn_commit(transactor);
		expect_int(r, BUS_ABORTED);
		expect_int(fake_count("out"), 0);
		expect_int(fake_committed("group", "out", 0), -1);
	}
	begin();
	expect_ok(produce("once"));
	expect_ok(bus_txn_commit(transactor));
	expect_int(fake_count("out"), 1);
	close_all();
}

TEST(leaves_a_commit_unclear_in_both_ways)
{
	open_all();
	fake_inject(FAKE_COMMIT, 0, BUS_RECREATED);
	begin();
	expect_ok(produce("lost"));
	expect_int(bus_txn_commit(transactor), BUS_RECREATED);
	expect_int(fake_count("out"), 0);

	fake_inject(FAKE_COMMITTED, 0, BUS_RECREATED);
	begin();
	expect_ok(produce("there"));
	expect_int(bus_txn_commit(transactor), BUS_RECREATED);
	expect_int(fake_count("out"), 1);
	close_all();
}

TEST(expires_what_is_open_and_lets_its_owner_go_on)
{
	open_all();
	begin();
	expect_ok(produce("late"));
	fake_expire_transactions();
	expect_int(bus_txn_commit(transactor), BUS_RECREATED);
	begin();
	expect_ok(produce("again"));
	expect_ok(bus_txn_commit(transactor));
	expect_int(fake_count("out"), 1);
	close_all();
}

TEST(fences_for_good)
{
	open_all();
	begin();
	expect_ok(produce("zombie"));
	fake_fence("id");
	expect_fault(bus_txn_commit(transactor), FAULT_STATE);
	expect_fault(bus_txn_begin(transactor), FAULT_STATE);
	expect_int(fake_count("out"), 0);
	close_all();
}

TEST(answers_a_fault_at_the_call_that_was_counted)
{
	struct bus_batch batch = {0};

	open_all();
	fake_inject(FAKE_POLL, 2, FAULT_BUS);
	fake_inject(FAKE_STORE, 0, FAULT_BUS);
	expect_ok(bus_consumer_poll(consumer, 0, &batch));
	expect_ok(bus_consumer_poll(consumer, 0, &batch));
	expect_fault(bus_consumer_poll(consumer, 0, &batch), FAULT_BUS);
	expect_ok(bus_consumer_poll(consumer, 0, &batch));
	expect_fault(bus_consumer_store(consumer, &batch), FAULT_BUS);
	expect_int(fake_calls(FAKE_POLL), 4);
	expect_int(fake_calls(FAKE_STORE), 1);
	close_all();
}

TESTS("bus fake", TEST_CASE(feeds_messages_and_shows_what_came_of_them),
	TEST_CASE(starts_a_reader_where_the_test_says),
	TEST_CASE(aborts_at_the_step_that_was_named),
	TEST_CASE(leaves_a_commit_unclear_in_both_ways),
	TEST_CASE(expires_what_is_open_and_lets_its_owner_go_on), TEST_CASE(fences_for_good),
	TEST_CASE(answers_a_fault_at_the_call_that_was_counted))
