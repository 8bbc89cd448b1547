/*
 * Keys that wait behind a dead letter: what is parked, what flows on, what an end
 * in between leaves, and how a key is released. The one loop over a real
 * PostgreSQL and the fake bus.
 */
#include "loop_desk.h"

#include "payment/handle.h"

#include <base/clock.h>
#include <bus/fake.h>
#include <pthread.h>
#include <runtime/parking.h>
#include <testkit/testkit.h>

/* A key with rubbish in front: its charge waits, another key's does not. */
TEST(parks_what_comes_behind_a_dead_letter_of_the_same_key_and_nothing_else)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 100);
	feed_charge(&desk, 200);
	expect_ok(work(&desk, 5));
	feed_charge_of(&desk, &order_id, 300);
	feed_charge(&desk, 400);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 2);
	expect_int(number(&desk, "SELECT sum(amount)::bigint FROM payment_transaction"), 600);
	expect_int(number(&desk, "SELECT count(*) FROM inbox WHERE outcome = 'parked'"), 2);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 2);
	expect_int(number(&desk, "SELECT \"offset\" FROM parked_key"), 0);
	expect_int(fake_count("dlq.payment"), 1);
	expect(fake_committed("payment", "payment.requests", 0) >= 5);
	desk_close(&desk);
}

TEST(a_refused_message_makes_its_key_wait_within_the_batch)
{
	struct desk desk;
	struct uuid order_id = uuid_make(2);

	open_payment(&desk);
	feed_charge_of(&desk, &order_id, -1);
	feed_charge_of(&desk, &order_id, 100);
	feed_charge(&desk, 200);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT sum(amount)::bigint FROM payment_transaction"), 200);
	expect_int(number(&desk, "SELECT count(*) FROM inbox WHERE outcome = 'poison'"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 1);
	expect_int(number(&desk,
			   "SELECT count(*) FROM parked_key JOIN inbox USING (event_id)"
			   " WHERE outcome = 'poison'"),
		1);
	desk_close(&desk);
}

TEST(what_the_database_refuses_makes_its_key_wait)
{
	struct desk desk;
	struct uuid order_id;

	open_payment(&desk);
	order_id = feed_refused(&desk);
	feed_charge_of(&desk, &order_id, 100);
	feed_charge(&desk, 200);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT sum(amount)::bigint FROM payment_transaction"), 200);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 1);
	expect_header("dlq.payment", 0, "dlq.class", "database");
	expect_header("dlq.payment", 0, "dlq.attempts", "2");
	desk_close(&desk);
}

/* The process ends between the two commits: the front is a dead letter once more, nothing else. */
TEST(an_end_before_the_dead_letter_was_published_changes_nothing)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2), other = uuid_make(3);

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 100);
	feed("payment.requests", &id, &order_id, "more rubbish", 12);
	feed_charge_of(&desk, &other, -1);
	feed_charge_of(&desk, &other, 200);
	feed_charge(&desk, 300);
	fake_inject(FAKE_BEGIN, 0, FAULT_STATE);
	expect_fault(work(&desk, 8), FAULT_STATE);
	expect_int(fake_count("dlq.payment"), 0);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 3);
	expect_ok(work(&desk, 8));
	expect_int(fake_count("dlq.payment"), 2);
	expect_header("dlq.payment", 0, "dlq.offset", "0");
	expect_header("dlq.payment", 1, "dlq.offset", "3");
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 3);
	expect_int(number(&desk, "SELECT sum(amount)::bigint FROM payment_transaction"), 300);
	desk_close(&desk);
}

static void rewind_payment(struct desk *desk)
{
	fake_commit("payment", "payment.requests", 0, 0);
	expect_ok(work(desk, 5));
}

TEST(a_dead_letter_that_is_read_again_is_not_sent_again)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2), other = uuid_make(3);

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 100);
	feed_charge_of(&desk, &other, -1);
	expect_ok(work(&desk, 5));
	expect_int(fake_count("dlq.payment"), 2);
	expect_int(fake_committed("payment.published", "payment.requests", 0), 3);
	rewind_payment(&desk);
	expect_int(fake_count("dlq.payment"), 2);
	expect_int(fake_committed("payment", "payment.requests", 0), 3);
	expect_int(number(&desk, "SELECT count(*) FROM parked_key"), 2);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 1);
	desk_close(&desk);
}

