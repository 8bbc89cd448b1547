/*
 * The whole loop against a server and a cluster in memory: whatever goes wrong in
 * whatever order, the topics hold every committed row once, in commit order, and
 * the slot never hears of more than Kafka holds (the fake store sees to that).
 */
#include "relay.h"

#include "fake_store.h"

#include <base/fault.h>
#include <base/log.h>
#include <bus/fake.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define GROUP "relay.order"
#define POSITIONS "relay.positions"
#define SEEDS 400

static const char *const topics[] = {"order.events", "payment.requests", NULL};
static struct store_config store;
static struct relay_config config;

static void begin(void)
{
	log_init("test", LOG_ERROR);
	fake_reset();
	fake_may_wait(false);
	fake_topic("order.events", 1);
	fake_topic("payment.requests", 3);
	fake_topic(POSITIONS, 1);
	fake_store_reset(GROUP);
	config = (struct relay_config){
		.source = "order",
		.slot = "relay_order",
		.publication = "outbox",
		.topics = topics,
		.bootstrap = "fake",
		.store = &store,
		.batch_events_max = 10,
		.batch_bytes_max = 1 << 20,
		.batch_ms_max = 1000,
		.idle_ms = 1000,
		.transaction_timeout_ms = 15000,
		.lanes = 2,
	};
}

/* As a process does it: from nothing to the end. */
static int run(void)
{
	struct relay *relay = relay_create(&config);
	int r;

	fake_store_stop_after(2);
	r = relay_run(relay);
	relay_destroy(relay);
	return r;
}

static long sequence_of(const struct bus_message *message)
{
	struct bus_header header;
	char text[24] = "";

	expect(bus_header_find(message, "sequence", &header));
	expect(header.size < sizeof(text));
	memcpy(text, header.value, header.size);
	return strtol(text, NULL, 10);
}

/* Every row once, rising in each partition; nothing else. */
static void expect_all_published(void)
{
	bool seen[1 << 16] = {false};
	size_t count = 0;

	for (int t = 0; topics[t]; t++) {
		long latest[3] = {0};

		for (size_t i = 0; i < fake_count(topics[t]); i++) {
			struct bus_message message = fake_message(topics[t], i);
			long sequence = sequence_of(&message);

			expect(sequence > latest[message.partition]);
			expect(!seen[sequence]);
			latest[message.partition] = sequence;
			seen[sequence] = true;
			count++;
		}
	}
	expect_int(count, fake_store_rows());
}

static void expect_position(lsn_t lsn)
{
	expect_int(fake_committed(GROUP, POSITIONS, 0), lsn);
	expect_int(fake_store_source()->confirmed_lsn, lsn);
}

TEST(publishes_rows_as_they_were_written)
{
	struct bus_header header;
	struct bus_message message;
	lsn_t end;

	begin();
	fake_store_transaction("order.events", 2);
	end = fake_store_transaction("order.events", 1);
	expect_ok(run());
	expect_all_published();
	expect_position(end);
	message = fake_message("order.events", 0);
	expect_bytes(message.key, message.key_size, "key-1", 5);
	expect_bytes(message.value, message.value_size, "payload", 7);
	expect(bus_header_find(&message, "id", &header));
	expect_bytes(header.value, header.size, "00000000-0000-0000-0000-000000000001", 36);
	expect(bus_header_find(&message, "type", &header));
	expect_bytes(header.value, header.size, "Tested", 6);
	expect(!bus_header_find(&message, "traceparent", &header));
	/* occurred_at is not there: the commit's time. 2000 is 946,684,800 s after 1970. */
	expect_int(message.timestamp_ms, INT64_C(946684800000) + INT64_C(800000000000));
}

TEST(keeps_whole_transactions_together_beyond_the_size_of_a_batch)
{
	begin();
	fake_store_transaction("order.events", 95);
	expect_ok(run());
	expect_all_published();
	expect_int(fake_calls(FAKE_COMMIT), 1);
}

TEST(ends_a_batch_behind_a_transaction_when_it_is_full)
{
	begin();
	for (int i = 0; i < 8; i++)
		fake_store_transaction("order.events", 4);
	expect_ok(run());
	expect_all_published();
	/* 12, 12 and 8 rows. */
	expect_int(fake_calls(FAKE_COMMIT), 3);
}

