#include "history.h"

#include "test_desk.h"

#include <string.h>
#include <testkit/testkit.h>

/* An order that was paid, refused its stock, and waits for its refund, with its history. */
#define ROWS 4

struct past {
	struct desk desk;
	struct order order;
	struct order_history_row rows[ROWS];
	size_t count;
};

static void happen(struct past *past, enum order_trigger trigger, const void *event, size_t size)
{
	struct order_history_row *row = &past->rows[past->count++];
	struct order_input input = {.trigger = trigger};
	enum event_type type;

	if (event)
		expect_ok(event_decode(event, size, past->desk.arena, &type, &input.event));
	*row = (struct order_history_row){
		.order_id = past->order.id,
		.trigger = trigger,
		.asks_max = desk_policy.asks_max,
		.from = past->order.step,
		.event = event,
		.event_size = size,
		.at_us = ++past->desk.out.now_us,
	};
	past->order.deadline_us = 0;
	expect_int(order_apply(&past->order, &input, &desk_policy, &past->desk.out), APPLIED);
	row->version = past->order.version;
	row->to = past->order.step;
}

/* What another service would have sent. */
static const struct emission *last(const struct outbox *out)
{
	return &out->emissions[out->count - 1];
}

static void open_past(struct past *past)
{
	struct outbox others;

	*past = (struct past){.order = order_at(ORDER_NEW)};
	past->order.asks = 0;
	past->desk = desk_open(&past->order);
	outbox_init(&others, past->desk.arena, 1);
	happen(past, ORDER_ON_CREATE, NULL, 0);
	EMIT(&others, payment_succeeded, .order_id = past->order.id, .payment_id = uuid_make(7),
		.amount = past->order.total_amount, .processed_at_us = 1);
	happen(past, ORDER_ON_PAYMENT_SUCCEEDED, last(&others)->payload,
		last(&others)->payload_size);
	EMIT(&others, inventory_failed, .order_id = past->order.id,
		.failure_reason = "out_of_stock", .failed_at_us = 1);
	happen(past, ORDER_ON_INVENTORY_FAILED, last(&others)->payload,
		last(&others)->payload_size);
	happen(past, ORDER_ON_DEADLINE, NULL, 0);
}

static int replay(struct past *past, struct order *ret_order)
{
	return order_replay(&past->order, past->rows, past->count, past->desk.arena, ret_order);
}

TEST(makes_the_order_again_from_its_history)
{
	BUFFER_CLEAN struct buffer words = {0};
	struct past past;
	struct order order;

	open_past(&past);
	buffer_init(&words, 0);
	expect_ok(replay(&past, &order));
	if (order_differs(&past.order, &order, &words))
		fail_test("%s", words.data);
	expect_int(order.asks, 2);
	expect_text(order.cancellation_reason, "out_of_stock");
	desk_close(&past.desk);
}

TEST(names_every_field_that_differs)
{
	BUFFER_CLEAN struct buffer words = {0};
	struct past past;
	struct order order;

	open_past(&past);
	buffer_init(&words, 0);
	expect_ok(replay(&past, &order));
	past.order.refunded = true;
	past.order.sequence++;
	past.order.cancellation_reason = NULL;
	expect(order_differs(&past.order, &order, &words));
	expect_text(words.data,
		"refunded: stored 1, rebuilt 0\n"
		"cancellation_reason: stored null, rebuilt out_of_stock\n"
		"sequence: stored 6, rebuilt 5\n");
	desk_close(&past.desk);
}

TEST(refuses_a_history_with_a_hole)
{
	struct past past;
	struct order order;

	open_past(&past);
	memmove(&past.rows[1], &past.rows[2], 2 * sizeof(past.rows[0]));
	past.count--;
	expect_fault(replay(&past, &order), FAULT_STATE);
	past.count = 0;
	expect_fault(replay(&past, &order), FAULT_STATE);
	desk_close(&past.desk);
}

TEST(refuses_a_row_that_led_elsewhere)
{
	struct past past;
	struct order order;

	open_past(&past);
	past.rows[3].to = ORDER_CANCELLED;
	expect_fault(replay(&past, &order), FAULT_STATE);
	desk_close(&past.desk);
}

TEST(refuses_a_row_that_lost_its_event_or_has_another)
{
	struct past past;
	struct order order;

	open_past(&past);
	past.rows[1].event = past.rows[2].event;
	past.rows[1].event_size = past.rows[2].event_size;
	expect_fault(replay(&past, &order), FAULT_STATE);
	past.rows[1].event = NULL;
	expect_fault(replay(&past, &order), FAULT_STATE);
	desk_close(&past.desk);
}

TEST(decides_a_deadline_by_the_limit_of_its_time)
{
	struct past past;
	struct order order;

	open_past(&past);
	past.rows[3].asks_max = 1;
	expect_ok(replay(&past, &order));
	expect(order.stuck);
	desk_close(&past.desk);
}

TESTS("order history", TEST_CASE(makes_the_order_again_from_its_history),
	TEST_CASE(names_every_field_that_differs), TEST_CASE(refuses_a_history_with_a_hole),
	TEST_CASE(refuses_a_row_that_led_elsewhere),
	TEST_CASE(refuses_a_row_that_lost_its_event_or_has_another),
	TEST_CASE(decides_a_deadline_by_the_limit_of_its_time))