TEST(a_dead_letter_that_nobody_knows_any_more_is_a_new_one)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2), other = uuid_make(3);

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &other, -1);
	fake_feed("payment.requests", &(struct bus_record){.value = "x", .value_size = 1});
	expect_ok(work(&desk, 5));
	expect_int(fake_count("dlq.payment"), 3);
	expect_ok(store_execute(desk.store, "TRUNCATE parked_key, parked_message, inbox"));
	rewind_payment(&desk);
	expect_int(fake_count("dlq.payment"), 6);
	expect_int(number(&desk, "SELECT count(*) FROM parked_key"), 2);
	rewind_payment(&desk);
	expect_int(fake_count("dlq.payment"), 7);
	desk_close(&desk);
}

TEST(a_message_of_the_waiting_key_delivered_again_is_absorbed)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);

	open_payment(&desk);
	feed_charge_of(&desk, &order_id, 100);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 200);
	expect_ok(work(&desk, 5));
	fake_commit("payment", "payment.requests", 0, 0);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 1);
	expect_int(number(&desk, "SELECT sum(amount)::bigint FROM payment_transaction"), 100);
	expect_int(number(&desk, "SELECT count(*) FROM inbox WHERE outcome = 'parked'"), 1);
	desk_close(&desk);
}

TEST(a_message_without_a_key_makes_nothing_wait)
{
	struct desk desk;

	open_payment(&desk);
	fake_feed("payment.requests", &(struct bus_record){.value = "x", .value_size = 1});
	fake_feed("payment.requests", &(struct bus_record){.value = "y", .value_size = 1});
	expect_ok(work(&desk, 5));
	expect_int(fake_count("dlq.payment"), 2);
	expect_int(number(&desk, "SELECT count(*) FROM parked_key"), 0);
	desk_close(&desk);
}

TEST(parks_for_a_service_that_publishes_nothing)
{
	struct handler silent = payment_handler;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);
	struct desk desk;

	open_payment(&desk);
	silent.publish = PUBLISH_NOTHING;
	desk.handler = &silent;
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 100);
	feed_charge(&desk, 200);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT sum(amount)::bigint FROM payment_transaction"), 200);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 1);
	expect_int(fake_count("dlq.payment"), 1);
	expect_int(fake_committed("payment", "payment.requests", 0), 3);
	desk_close(&desk);
}

TEST(parks_a_transactional_services_request_without_an_answer)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);

	open_inventory(&desk);
	feed("inventory.requests", &id, &order_id, "rubbish", 7);
	feed_reservation_of(&desk, &order_id, 4);
	feed_reservation(&desk, 3);
	fake_inject(FAKE_COMMIT, 0, BUS_ABORTED);
	expect_ok(work(&desk, 8));
	expect_int(fake_count("dlq.inventory"), 1);
	expect_int(fake_count("inventory.events"), 1);
	expect_int(number(&desk, "SELECT on_hand FROM stock"), 7);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 1);
	expect_int(fake_committed("inventory", "inventory.requests", 0), 3);
	desk_close(&desk);
}

/* Publishes what was handed out to where it came from, as "replay dlq" does. */
static void publish_again(const struct parked *parked, const struct uuid *order_id)
{
	char key[UUID_TEXT_SIZE];

	for (size_t i = 0; i < parked->count; i++)
		fake_feed(parked->messages[i].topic,
			&(struct bus_record){.partition = parked->messages[i].partition,
				.key = uuid_format(order_id, key),
				.key_size = UUID_TEXT_SIZE - 1,
				.value = parked->messages[i].payload,
				.value_size = parked->messages[i].payload_size,
				.headers = parked->messages[i].headers,
				.header_count = parked->messages[i].header_count});
}