/* A hold-up first, then rows that always come just before the relay would stop waiting. */
TEST(does_not_keep_a_live_stream_waiting_for_more)
{
	begin();
	config.batch_events_max = 10000;
	fake_store_transaction("order.events", 150);
	fake_store_keep_writing("order.events", 500);
	expect_ok(run());
	expect_all_published();
	expect(fake_calls(FAKE_COMMIT) > 400);
}

TEST(goes_on_behind_the_last_commit_when_started_again)
{
	begin();
	fake_store_transaction("order.events", 3);
	expect_ok(run());
	fake_store_transaction("payment.requests", 7);
	expect_ok(run());
	expect_ok(run());
	expect_all_published();
}

TEST(reads_again_what_a_broken_stream_left_open)
{
	begin();
	fake_store_transaction("order.events", 5);
	fake_store_transaction("order.events", 5);
	fake_store_break_after(5);
	expect_ok(run());
	expect_all_published();
	expect_int(fake_store_opened_streams(), 2);
}

TEST(goes_on_in_the_middle_of_a_backlog_when_the_stream_broke)
{
	begin();
	for (int i = 0; i < 100; i++)
		fake_store_transaction(topics[i % 2], 1 + (size_t)i % 4);
	fake_store_break_after(250);
	expect_ok(run());
	expect_all_published();
	expect_int(fake_store_opened_streams(), 2);
}

TEST(does_again_what_was_aborted)
{
	begin();
	fake_store_transaction("order.events", 5);
	fake_inject(FAKE_COMMIT, 0, BUS_ABORTED);
	expect_ok(run());
	expect_all_published();
}

TEST(does_again_what_an_unclear_commit_did_not_do)
{
	begin();
	fake_store_transaction("order.events", 5);
	fake_inject(FAKE_COMMIT, 0, BUS_RECREATED);
	expect_ok(run());
	expect_all_published();
}

TEST(does_not_do_again_what_an_unclear_commit_did)
{
	begin();
	fake_store_transaction("order.events", 5);
	fake_inject(FAKE_COMMITTED, 0, BUS_RECREATED);
	expect_ok(run());
	expect_all_published();
}

TEST(waits_out_a_broker_that_is_away)
{
	begin();
	fake_store_transaction("order.events", 5);
	fake_inject(FAKE_CREATE, 0, FAULT_BUS);
	fake_inject(FAKE_READ, 0, FAULT_BUS);
	fake_inject(FAKE_PRODUCE, 2, FAULT_BUS);
	expect_ok(run());
	expect_all_published();
}

TEST(leaves_when_another_has_taken_over)
{
	begin();
	fake_store_transaction("order.events", 5);
	fake_inject(FAKE_POSITIONS, 0, FAULT_STATE);
	expect_int(run(), RELAY_FENCED);
	expect_int(fake_count("order.events"), 0);
	expect_int(fake_committed(GROUP, POSITIONS, 0), -1);
	expect_ok(run());
	expect_all_published();
}

TEST(stops_at_a_row_for_a_topic_that_is_not_its_own)
{
	lsn_t good;

	begin();
	config.batch_events_max = 1;
	good = fake_store_transaction("order.events", 1);
	fake_store_transaction("payment.events", 1);
	expect_fault(run(), FAULT_INPUT);
	expect(strstr(fault_text(), "payment.events") != NULL);
	expect_int(fake_count("order.events"), 1);
	expect_position(good);
	/* Nor does it get past it the next time. */
	expect_fault(run(), FAULT_INPUT);
	expect_position(good);
}

TEST(moves_its_position_along_while_nothing_is_published)
{
	begin();
	config.idle_ms = 0;
	fake_store_noise(0x10000);
	expect_ok(run());
	expect_position(fake_store_source()->current_lsn);
}

TEST(leaves_its_position_alone_until_it_is_time)
{
	begin();
	fake_store_noise(0x10000);
	expect_ok(run());
	expect_int(fake_committed(GROUP, POSITIONS, 0), -1);
}

TEST(moves_early_when_an_idle_slot_would_pin_much)
{
	begin();
	fake_store_noise(17 << 20);
	expect_ok(run());
	expect_position(fake_store_source()->current_lsn);
}

TEST(refuses_a_position_behind_the_slot)
{
	begin();
	fake_store_transaction("order.events", 1);
	expect_ok(run());
	fake_commit(GROUP, POSITIONS, 0, 0x0fff);
	expect_fault(run(), FAULT_STATE);
}

TEST(refuses_a_slot_that_another_reader_does_not_leave)
{
	begin();
	fake_store_source()->active_pid = 99;
	config.slot_wait_ms_max = 0;
	expect_fault(run(), FAULT_STATE);
	expect(strstr(fault_text(), "99") != NULL);
}

