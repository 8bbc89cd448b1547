/*
 * Analytics on the real loop and a real database: rewound, emptied, cut off in the
 * middle, it counts every event once and publishes once about it.
 */
#include "loop_desk.h"

#include <base/clock.h>
#include <base/fault.h>
#include <bus/fake.h>
#include <testkit/testkit.h>

#define CREATED_AT INT64_C(1700000000000000)

static const char *const inputs[] = {"order.events", "payment.events", "inventory.events"};

static void feed_out(struct outbox *out)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct emission *emission = &out->emissions[i];

		feed(emission->topic, &emission->id, &emission->key, emission->payload,
			emission->payload_size);
	}
}

/* One order that is completed, as the three services tell it: four events. */
static void feed_completed(struct desk *desk)
{
	struct uuid order_id = uuid_make(clock_now_us()), other = uuid_make(clock_now_us());
	struct outbox out;

	outbox_init(&out, desk->arena, clock_now_us());
	EMIT(&out, order_created, .order_id = order_id, .customer_id = "me", .total_amount = 1230,
		.created_at_us = CREATED_AT);
	EMIT(&out, payment_succeeded, .order_id = order_id, .payment_id = other, .amount = 1230,
		.processed_at_us = CREATED_AT + 3000);
	EMIT(&out, inventory_reserved, .order_id = order_id, .reservation_id = other,
		.reserved_at_us = CREATED_AT + 4000);
	EMIT(&out, order_completed, .order_id = order_id, .customer_id = "me",
		.completed_at_us = CREATED_AT + 5000);
	feed_out(&out);
}

/* One that is declined: three events. */
static void feed_declined(struct desk *desk)
{
	struct uuid order_id = uuid_make(clock_now_us()), other = uuid_make(clock_now_us());
	struct outbox out;

	outbox_init(&out, desk->arena, clock_now_us());
	EMIT(&out, payment_failed, .order_id = order_id, .payment_id = other, .amount = 770,
		.failure_reason = "card_declined", .failed_at_us = CREATED_AT + 2000);
	EMIT(&out, order_created, .order_id = order_id, .customer_id = "me", .total_amount = 770,
		.created_at_us = CREATED_AT);
	EMIT(&out, order_cancelled, .order_id = order_id, .customer_id = "me",
		.cancellation_reason = "card_declined", .cancelled_at_us = CREATED_AT + 6000);
	feed_out(&out);
}

static void rewind_group(void)
{
	for (size_t i = 0; i < 3; i++)
		fake_commit("analytics", inputs[i], 0, 0);
}

static void empty_database(struct desk *desk)
{
	expect_ok(
		store_execute(desk->store, "TRUNCATE order_fact, tally, progress, answer, inbox"));
}

static int64_t cell(struct desk *desk, const char *column, const char *measure, const char *label)
{
	return number(desk,
		arena_format(desk->arena,
			"SELECT coalesce(sum(%s), 0)::bigint FROM tally "
			"WHERE measure = '%s' AND label = '%s'",
			column, measure, label));
}

/* The two orders, counted once, and about each of their seven events one message. */
static void expect_counted_once(struct desk *desk)
{
	expect_int(cell(desk, "count", "status", "Completed"), 1);
	expect_int(cell(desk, "total", "status", "Completed"), 1230);
	expect_int(cell(desk, "count", "status", "Cancelled"), 1);
	expect_int(cell(desk, "count", "status", "Pending"), 0);
	expect_int(cell(desk, "count", "status", "Unseen"), 0);
	expect_int(cell(desk, "count", "declined", "card_declined"), 1);
	expect_int(cell(desk, "total", "created-paid", "5"), 3000);
	expect_int(cell(desk, "total", "created-completed", "5"), 5000);
	expect_int(number(desk, "SELECT count(*) FROM order_fact"), 2);
	expect_int(number(desk, "SELECT count(*) FROM inbox"), 7);
	expect_int(fake_count("analytics.events"), 7);
	expect_int(fake_count("dlq.analytics"), 0);
}

static void open_fed(struct desk *desk)
{
	open_analytics(desk);
	feed_completed(desk);
	feed_declined(desk);
}

TEST(counts_what_the_services_tell)
{
	struct desk desk;

	open_fed(&desk);
	expect_ok(work(&desk, 8));
	expect_counted_once(&desk);
	expect_int(fake_committed("analytics", "order.events", 0), 4);
	expect_int(fake_committed("analytics.published", "order.events", 0), 4);
	expect_int(fake_committed("analytics.published", "payment.events", 0), 2);
	desk_close(&desk);
}