TEST(a_released_key_goes_on_in_order)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);
	char key[UUID_TEXT_SIZE];
	struct parked parked;

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 100);
	feed_refund_of(&desk, &order_id, 100);
	expect_ok(work(&desk, 5));
	uuid_format(&order_id, key);
	expect_ok(parking_take(desk.store, desk.arena, key, UUID_TEXT_SIZE - 1, &parked));
	expect_int(parked.count, 2);
	expect_text(parked.topic, "payment.requests");
	expect_int(parked.offset, 0);
	publish_again(&parked, &order_id);
	expect_ok(parking_commit(desk.store));
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM payment WHERE status = 'Refunded'"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 2);
	expect_int(number(&desk, "SELECT count(*) FROM parked_key"), 0);
	expect_int(fake_count("dlq.payment"), 1);
	expect_int(parking_take(desk.store, desk.arena, key, UUID_TEXT_SIZE - 1, &parked),
		PARKING_NO_SUCH_KEY);
	desk_close(&desk);
}

/* Published but not committed: the key still waits, what was published is absorbed. */
TEST(a_release_that_ends_halfway_is_done_again)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);
	char key[UUID_TEXT_SIZE];
	struct parked parked;

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge_of(&desk, &order_id, 100);
	expect_ok(work(&desk, 5));
	uuid_format(&order_id, key);
	for (int commits = 0; commits < 2; commits++) {
		expect_ok(parking_take(desk.store, desk.arena, key, UUID_TEXT_SIZE - 1, &parked));
		expect_int(parked.count, 1);
		publish_again(&parked, &order_id);
		if (commits)
			expect_ok(parking_commit(desk.store));
		else
			store_rollback(desk.store);
		expect_ok(work(&desk, 5));
	}
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 0);
	desk_close(&desk);
}

static void *work_in_thread(void *desk)
{
	expect_ok(work(desk, 5));
	return NULL;
}

/* The loop reads what was published before the release is committed, and must not park it again. */
TEST(waits_for_a_release_that_is_under_way)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);
	char key[UUID_TEXT_SIZE];
	struct store *release;
	struct parked parked;
	pthread_t thread;

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed("payment.requests", &id, &order_id, "rubbish too", 11);
	expect_ok(work(&desk, 5));
	uuid_format(&order_id, key);
	release = store_create(&desk.config);
	expect_ok(parking_take(release, desk.arena, key, UUID_TEXT_SIZE - 1, &parked));
	publish_again(&parked, &order_id);
	pthread_create(&thread, NULL, work_in_thread, &desk);
	while (number(&desk,
		       "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
		       " AND datname = current_database()") == 0)
		;
	expect_int(fake_count("dlq.payment"), 1);
	expect_ok(parking_commit(release));
	pthread_join(thread, NULL);
	store_destroy(release);
	expect_int(fake_count("dlq.payment"), 2);
	expect_header("dlq.payment", 1, "dlq.class", "unreadable");
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 0);
	expect_int(number(&desk, "SELECT \"offset\" FROM parked_key"), 2);
	desk_close(&desk);
}

TESTS("parking", TEST_CASE(parks_what_comes_behind_a_dead_letter_of_the_same_key_and_nothing_else),
	TEST_CASE(a_refused_message_makes_its_key_wait_within_the_batch),
	TEST_CASE(what_the_database_refuses_makes_its_key_wait),
	TEST_CASE(an_end_before_the_dead_letter_was_published_changes_nothing),
	TEST_CASE(a_dead_letter_that_is_read_again_is_not_sent_again),
	TEST_CASE(a_dead_letter_that_nobody_knows_any_more_is_a_new_one),
	TEST_CASE(a_message_of_the_waiting_key_delivered_again_is_absorbed),
	TEST_CASE(a_message_without_a_key_makes_nothing_wait),
	TEST_CASE(parks_for_a_service_that_publishes_nothing),
	TEST_CASE(parks_a_transactional_services_request_without_an_answer),
	TEST_CASE(a_released_key_goes_on_in_order),
	TEST_CASE(a_release_that_ends_halfway_is_done_again),
	TEST_CASE(waits_for_a_release_that_is_under_way))
