/*
 * The deadlines of the saga in a real PostgreSQL, swept by more than one.
 */
#include "loop_desk.h"
#include "order/rebuild.h"
#include "order/sweep.h"
#include "order_sql.h"

#include <base/clock.h>
#include <stdio.h>
#include <testkit/testkit.h>

#define OVERDUE 250

/* Orders that are paid for or not, all of them due at the time they are placed. */
static void place_orders(struct desk *desk, int count)
{
	char sql[1024];

	(void)snprintf(sql, sizeof(sql),
		"WITH placed AS (INSERT INTO orders (id, customer_id, payment_method, status, step,"
		" total_amount, sequence, version, deadline, created_at, updated_at)"
		" SELECT gen_random_uuid(), 'me', 'card_ok', 'Pending', 'awaiting_payment', 100, 2,"
		" 1, now(), now(), now() FROM generate_series(1, %d) RETURNING id, created_at),"
		" item AS (INSERT INTO order_item SELECT id, 0, 'sku-tea', 1, 100 FROM placed)"
		" INSERT INTO order_history (order_id, version, type, step_from, step_to, at)"
		" SELECT id, 1, 'CreateOrder', 'new', 'awaiting_payment', created_at FROM placed",
		count);
	expect_ok(store_execute(desk->store, sql));
}

static int64_t sweep(struct desk *desk, struct store *store)
{
	struct sweep result;

	arena_reset(desk->arena);
	expect_ok(sweep_once(store, desk->arena, clock_now_us(), &result));
	return result.fired;
}

static int64_t fired(struct desk *desk)
{
	return number(desk, "SELECT count(*) FROM order_history WHERE type = 'Deadline'");
}

TEST(fires_what_is_due_with_history_and_outbox)
{
	struct desk desk;
	struct store *store;

	open_order(&desk);
	store = store_create(&desk.config);
	place_orders(&desk, 3);
	expect_int(sweep(&desk, store), 3);
	expect_int(fired(&desk), 3);
	expect_int(number(&desk, "SELECT count(*) FROM outbox WHERE sequence = 3"), 3);
	expect_int(number(&desk, "SELECT count(*) FROM orders WHERE asks = 2 AND version = 2"), 3);

	/* Their next deadlines are to come. */
	expect_int(sweep(&desk, store), 0);
	store_destroy(store);
	desk_close(&desk);
}

TEST(says_when_to_come_again)
{
	struct desk desk;
	struct store *store;
	struct sweep result;
	int64_t now_us = clock_now_us();

	open_order(&desk);
	store = store_create(&desk.config);
	expect_ok(sweep_once(store, desk.arena, now_us, &result));
	expect_int(result.next_us, 0);
	place_orders(&desk, 1);
	expect_ok(sweep_once(store, desk.arena, now_us, &result));
	expect_int(result.fired, 0);
	expect(result.next_us > now_us);
	store_destroy(store);
	desk_close(&desk);
}

/* An answer is being applied to the order, or another process fires its deadline. */
TEST(passes_over_an_order_that_another_transaction_holds)
{
	struct desk desk;
	struct store *store;

	open_order(&desk);
	store = store_create(&desk.config);
	place_orders(&desk, 2);
	expect_ok(store_execute(desk.store, "BEGIN; SELECT FROM orders LIMIT 1 FOR UPDATE"));
	expect_int(sweep(&desk, store), 1);
	expect_int(sweep(&desk, store), 0);
	expect_ok(store_execute(desk.store, "ROLLBACK"));
	expect_int(sweep(&desk, store), 1);
	expect_int(fired(&desk), 2);
	store_destroy(store);
	desk_close(&desk);
}

TEST(fires_each_deadline_once_whoever_sweeps)
{
	struct desk desk;
	struct sweeper *first, *second;

	open_order(&desk);
	place_orders(&desk, OVERDUE);
	expect_ok(sweeper_start(&desk.config, &first));
	expect_ok(sweeper_start(&desk.config, &second));
	while (fired(&desk) < OVERDUE)
		;
	sweeper_stop(first);
	sweeper_stop(second);
	expect_int(fired(&desk), OVERDUE);
	expect_int(number(&desk, "SELECT count(*) FROM outbox"), OVERDUE);
	desk_close(&desk);
}

