#include "order.h"

#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

static const struct order_item items[] = {
	{.product_id = "sku-tea", .quantity = 2, .price = 450},
	{.product_id = "sku-cup", .quantity = 1, .price = 1230},
};

/* An order that has just reached @step, as the decisions before it leave it. */
static struct order order_at(enum order_step step)
{
	struct order order = {
		.customer_id = "customer-1",
		.payment_method = "card_ok",
		.step = step,
		.status = ORDER_STATUS_PENDING,
		.items = items,
		.items_count = 2,
		.total_amount = 2130,
		.created_at_us = 1,
		.deadline_us = 2,
	};

	order.id = uuid_make(1000);
	if (step != ORDER_NEW && step != ORDER_AWAITING_PAYMENT) {
		order.payment_id = uuid_make(1000);
		order.status = ORDER_STATUS_PAID;
	}
	if (step == ORDER_COMPLETED)
		order.status = ORDER_STATUS_COMPLETED;
	if (step == ORDER_CANCELLED)
		order.status = ORDER_STATUS_CANCELLED;
	return order;
}

struct desk {
	struct arena *arena;
	struct outbox out;
};

static struct desk desk_open(struct order *order)
{
	struct desk desk = {.arena = arena_create(1 << 20)};

	outbox_init(&desk.out, desk.arena, 1700000000000000);
	desk.out.sequence = &order->sequence;
	return desk;
}

static void desk_close(struct desk *desk)
{
	arena_destroy(desk->arena);
}

static enum outcome send(struct order *order, enum event_type type, struct outbox *out)
{
	const struct payment_succeeded paid = {.order_id = order->id,
		.payment_id = uuid_make(2000),
		.amount = order->total_amount};
	const struct payment_failed declined = {.order_id = order->id,
		.amount = order->total_amount,
		.failure_reason = "card_declined"};
	const struct payment_refunded refunded = {.order_id = order->id,
		.payment_id = order->payment_id,
		.amount = order->total_amount};
	const struct inventory_reserved reserved = {
		.order_id = order->id, .reservation_id = uuid_make(2000)};
	const struct inventory_failed missing = {
		.order_id = order->id, .failure_reason = "out_of_stock"};
	const struct inventory_released released = {.order_id = order->id};
	const void *event = type == EVENT_PAYMENT_SUCCEEDED ? (const void *)&paid
		: type == EVENT_PAYMENT_FAILED              ? (const void *)&declined
		: type == EVENT_PAYMENT_REFUNDED            ? (const void *)&refunded
		: type == EVENT_INVENTORY_RESERVED          ? (const void *)&reserved
		: type == EVENT_INVENTORY_FAILED            ? (const void *)&missing
							    : (const void *)&released;

	return order_on_event(order, type, event, out);
}

/* ---- the full grid ---- */

#define STEPS 6
#define EVENTS 6

static const enum event_type events[EVENTS] = {
	EVENT_PAYMENT_SUCCEEDED,
	EVENT_PAYMENT_FAILED,
	EVENT_PAYMENT_REFUNDED,
	EVENT_INVENTORY_RESERVED,
	EVENT_INVENTORY_FAILED,
	EVENT_INVENTORY_RELEASED,
};

/* clang-format off */
static const struct {
	enum order_step from;
	/* Where it goes; 0: IGNORED, -1: POISON. In the order of events[]. */
	int to[EVENTS];
} grid[STEPS] = {
	/*                        paid                  declined         refunded         reserved         missing          released */
	{ORDER_AWAITING_PAYMENT, {ORDER_AWAITING_STOCK, ORDER_CANCELLED, -1,              -1,              -1,              -1}},
	{ORDER_AWAITING_STOCK,   {-1,                   -1,              -1,              ORDER_COMPLETED, ORDER_REFUNDING, -1}},
	{ORDER_RELEASING_STOCK,  {-1,                   -1,              -1,              0,               0,               ORDER_REFUNDING}},
	{ORDER_REFUNDING,        {0,                    ORDER_CANCELLED, ORDER_CANCELLED, 0,               0,               0}},
	{ORDER_COMPLETED,        {0,                    0,               0,               0,               0,               0}},
	{ORDER_CANCELLED,        {0,                    0,               0,               0,               0,               0}},
};
/* clang-format on */