TEST(adopts_the_position_of_the_slot_when_told)
{
	struct relay *relay;

	begin();
	fake_store_transaction("order.events", 1);
	expect_ok(run());
	fake_commit(GROUP, POSITIONS, 0, 0x0fff);
	relay = relay_create(&config);
	expect_ok(relay_adopt(relay));
	relay_destroy(relay);
	fake_store_transaction("order.events", 2);
	expect_ok(run());
	expect_all_published();
}

static unsigned draw(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

/* Something goes wrong somewhere; FAULT_LIMIT stands for a death, for it ends the run. */
static void inject_something(unsigned *seed)
{
	static const struct {
		enum fake_step step;
		int result;
	} troubles[] = {
		{FAKE_CREATE, FAULT_BUS},
		{FAKE_READ, FAULT_BUS},
		{FAKE_BEGIN, FAULT_BUS},
		{FAKE_BEGIN, BUS_RECREATED},
		{FAKE_PRODUCE, BUS_ABORTED},
		{FAKE_PRODUCE, FAULT_BUS},
		{FAKE_PRODUCE, FAULT_LIMIT},
		{FAKE_POSITIONS, BUS_ABORTED},
		{FAKE_POSITIONS, FAULT_LIMIT},
		{FAKE_COMMIT, BUS_ABORTED},
		{FAKE_COMMIT, BUS_RECREATED},
		{FAKE_COMMIT, FAULT_LIMIT},
		{FAKE_COMMITTED, BUS_RECREATED},
		{FAKE_COMMITTED, FAULT_LIMIT},
		{FAKE_COMMITTED, FAULT_STATE},
	};
	unsigned which = draw(seed, sizeof(troubles) / sizeof(troubles[0]));

	fake_inject(troubles[which].step, (int)draw(seed, 12), troubles[which].result);
}

static void one_seed(unsigned seed)
{
	begin();
	config.lanes = 1 + (int)draw(&seed, 2);
	config.batch_events_max = 1 + draw(&seed, 20);
	config.idle_ms = draw(&seed, 2) ? 0 : 1000;
	for (int round = 0; round < 12; round++) {
		for (unsigned n = draw(&seed, 10); n > 0; n--)
			fake_store_transaction(topics[draw(&seed, 2)], draw(&seed, 6));
		fake_store_noise(draw(&seed, 100));
		for (unsigned n = draw(&seed, 3); n > 0; n--)
			inject_something(&seed);
		fake_store_break_after(draw(&seed, 60));
		(void)run();
	}
	fake_store_break_after(0);
	/* What was injected and not reached may still come: until a run is clean. */
	for (int i = 0; i < 50 && run() != 0; i++)
		;
	fake_store_transaction("order.events", 1);
	for (int i = 0; i < 50 && run() != 0; i++)
		;
	expect_all_published();
}

TEST(survives_any_order_of_faults)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		one_seed(seed);
}

TESTS("relay", TEST_CASE(publishes_rows_as_they_were_written),
	TEST_CASE(keeps_whole_transactions_together_beyond_the_size_of_a_batch),
	TEST_CASE(ends_a_batch_behind_a_transaction_when_it_is_full),
	TEST_CASE(does_not_keep_a_live_stream_waiting_for_more),
	TEST_CASE(goes_on_behind_the_last_commit_when_started_again),
	TEST_CASE(reads_again_what_a_broken_stream_left_open),
	TEST_CASE(goes_on_in_the_middle_of_a_backlog_when_the_stream_broke),
	TEST_CASE(does_again_what_was_aborted),
	TEST_CASE(does_again_what_an_unclear_commit_did_not_do),
	TEST_CASE(does_not_do_again_what_an_unclear_commit_did),
	TEST_CASE(waits_out_a_broker_that_is_away), TEST_CASE(leaves_when_another_has_taken_over),
	TEST_CASE(stops_at_a_row_for_a_topic_that_is_not_its_own),
	TEST_CASE(moves_its_position_along_while_nothing_is_published),
	TEST_CASE(leaves_its_position_alone_until_it_is_time),
	TEST_CASE(moves_early_when_an_idle_slot_would_pin_much),
	TEST_CASE(refuses_a_position_behind_the_slot),
	TEST_CASE(refuses_a_slot_that_another_reader_does_not_leave),
	TEST_CASE(adopts_the_position_of_the_slot_when_told),
	TEST_CASE(survives_any_order_of_faults))