TEST(wakes_for_the_nearest_deadline_and_stops_at_once)
{
	struct desk desk;
	struct sweeper *sweeper;
	int64_t start_us, took_us;

	open_order(&desk);
	order_policy.step_timeout_us = 3600 * US_PER_S;
	place_orders(&desk, 1);
	expect_ok(store_execute(
		desk.store, "UPDATE orders SET deadline = now() + interval '300 ms'"));
	start_us = clock_monotonic_us();
	expect_ok(sweeper_start(&desk.config, &sweeper));
	while (fired(&desk) == 0)
		;
	took_us = clock_monotonic_us() - start_us;
	/* It would have looked again by itself after 5 s. */
	expect(took_us > 250 * US_PER_MS && took_us < 3 * US_PER_S);
	start_us = clock_monotonic_us();
	sweeper_stop(sweeper);
	expect(clock_monotonic_us() - start_us < US_PER_S);
	desk_close(&desk);
}

TEST(keeps_what_changed_nothing_for_the_timeline)
{
	struct desk desk;
	struct uuid order_id;

	open_order(&desk);
	expect_ok(store_execute(desk.store,
		"INSERT INTO orders (id, customer_id, payment_method, status, step, total_amount,"
		" sequence, version, asks, created_at, updated_at) VALUES"
		" ('01890000-0000-7000-8000-000000000001', 'me', 'card_ok', 'Completed',"
		" 'completed', 100, 2, 1, 0, now(), now())"));
	expect_ok(uuid_parse("01890000-0000-7000-8000-000000000001", 36, &order_id));
	feed_paid(&desk, &order_id, clock_now_us() / US_PER_MS);
	expect_ok(work(&desk, 5));
	expect_int(number(&desk,
			   "SELECT count(*) FROM order_unapplied JOIN inbox USING (event_id)"
			   " WHERE order_unapplied.outcome = 'ignored' AND step = 'completed'"
			   " AND order_unapplied.reason = 'already completed' AND seen = 1"),
		1);
	desk_close(&desk);
}

/* What the sweeper and the loop have written is what the decisions make of it. */
TEST(rebuilds_what_deadlines_and_messages_made)
{
	struct desk desk;
	struct store *store;
	struct store_config config;
	struct rebuild result;

	open_order(&desk);
	store = store_create(&desk.config);
	order_policy.step_timeout_us = 0;
	place_orders(&desk, OVERDUE);
	for (int i = 0; i < 20; i++)
		(void)sweep(&desk, store);
	config = desk.config;
	config.scripts = (const char *const[]){sql_rebuild, NULL};
	expect_ok(order_rebuild(&config, NULL, &result));
	expect_int(result.orders, OVERDUE);
	expect_int(result.differing, 0);
	expect(number(&desk, "SELECT count(*) FROM orders WHERE stuck") > 0);

	expect_ok(store_execute(desk.store,
		"UPDATE orders SET stuck = false"
		" WHERE id = (SELECT id FROM orders WHERE stuck LIMIT 1)"));
	expect_ok(order_rebuild(&config, NULL, &result));
	expect_int(result.differing, 1);
	store_destroy(store);
	desk_close(&desk);
}

TESTS("sweep", TEST_CASE(fires_what_is_due_with_history_and_outbox),
	TEST_CASE(says_when_to_come_again),
	TEST_CASE(passes_over_an_order_that_another_transaction_holds),
	TEST_CASE(fires_each_deadline_once_whoever_sweeps),
	TEST_CASE(wakes_for_the_nearest_deadline_and_stops_at_once),
	TEST_CASE(keeps_what_changed_nothing_for_the_timeline),
	TEST_CASE(rebuilds_what_deadlines_and_messages_made))