static void check_cell(enum order_step from, enum event_type type, int to)
{
	struct order order = order_at(from);
	struct desk desk = desk_open(&order);
	enum outcome outcome = send(&order, type, &desk.out);
	const char *name = event_info(type)->name;

	if (to > 0 && (outcome != APPLIED || order.step != (enum order_step)to))
		fail_test("%s while %s: %s, step %s", name, order_step_name(from),
			outcome_name(outcome), order_step_name(order.step));
	if (to <= 0 && outcome != (to < 0 ? POISON : IGNORED))
		fail_test("%s while %s: %s", name, order_step_name(from), outcome_name(outcome));
	if (to <= 0 && !desk.out.reason)
		fail_test("%s while %s: no reason given", name, order_step_name(from));
	desk_close(&desk);
}

TEST(answers_every_event_in_every_step)
{
	for (size_t step = 0; step < STEPS; step++) {
		for (size_t event = 0; event < EVENTS; event++)
			check_cell(grid[step].from, events[event], grid[step].to[event]);
	}
}

/* ---- what is emitted ---- */

static const struct emission *emitted(const struct desk *desk, size_t index, const char *type)
{
	expect(index < desk->out.count);
	expect_text(desk->out.emissions[index].type, type);
	return &desk->out.emissions[index];
}

TEST(tells_observers_and_asks_for_the_charge_when_created)
{
	struct order order = order_at(ORDER_NEW);
	struct desk desk = desk_open(&order);
	struct order_payment_requested request;
	const struct emission *emission;

	expect_int(order_create(&order, &desk.out), APPLIED);
	expect_int(desk.out.count, 2);
	expect_int(order.step, ORDER_AWAITING_PAYMENT);
	expect_int(order.status, ORDER_STATUS_PENDING);
	expect(order.deadline_us > desk.out.now_us);
	expect_int(emitted(&desk, 0, "OrderCreated")->sequence, 1);
	emission = emitted(&desk, 1, "OrderPaymentRequested");
	expect_int(emission->sequence, 2);
	expect_text(emission->topic, "payment.requests");
	expect_uuid(&emission->key, &order.id);
	expect_ok(order_payment_requested_decode(
		emission->payload, emission->payload_size, desk.arena, &request));
	expect_int(request.amount, 2130);
	expect_text(request.payment_method, "card_ok");
	desk_close(&desk);
}

TEST(asks_for_the_stock_of_every_item_once_paid)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);
	struct order_inventory_requested request;
	const struct emission *emission;

	expect_int(send(&order, EVENT_PAYMENT_SUCCEEDED, &desk.out), APPLIED);
	expect_int(order.status, ORDER_STATUS_PAID);
	expect(!uuid_is_nil(&order.payment_id));
	emission = emitted(&desk, 0, "OrderInventoryRequested");
	expect_ok(order_inventory_requested_decode(
		emission->payload, emission->payload_size, desk.arena, &request));
	expect_int(request.items_count, 2);
	expect_text(request.items[1].product_id, "sku-cup");
	expect_int(request.items[0].quantity, 2);
	desk_close(&desk);
}

TEST(gives_the_money_back_when_stock_is_missing)
{
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);
	struct refund_payment refund;
	const struct emission *emission;

	expect_int(send(&order, EVENT_INVENTORY_FAILED, &desk.out), APPLIED);
	expect_int(order.status, ORDER_STATUS_PAID);
	emission = emitted(&desk, 0, "RefundPayment");
	expect_ok(refund_payment_decode(
		emission->payload, emission->payload_size, desk.arena, &refund));
	expect_uuid(&refund.payment_id, &order.payment_id);
	expect_int(refund.amount, 2130);

	/* Nobody is told before the money is back. */
	expect_int(desk.out.count, 1);
	expect_int(send(&order, EVENT_PAYMENT_REFUNDED, &desk.out), APPLIED);
	emitted(&desk, 1, "OrderCancelled");
	expect(order.refunded);
	expect_text(order.cancellation_reason, "out_of_stock");
	expect_int(order.deadline_us, 0);
	desk_close(&desk);
}

