#include "test_desk.h"

#include <testkit/testkit.h>

const struct order_item desk_items[DESK_ITEMS] = {
	{.product_id = "sku-tea", .quantity = 2, .price = 450},
	{.product_id = "sku-cup", .quantity = 1, .price = 1230},
};

const struct order_policy desk_policy = {
	.step_timeout_us = 1000,
	.pause_max_us = 5000,
	.asks_max = 3,
};

/* An order that has just reached @step, as the decisions before it leave it. */
struct order order_at(enum order_step step)
{
	struct order order = {
		.customer_id = "customer-1",
		.payment_method = "card_ok",
		.step = step,
		.status = ORDER_STATUS_PENDING,
		.items = desk_items,
		.items_count = DESK_ITEMS,
		.total_amount = 2130,
		.created_at_us = 1,
		.deadline_us = 2,
		.asks = 1,
	};

	order.id = uuid_make(1000);
	if (step != ORDER_NEW && step != ORDER_AWAITING_PAYMENT) {
		order.payment_id = uuid_make(1000);
		order.status = ORDER_STATUS_PAID;
	}
	if (order_is_compensating(&order))
		order.cancellation_reason = "out_of_stock";
	if (step == ORDER_COMPLETED)
		order.status = ORDER_STATUS_COMPLETED;
	if (step == ORDER_CANCELLED)
		order.status = ORDER_STATUS_CANCELLED;
	return order;
}

struct desk desk_open(struct order *order)
{
	struct desk desk = {.arena = arena_create(1 << 20)};

	outbox_init(&desk.out, desk.arena, 1700000000000000);
	desk.out.sequence = &order->sequence;
	return desk;
}

void desk_close(struct desk *desk)
{
	arena_destroy(desk->arena);
}

enum outcome send(struct order *order, enum order_trigger trigger, struct outbox *out)
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
	const void *const events[ORDER_TRIGGERS] = {
		[ORDER_ON_PAYMENT_SUCCEEDED] = &paid,
		[ORDER_ON_PAYMENT_FAILED] = &declined,
		[ORDER_ON_PAYMENT_REFUNDED] = &refunded,
		[ORDER_ON_INVENTORY_RESERVED] = &reserved,
		[ORDER_ON_INVENTORY_FAILED] = &missing,
		[ORDER_ON_INVENTORY_RELEASED] = &released,
	};
	const struct order_input input = {.trigger = trigger, .event = events[trigger]};

	return order_apply(order, &input, &desk_policy, out);
}

const struct emission *emitted(const struct desk *desk, size_t index, const char *type)
{
	expect(index < desk->out.count);
	expect_text(desk->out.emissions[index].type, type);
	return &desk->out.emissions[index];
}