TEST(counts_and_publishes_nothing_again_when_it_is_rewound)
{
	struct desk desk;

	open_fed(&desk);
	expect_ok(work(&desk, 8));
	rewind_group();
	expect_ok(work(&desk, 8));
	expect_counted_once(&desk);
	expect_int(number(&desk, "SELECT sum(seen)::bigint FROM inbox"), 14);
	desk_close(&desk);
}

/* The position does not go back with the group: a replay may itself be cut off. */
TEST(publishes_nothing_again_when_it_is_rewound_in_the_middle_of_a_replay)
{
	struct desk desk;
	int orders = 300;

	open_analytics(&desk);
	for (int i = 0; i < orders; i++)
		feed_completed(&desk);
	expect_ok(work(&desk, 16));
	expect_int(fake_count("analytics.events"), (size_t)orders * 4);
	rewind_group();
	expect_ok(work(&desk, 2));
	expect(fake_committed("analytics", "order.events", 0) > 0);
	expect(fake_committed("analytics", "order.events", 0) < orders * 2);
	rewind_group();
	expect_ok(work(&desk, 16));
	expect_int(fake_count("analytics.events"), (size_t)orders * 4);
	expect_int(cell(&desk, "count", "status", "Completed"), orders);
	desk_close(&desk);
}

TEST(counts_again_and_publishes_nothing_again_from_an_empty_database)
{
	struct desk desk;

	open_fed(&desk);
	expect_ok(work(&desk, 8));
	empty_database(&desk);
	rewind_group();
	expect_ok(work(&desk, 8));
	expect_counted_once(&desk);
	desk_close(&desk);
}

TEST(publishes_what_was_counted_and_not_published_before_the_end)
{
	struct desk desk;

	open_fed(&desk);
	fake_inject(FAKE_BEGIN, 0, FAULT_STATE);
	expect_fault(work(&desk, 8), FAULT_STATE);
	expect_int(number(&desk, "SELECT count(*) FROM inbox"), 7);
	expect_int(fake_count("analytics.events"), 0);
	expect_ok(work(&desk, 8));
	expect_counted_once(&desk);
	desk_close(&desk);
}

TEST(publishes_once_whatever_becomes_of_the_transaction)
{
	static const struct {
		enum fake_step step;
		int result;
	} faults[] = {{FAKE_COMMIT, BUS_ABORTED}, {FAKE_COMMIT, BUS_RECREATED},
		{FAKE_COMMITTED, BUS_RECREATED}, {FAKE_POSITIONS, BUS_ABORTED},
		{FAKE_READ, FAULT_BUS}};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct desk desk;

		open_fed(&desk);
		empty_database(&desk);
		/* A pause before the next attempt is a real one. */
		fake_may_wait(faults[i].result < 0);
		fake_inject(faults[i].step, 0, faults[i].result);
		expect_ok(work(&desk, 8));
		expect_counted_once(&desk);
		fake_may_wait(false);
		rewind_group();
		expect_ok(work(&desk, 8));
		expect_counted_once(&desk);
		desk_close(&desk);
	}
}

TEST(ignores_an_old_fact_in_a_new_message)
{
	struct desk desk;
	struct uuid order_id = uuid_make(clock_now_us());

	open_analytics(&desk);
	feed_paid(&desk, &order_id, 1);
	feed_paid(&desk, &order_id, 1);
	expect_ok(work(&desk, 8));
	expect_int(cell(&desk, "count", "status", "Unseen"), 1);
	expect_int(number(&desk, "SELECT count(*) FROM inbox WHERE outcome = 'ignored'"), 1);
	expect_int(fake_count("analytics.events"), 1);
	desk_close(&desk);
}

TESTS("replay", TEST_CASE(counts_what_the_services_tell),
	TEST_CASE(counts_and_publishes_nothing_again_when_it_is_rewound),
	TEST_CASE(publishes_nothing_again_when_it_is_rewound_in_the_middle_of_a_replay),
	TEST_CASE(counts_again_and_publishes_nothing_again_from_an_empty_database),
	TEST_CASE(publishes_what_was_counted_and_not_published_before_the_end),
	TEST_CASE(publishes_once_whatever_becomes_of_the_transaction),
	TEST_CASE(ignores_an_old_fact_in_a_new_message))
