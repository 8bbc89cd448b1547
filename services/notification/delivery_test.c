/*
 * What a sender takes and writes down, on a real PostgreSQL: the statements of
 * sql/delivery.sql between two senders that meet.
 */
#include "notification_sql.h"

#include <stdio.h>
#include <store/store.h>
#include <string.h>
#include <testkit/testkit.h>

#define LONG_MS 600000

struct desk {
	struct store_config config;
	struct store *store, *other;
	struct arena *arena;
};

static struct store *open_store(const struct store_config *config)
{
	struct store *store = store_create(config);

	expect_ok(store_ready(store));
	return store;
}

static void desk_open(struct desk *desk)
{
	static const char *const scripts[] = {sql_delivery, NULL};
	struct store *bare;
	int applied;

	*desk = (struct desk){.arena = arena_create(1 << 20)};
	desk->config = (struct store_config){.url = testkit_database_url(),
		.application = "delivery_test",
		.connect_timeout_ms = 5000,
		.statement_timeout_ms = 5000};
	bare = open_store(&desk->config);
	expect_ok(store_migrate(bare, notification_migrations, &applied));
	store_destroy(bare);
	desk->config.scripts = scripts;
	desk->store = open_store(&desk->config);
	desk->other = open_store(&desk->config);
}

static void desk_close(struct desk *desk)
{
	store_destroy(desk->store);
	store_destroy(desk->other);
	arena_destroy(desk->arena);
}

/* @count notifications that are due, of orders whose customer is known. */
static void notify(struct desk *desk, int count)
{
	char sql[600];

	snprintf(sql, sizeof(sql),
		"WITH made AS (INSERT INTO notification (event_id, order_id, type, subject, body,"
		" created_at, due_at) SELECT gen_random_uuid(), gen_random_uuid(), "
		"'OrderCompleted',"
		" 's', 'b', now(), now() FROM generate_series(1, %d) RETURNING order_id)"
		" INSERT INTO customer_order (order_id, customer_id) SELECT order_id, 'me' FROM "
		"made",
		count);
	expect_ok(store_execute(desk->store, sql));
}

struct taken {
	size_t count;
	struct uuid event_id; /* of the first */
	int attempt;
};

static struct taken take(struct desk *desk, struct store *store, int limit, int64_t for_ms)
{
	struct store_params *params = store_params_create(desk->arena);
	struct store_result *rows = NULL;
	struct taken taken = {0};

	store_add_int(params, limit);
	store_add_long(params, for_ms);
	store_queue(store, "delivery_take", params);
	expect_ok(store_run(store, &rows, 1));
	taken.count = store_rows(rows);
	if (taken.count > 0) {
		taken.event_id = store_get_uuid(rows, 0, 0);
		taken.attempt = store_get_int(rows, 0, 5);
	}
	store_results_free(&rows, 1);
	return taken;
}

static void record(struct desk *desk, const struct taken *taken, const char *outcome,
	const char *status, int64_t pause_ms)
{
	struct store_params *params = store_params_create(desk->arena);

	store_push_uuid(store_add_array(params, STORE_UUID), &taken->event_id);
	store_push_int(store_add_array(params, STORE_INT), taken->attempt);
	store_push_text(store_add_array(params, STORE_TEXT), "me@customers.example");
	store_push_text(store_add_array(params, STORE_TEXT), outcome);
	store_push_text(store_add_array(params, STORE_TEXT), "in words");
	store_push_text(store_add_array(params, STORE_TEXT), status);
	store_push_long(store_add_array(params, STORE_LONG), pause_ms);
	store_queue(desk->store, "delivery_record", params);
	expect_ok(store_run(desk->store, NULL, 0));
}

/* The sender that took it is held up past its time. */
static void hold_up(struct desk *desk)
{
	expect_ok(store_execute(desk->store, "UPDATE notification SET due_at = now()"));
}

/* "Sent 2: 1 Repeated, 2 Sent": the notification and its attempts. */
static void expect_log(struct desk *desk, const char *want)
{
	struct store_result *rows = NULL;

	expect_ok(store_execute(desk->other,
		"PREPARE log AS SELECT status || ' ' || attempts || ': ' ||"
		" (SELECT string_agg(attempt || ' ' || coalesce(outcome, '-'), ', ' ORDER BY "
		"attempt)"
		"  FROM delivery_attempt) FROM notification"));
	store_queue(desk->other, "log", NULL);
	expect_ok(store_run(desk->other, &rows, 1));
	expect_text(store_get_text(rows, 0, 0), want);
	store_results_free(&rows, 1);
}