TEST(cancels_without_touching_stock_when_the_charge_is_declined)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);

	expect_int(send(&order, EVENT_PAYMENT_FAILED, &desk.out), APPLIED);
	expect_int(desk.out.count, 1);
	emitted(&desk, 0, "OrderCancelled");
	expect_text(order.cancellation_reason, "card_declined");
	expect(!order.refunded);
	desk_close(&desk);
}

TEST(ignores_the_same_payment_told_twice)
{
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);
	const struct payment_succeeded again = {
		.order_id = order.id, .payment_id = order.payment_id, .amount = order.total_amount};

	expect_int(order_on_payment_succeeded(&order, &again, &desk.out), IGNORED);
	expect_int(order.step, ORDER_AWAITING_STOCK);
	desk_close(&desk);
}

TEST(poisons_a_payment_of_another_amount)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);
	const struct payment_succeeded wrong = {.order_id = order.id,
		.payment_id = uuid_make(2000),
		.amount = order.total_amount - 1};

	expect_int(order_on_payment_succeeded(&order, &wrong, &desk.out), POISON);
	expect_int(order.step, ORDER_AWAITING_PAYMENT);
	desk_close(&desk);
}

TEST(asks_again_with_the_same_request_id)
{
	struct order order = order_at(ORDER_NEW), twin = order;
	struct desk desk = desk_open(&order);
	struct order_payment_requested first, second;

	order_create(&order, &desk.out);
	desk.out.now_us++;
	order_create(&twin, &desk.out);
	expect_ok(order_payment_requested_decode(desk.out.emissions[1].payload,
		desk.out.emissions[1].payload_size, desk.arena, &first));
	expect_ok(order_payment_requested_decode(desk.out.emissions[3].payload,
		desk.out.emissions[3].payload_size, desk.arena, &second));
	expect_uuid(&first.request_id, &second.request_id);
	desk_close(&desk);
}

TEST(refuses_a_total_that_does_not_fit)
{
	const struct order_item dear[] = {{.quantity = 1000, .price = MONEY_MAX / 2}};
	money_t total = 7;

	expect_fault(order_total(dear, 1, &total), FAULT_LIMIT);
	expect_int(total, 7);
	expect_ok(order_total(items, 2, &total));
	expect_int(total, 2130);
}

TEST(names_read_back)
{
	for (int step = ORDER_NEW; step < ORDER_STEPS; step++) {
		enum order_step back;

		expect_ok(order_step_parse(order_step_name((enum order_step)step), &back));
		expect_int(back, step);
	}
}

TEST(prints_its_states_as_a_graph)
{
	BUFFER_CLEAN struct buffer out = {0};

	buffer_init(&out, 0);
	order_write_states(&out);
	expect(strstr(out.data, "awaiting_stock -> refunding [label=\"InventoryFailed\"]") != NULL);
}

TESTS("order", TEST_CASE(answers_every_event_in_every_step),
	TEST_CASE(tells_observers_and_asks_for_the_charge_when_created),
	TEST_CASE(asks_for_the_stock_of_every_item_once_paid),
	TEST_CASE(gives_the_money_back_when_stock_is_missing),
	TEST_CASE(cancels_without_touching_stock_when_the_charge_is_declined),
	TEST_CASE(ignores_the_same_payment_told_twice),
	TEST_CASE(poisons_a_payment_of_another_amount),
	TEST_CASE(asks_again_with_the_same_request_id),
	TEST_CASE(refuses_a_total_that_does_not_fit), TEST_CASE(names_read_back),
	TEST_CASE(prints_its_states_as_a_graph))
