/*
 * The one loop over a real PostgreSQL and the fake bus, with the handlers of
 * payment (outbox) and inventory (Kafka transactions): what it does when the bus
 * aborts, loses its answer, or brings what nobody can read.
 */
#include "loop_desk.h"

#include <base/clock.h>
#include <bus/fake.h>
#include <testkit/testkit.h>

/* ---- outbox style ---- */

TEST(applies_a_batch_in_one_transaction_and_stores_the_offsets)
{
	struct desk desk;

	open_payment(&desk);
	for (int i = 0; i < 20; i++)
		feed_charge(&desk, 100 + i);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 20);
	expect_int(
		number(&desk, "SELECT count(*) FROM outbox WHERE type = 'PaymentSucceeded'"), 20);
	expect_int(number(&desk, "SELECT count(*) FROM inbox WHERE outcome = 'applied'"), 20);
	expect_int(number(&desk, "SELECT count(DISTINCT xmin::text) FROM inbox"), 1);
	expect(fake_committed("payment", "payment.requests", 0) >= 20);
	desk_close(&desk);
}

TEST(absorbs_what_is_delivered_again)
{
	struct desk desk;

	open_payment(&desk);
	for (int i = 0; i < 3; i++)
		feed_charge(&desk, 100);
	expect_ok(work(&desk, 5));
	fake_commit("payment", "payment.requests", 0, 0);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 3);
	expect_int(number(&desk, "SELECT count(*) FROM outbox"), 3);
	expect_int(number(&desk, "SELECT min(seen)::bigint FROM inbox"), 2);
	desk_close(&desk);
}

TEST(applies_an_event_once_that_stands_twice_in_a_batch)
{
	struct desk desk;
	struct bus_message twin;
	struct bus_header header;

	open_payment(&desk);
	feed_charge(&desk, 100);
	twin = fake_message("payment.requests", 0);
	expect(bus_header_find(&twin, "id", &header));
	fake_feed("payment.requests",
		&(struct bus_record){.key = twin.key,
			.key_size = twin.key_size,
			.value = twin.value,
			.value_size = twin.value_size,
			.headers = &header,
			.header_count = 1});
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM outbox"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 1);
	desk_close(&desk);
}

TEST(sends_what_cannot_be_read_to_the_dead_letters_and_goes_on)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2), other = uuid_make(3);
	struct bus_message letter, charge;

	open_payment(&desk);
	feed_charge(&desk, 100);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed("payment.requests", &id, &other, "\0\0\0\x7f\xff", 5);
	fake_feed("payment.requests", &(struct bus_record){.value = "x", .value_size = 1});
	feed_charge(&desk, 100);
	charge = fake_message("payment.requests", 0);
	feed("payment.requests", &id, &id, charge.value, charge.value_size);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 2);
	expect_int(fake_count("dlq.payment"), 4);
	letter = fake_message("dlq.payment", 0);
	expect_bytes(letter.value, letter.value_size, "rubbish", 7);
	expect_header("dlq.payment", 0, "dlq.class", "unreadable");
	expect_header("dlq.payment", 0, "dlq.topic", "payment.requests");
	expect_header("dlq.payment", 0, "dlq.partition", "0");
	expect_header("dlq.payment", 0, "dlq.offset", "1");
	expect_header("dlq.payment", 0, "dlq.group", "payment");
	expect_header("dlq.payment", 0, "dlq.attempts", "1");
	expect_header("dlq.payment", 2, "dlq.class", "missing_id");
	expect_header("dlq.payment", 3, "dlq.class", "wrong_key");
	expect(fake_committed("payment", "payment.requests", 0) >= 5);
	desk_close(&desk);
}

TEST(sends_a_dead_letter_once_although_its_transaction_is_aborted_first)
{
	struct desk desk;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed_charge(&desk, 100);
	fake_inject(FAKE_COMMIT, 0, BUS_ABORTED);
	expect_ok(work(&desk, 8));
	expect_int(fake_calls(FAKE_COMMIT), 2);
	expect_int(fake_count("dlq.payment"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 1);
	desk_close(&desk);
}

TEST(refuses_alone_what_the_database_refuses)
{
	struct desk desk;

	open_payment(&desk);
	feed_charge(&desk, 100);
	feed_refused(&desk);
	feed_charge(&desk, 100);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 2);
	expect_int(number(&desk, "SELECT count(*) FROM inbox WHERE outcome = 'poison'"), 1);
	expect_int(fake_count("dlq.payment"), 1);
	expect_header("dlq.payment", 0, "dlq.class", "database");
	desk_close(&desk);
}

static struct desk *order_desk;

static void place_order(void)
{
	meanwhile = NULL;
	expect_ok(store_execute(order_desk->store,
		"INSERT INTO orders (id, customer_id, payment_method, status, step, total_amount,"
		" sequence, version, deadline, created_at, updated_at) VALUES"
		" ('01890000-0000-7000-8000-000000000001', 'me', 'card_ok', 'Pending',"
		" 'awaiting_payment', 100, 2, 1, now(), now(), now());"
		"INSERT INTO order_item VALUES"
		" ('01890000-0000-7000-8000-000000000001', 0, 'sku-tea', 1, 100)"));
}