TEST(two_senders_at_once_never_take_the_same)
{
	struct desk desk;

	desk_open(&desk);
	notify(&desk, 5);
	expect_ok(store_execute(desk.store, "BEGIN"));
	expect_int(take(&desk, desk.store, 3, LONG_MS).count, 3);
	expect_int(take(&desk, desk.other, 5, LONG_MS).count, 2);
	expect_ok(store_execute(desk.store, "COMMIT"));
	expect_int(take(&desk, desk.other, 5, LONG_MS).count, 0);
	desk_close(&desk);
}

TEST(what_was_taken_and_never_settled_is_taken_again_when_its_time_is_up)
{
	struct desk desk;

	desk_open(&desk);
	notify(&desk, 1);
	expect_int(take(&desk, desk.store, 1, LONG_MS).attempt, 1);
	expect_int(take(&desk, desk.other, 1, LONG_MS).count, 0);
	hold_up(&desk);
	expect_int(take(&desk, desk.other, 1, LONG_MS).attempt, 2);
	expect_log(&desk, "Pending 2: 1 -, 2 -");
	desk_close(&desk);
}

TEST(what_was_sent_is_never_taken_again)
{
	struct desk desk;
	struct taken taken;

	desk_open(&desk);
	notify(&desk, 1);
	taken = take(&desk, desk.store, 1, LONG_MS);
	record(&desk, &taken, "Sent", "Sent", 0);
	expect_int(take(&desk, desk.other, 1, LONG_MS).count, 0);
	expect_log(&desk, "Sent 1: 1 Sent");
	desk_close(&desk);
}

TEST(what_was_sent_twice_is_recorded_as_sent_once)
{
	struct desk desk;
	struct taken first, second;

	desk_open(&desk);
	notify(&desk, 1);
	first = take(&desk, desk.store, 1, LONG_MS);
	hold_up(&desk);
	second = take(&desk, desk.other, 1, LONG_MS);
	record(&desk, &second, "Sent", "Sent", 0);
	record(&desk, &first, "Sent", "Sent", 0);
	expect_log(&desk, "Sent 2: 1 Repeated, 2 Sent");
	desk_close(&desk);
}

TEST(a_failure_that_is_told_late_takes_nothing_back)
{
	struct desk desk;
	struct taken first, second;

	desk_open(&desk);
	notify(&desk, 1);
	first = take(&desk, desk.store, 1, LONG_MS);
	hold_up(&desk);
	second = take(&desk, desk.other, 1, LONG_MS);
	record(&desk, &first, "Unreachable", "Pending", 0);
	/* The second attempt is still under way: its time stands. */
	expect_int(take(&desk, desk.other, 1, LONG_MS).count, 0);
	record(&desk, &second, "Sent", "Sent", 0);
	expect_log(&desk, "Sent 2: 1 Unreachable, 2 Sent");
	desk_close(&desk);
}

TEST(a_record_that_is_written_again_says_the_same)
{
	struct desk desk;
	struct taken taken;

	desk_open(&desk);
	notify(&desk, 1);
	taken = take(&desk, desk.store, 1, LONG_MS);
	record(&desk, &taken, "Sent", "Sent", 0);
	record(&desk, &taken, "Sent", "Sent", 0);
	expect_log(&desk, "Sent 1: 1 Sent");
	desk_close(&desk);
}

TEST(what_could_not_be_sent_waits_for_its_pause)
{
	struct desk desk;
	struct taken taken;

	desk_open(&desk);
	notify(&desk, 1);
	taken = take(&desk, desk.store, 1, 1);
	record(&desk, &taken, "Unreachable", "Pending", LONG_MS);
	expect_int(take(&desk, desk.other, 1, LONG_MS).count, 0);
	hold_up(&desk);
	expect_int(take(&desk, desk.other, 1, LONG_MS).attempt, 2);
	desk_close(&desk);
}

TEST(what_has_no_customer_waits_for_one)
{
	struct desk desk;

	desk_open(&desk);
	notify(&desk, 1);
	expect_ok(store_execute(desk.store, "DELETE FROM customer_order"));
	expect_int(take(&desk, desk.store, 1, LONG_MS).count, 0);
	expect_ok(store_execute(
		desk.store, "INSERT INTO customer_order SELECT order_id, 'me' FROM notification"));
	expect_int(take(&desk, desk.store, 1, LONG_MS).count, 1);
	desk_close(&desk);
}

TESTS("delivery", TEST_CASE(two_senders_at_once_never_take_the_same),
	TEST_CASE(what_was_taken_and_never_settled_is_taken_again_when_its_time_is_up),
	TEST_CASE(what_was_sent_is_never_taken_again),
	TEST_CASE(what_was_sent_twice_is_recorded_as_sent_once),
	TEST_CASE(a_failure_that_is_told_late_takes_nothing_back),
	TEST_CASE(a_record_that_is_written_again_says_the_same),
	TEST_CASE(what_could_not_be_sent_waits_for_its_pause),
	TEST_CASE(what_has_no_customer_waits_for_one))