/* A commit can be read from the log a moment before it can be seen. */
TEST(waits_for_an_order_that_cannot_be_seen_yet)
{
	struct desk desk;
	struct uuid order_id;

	open_order(&desk);
	expect_ok(uuid_parse("01890000-0000-7000-8000-000000000001", 36, &order_id));
	feed_paid(&desk, &order_id, clock_now_us() / US_PER_MS);
	order_desk = &desk;
	meanwhile = place_order;
	fake_may_wait(true);
	expect_ok(work(&desk, 6));
	expect_int(fake_count("dlq.order"), 0);
	expect_int(number(&desk, "SELECT count(*) FROM orders WHERE step = 'awaiting_stock'"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM outbox"), 1);
	desk_close(&desk);
}

TEST(gives_up_an_answer_about_an_order_that_never_was)
{
	struct desk desk;
	struct uuid order_id = uuid_make(1);

	open_order(&desk);
	feed_paid(&desk, &order_id, clock_now_us() / US_PER_MS - 60000);
	expect_ok(work(&desk, 5));
	expect_int(fake_count("dlq.order"), 1);
	expect_header("dlq.order", 0, "dlq.reason", "refused: no such order");
	desk_close(&desk);
}

static struct desk *locked_desk;

static void unlock(void)
{
	meanwhile = NULL;
	expect_ok(store_execute(locked_desk->store, "COMMIT"));
}

TEST(tries_again_until_the_database_takes_it)
{
	struct desk desk;

	open_payment(&desk);
	feed_charge(&desk, 100);
	feed_charge(&desk, 200);
	expect_ok(store_execute(desk.store, "BEGIN; LOCK TABLE inbox"));
	desk.config.statement_timeout_ms = 50;
	locked_desk = &desk;
	meanwhile = unlock;
	meanwhile_left = 30;
	fake_may_wait(true);
	expect_ok(work(&desk, 45));
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 2);
	expect_int(number(&desk, "SELECT max(seen)::bigint FROM inbox"), 1);
	expect_int(fake_count("dlq.payment"), 0);
	expect_int(fake_committed("payment", "payment.requests", 0), 2);
	desk_close(&desk);
}

TEST(forgets_what_is_old_and_keeps_what_is_not)
{
	static const char *const sweep[] = {"idempotency_forget", NULL};
	struct desk desk;

	open_order(&desk);
	desk.sweep = sweep;
	expect_ok(store_execute(desk.store,
		"INSERT INTO inbox (event_id, topic, partition, \"offset\", received_at)"
		" SELECT gen_random_uuid(), 't', 0, n, now() - make_interval(days => n)"
		" FROM generate_series(1, 50) AS n;"
		"INSERT INTO idempotency"
		" SELECT 'key-' || n, '', gen_random_uuid(), 201, '', now() - make_interval(hours "
		"=> n)"
		" FROM generate_series(1, 30) AS n"));
	expect_ok(work(&desk, 12));
	expect_int(number(&desk, "SELECT count(*) FROM inbox"), 44);
	expect_int(number(&desk, "SELECT count(*) FROM idempotency"), 23);
	desk_close(&desk);
}

TEST(forgets_an_answer_with_its_request)
{
	struct desk desk;

	open_inventory(&desk);
	feed_reservation(&desk, 1);
	feed_reservation(&desk, 1);
	expect_ok(work(&desk, 5));
	expect_ok(store_execute(desk.store,
		"UPDATE inbox SET received_at = now() - interval '46 days';"
		"UPDATE answer SET occurred_at = now() - interval '46 days';"
		"UPDATE answer SET request_id = '01890000-0000-7000-8000-000000000001'"
		" WHERE request_id = (SELECT min(request_id::text)::uuid FROM answer)"));
	expect_ok(work(&desk, 12));
	expect_int(number(&desk, "SELECT count(*) FROM inbox"), 0);
	expect_int(number(&desk, "SELECT count(*) FROM answer"), 1);
	desk_close(&desk);
}

TEST(tells_of_a_message_too_large_for_a_dead_letter)
{
	struct desk desk;
	size_t size = BUS_MESSAGE_SIZE_MAX + 1;
	struct uuid id = uuid_make(1), order_id = uuid_make(2);
	struct arena *zeros ARENA_CLEAN = arena_create(0);
	struct bus_message letter;

	open_payment(&desk);
	feed("payment.requests", &id, &order_id, "rubbish", 7);
	feed("payment.requests", &id, &order_id, arena_alloc(zeros, size), size);
	feed_charge(&desk, 100);
	expect_ok(work(&desk, 5));
	expect_int(fake_count("dlq.payment"), 2);
	letter = fake_message("dlq.payment", 1);
	expect(!letter.value);
	expect_int(letter.key_size, UUID_TEXT_SIZE - 1);
	expect_header("dlq.payment", 1, "dlq.class", "too_large");
	expect_header("dlq.payment", 1, "dlq.omitted", "value");
	expect_int(number(&desk, "SELECT count(*) FROM parked_message"), 0);
	expect_int(number(&desk, "SELECT count(*) FROM payment_transaction"), 1);
	desk_close(&desk);
}

/* ---- Kafka transactions ---- */

TEST(publishes_answers_and_offsets_in_one_transaction)
{
	struct desk desk;

	open_inventory(&desk);
	feed_reservation(&desk, 4);
	feed_reservation(&desk, 7);
	expect_ok(work(&desk, 5));
	expect_int(fake_count("inventory.events"), 2);
	expect_header("inventory.events", 0, "type", "InventoryReserved");
	expect_header("inventory.events", 1, "type", "InventoryFailed");
	expect_int(fake_committed("inventory", "inventory.requests", 0), 2);
	expect_int(number(&desk, "SELECT on_hand FROM stock"), 6);
	desk_close(&desk);
}

TEST(answers_once_when_the_transaction_was_aborted)
{
	struct desk desk;

	open_inventory(&desk);
	feed_reservation(&desk, 4);
	fake_inject(FAKE_COMMIT, 0, BUS_ABORTED);
	expect_ok(work(&desk, 8));
	expect_int(fake_calls(FAKE_COMMIT), 2);
	expect_int(fake_count("inventory.events"), 1);
	expect_int(number(&desk, "SELECT on_hand FROM stock"), 6);
	desk_close(&desk);
}

TEST(answers_once_when_nobody_knows_whether_it_was_committed)
{
	struct desk desk;

	open_inventory(&desk);
	feed_reservation(&desk, 4);
	fake_inject(FAKE_COMMITTED, 0, BUS_RECREATED);
	expect_ok(work(&desk, 8));
	expect_int(fake_count("inventory.events"), 1);
	feed_reservation(&desk, 1);
	fake_inject(FAKE_COMMIT, 0, BUS_RECREATED);
	expect_ok(work(&desk, 8));
	expect_int(fake_count("inventory.events"), 2);
	expect_int(number(&desk, "SELECT on_hand FROM stock"), 5);
	desk_close(&desk);
}

/* Ends between the two commits; the next one sends what was stored, under the same id. */
TEST(sends_the_stored_answer_after_an_end_between_the_commits)
{
	struct desk desk;
	char id[UUID_TEXT_SIZE];
	struct store_result *rows = NULL;
	struct uuid answer;

	open_inventory(&desk);
	feed_reservation(&desk, 4);
	fake_inject(FAKE_BEGIN, 0, FAULT_STATE);
	expect_fault(work(&desk, 8), FAULT_STATE);
	expect_int(fake_count("inventory.events"), 0);
	expect_int(number(&desk, "SELECT on_hand FROM stock"), 6);

	expect_ok(work(&desk, 8));
	expect_int(fake_count("inventory.events"), 1);
	expect_ok(store_execute(desk.store, "PREPARE answer_id AS SELECT id FROM answer"));
	store_queue(desk.store, "answer_id", NULL);
	expect_ok(store_run(desk.store, &rows, 1));
	answer = store_get_uuid(rows, 0, 0);
	expect_header("inventory.events", 0, "id", uuid_format(&answer, id));
	expect_int(number(&desk, "SELECT on_hand FROM stock"), 6);
	store_results_free(&rows, 1);
	desk_close(&desk);
}

TEST(tries_again_until_the_broker_is_back)
{
	struct desk desk;

	open_inventory(&desk);
	fake_may_wait(true);
	feed_reservation(&desk, 4);
	for (int i = 0; i < 3; i++)
		fake_inject(FAKE_PRODUCE, i, FAULT_BUS);
	expect_ok(work(&desk, 20));
	expect_int(fake_count("inventory.events"), 1);
	expect_int(fake_committed("inventory", "inventory.requests", 0), 1);
	desk_close(&desk);
}

TESTS("loop", TEST_CASE(applies_a_batch_in_one_transaction_and_stores_the_offsets),
	TEST_CASE(absorbs_what_is_delivered_again),
	TEST_CASE(applies_an_event_once_that_stands_twice_in_a_batch),
	TEST_CASE(sends_what_cannot_be_read_to_the_dead_letters_and_goes_on),
	TEST_CASE(sends_a_dead_letter_once_although_its_transaction_is_aborted_first),
	TEST_CASE(refuses_alone_what_the_database_refuses),
	TEST_CASE(waits_for_an_order_that_cannot_be_seen_yet),
	TEST_CASE(gives_up_an_answer_about_an_order_that_never_was),
	TEST_CASE(tries_again_until_the_database_takes_it),
	TEST_CASE(forgets_what_is_old_and_keeps_what_is_not),
	TEST_CASE(forgets_an_answer_with_its_request),
	TEST_CASE(tells_of_a_message_too_large_for_a_dead_letter),
	TEST_CASE(publishes_answers_and_offsets_in_one_transaction),
	TEST_CASE(answers_once_when_the_transaction_was_aborted),
	TEST_CASE(answers_once_when_nobody_knows_whether_it_was_committed),
	TEST_CASE(sends_the_stored_answer_after_an_end_between_the_commits),
	TEST_CASE(tries_again_until_the_broker_is_back))
