#include "order.h"

#include <assert.h>

#define REASON_CUSTOMER "cancelled by the customer"
#define REASON_PAYMENT_LATE "payment did not answer"
#define REASON_STOCK_LATE "inventory did not answer"

int order_total(const struct order_item *items, size_t count, money_t *ret_total)
{
	money_t total = 0;

	for (size_t i = 0; i < count; i++) {
		money_t line;
		int r = money_multiply(items[i].price, items[i].quantity, &line);

		if (r == 0)
			r = money_add(total, line, &total);
		if (r < 0)
			return r;
	}
	*ret_total = total;
	return 0;
}

/* The same question has the same id, however often it is asked. */
static struct uuid request_id(const struct order *order, const char *what)
{
	return uuid_derive(&order->id, what);
}

static void request_payment(const struct order *order, struct outbox *out)
{
	EMIT(out, order_payment_requested, .order_id = order->id,
		.request_id = request_id(order, "payment"), .amount = order->total_amount,
		.payment_method = order->payment_method, .requested_at_us = out->now_us);
}

static void request_stock(const struct order *order, struct outbox *out)
{
	struct order_inventory_requested_item *items =
		arena_array(out->arena, order->items_count, sizeof(*items));

	for (size_t i = 0; i < order->items_count; i++) {
		items[i].product_id = order->items[i].product_id;
		items[i].quantity = order->items[i].quantity;
	}
	EMIT(out, order_inventory_requested, .order_id = order->id,
		.request_id = request_id(order, "stock"), .items = items,
		.items_count = order->items_count, .requested_at_us = out->now_us);
}

static void request_release(const struct order *order, struct outbox *out)
{
	EMIT(out, release_inventory, .order_id = order->id,
		.request_id = request_id(order, "release"), .reservation_id = order->reservation_id,
		.reason = order->cancellation_reason, .requested_at_us = out->now_us);
}

static void request_refund(const struct order *order, struct outbox *out)
{
	EMIT(out, refund_payment, .order_id = order->id, .request_id = request_id(order, "refund"),
		.payment_id = order->payment_id, .amount = order->total_amount,
		.reason = order->cancellation_reason, .requested_at_us = out->now_us);
}

/* The question that the order's step waits for; the only one it has open. */
static void ask(struct order *order, struct outbox *out)
{
	order->asks++;
	switch (order->step) {
	case ORDER_AWAITING_PAYMENT:
		request_payment(order, out);
		break;
	case ORDER_AWAITING_STOCK:
		request_stock(order, out);
		break;
	case ORDER_RELEASING_STOCK:
		request_release(order, out);
		break;
	case ORDER_REFUNDING:
		request_refund(order, out);
		break;
	default:
		assert(false); /* no other step waits for an answer */
	}
}

/* Takes the table's line for @trigger, and asks what the new step waits for. */
static void enter(struct order *order, enum order_trigger trigger, struct outbox *out)
{
	order->step = order_step_after(order, trigger);
	order->asks = 0;
	order->stuck = false;
	if (!order_is_terminal(order))
		ask(order, out);
}

/* The first reason stands: what comes later is only how it was undone. */
static void note_reason(struct order *order, const char *reason)
{
	if (!order->cancellation_reason)
		order->cancellation_reason = reason;
}

static void cancel(
	struct order *order, enum order_trigger trigger, const char *reason, struct outbox *out)
{
	note_reason(order, reason);
	enter(order, trigger, out);
	order->status = ORDER_STATUS_CANCELLED;
	EMIT(out, order_cancelled, .order_id = order->id, .customer_id = order->customer_id,
		.cancellation_reason = order->cancellation_reason, .refunded = order->refunded,
		.cancelled_at_us = out->now_us);
}

static enum outcome terminal(const struct order *order, struct outbox *out)
{
	return ignored(out, "already %s", order_step_name(order->step));
}

static void emit_created(const struct order *order, struct outbox *out)
{
	struct order_created_item *items =
		arena_array(out->arena, order->items_count, sizeof(*items));

	for (size_t i = 0; i < order->items_count; i++) {
		items[i].product_id = order->items[i].product_id;
		items[i].quantity = order->items[i].quantity;
		items[i].price = order->items[i].price;
	}
	EMIT(out, order_created, .order_id = order->id, .customer_id = order->customer_id,
		.total_amount = order->total_amount, .items = items,
		.items_count = order->items_count, .created_at_us = order->created_at_us);
}

/* OrderCreated is a fact for observers; OrderPaymentRequested asks for the charge. */
enum outcome order_create(struct order *order, struct outbox *out)
{
	assert(order->step == ORDER_NEW && order->items_count > 0);
	order->status = ORDER_STATUS_PENDING;
	order->created_at_us = out->now_us;
	emit_created(order, out);
	enter(order, ORDER_ON_CREATE, out);
	return APPLIED;
}

enum outcome order_on_payment_succeeded(
	struct order *order, const struct payment_succeeded *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	/* The answer to a question that was asked twice. */
	if (uuid_equal(&order->payment_id, &event->payment_id))
		return ignored(out, "already paid");

	/* The charge was slow; the refund that is on its way undoes it. */
	if (order->step == ORDER_REFUNDING)
		return ignored(out, "already refunding");

	if (!order_expects(order, ORDER_ON_PAYMENT_SUCCEEDED))
		return poison(out, "paid twice while %s", order_step_name(order->step));
	if (event->amount != order->total_amount)
		return poison(out, "the amount charged is not the order's total");

	order->status = ORDER_STATUS_PAID;
	order->payment_id = event->payment_id;
	enter(order, ORDER_ON_PAYMENT_SUCCEEDED, out);
	return APPLIED;
}

enum outcome order_on_payment_failed(
	struct order *order, const struct payment_failed *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	if (!order_expects(order, ORDER_ON_PAYMENT_FAILED))
		return poison(out, "payment failed while %s", order_step_name(order->step));

	/* Nothing was taken, and a charge that is still to come is void. */
	if (!uuid_is_nil(&order->payment_id))
		return poison(out, "payment failed after it had succeeded");

	cancel(order, ORDER_ON_PAYMENT_FAILED, event->failure_reason, out);
	return APPLIED;
}

enum outcome order_on_payment_refunded(
	struct order *order, const struct payment_refunded *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);
	if (!order_expects(order, ORDER_ON_PAYMENT_REFUNDED))
		return poison(out, "refunded while %s", order_step_name(order->step));
	if (event->amount != order->total_amount)
		return poison(out, "the amount given back is not the order's total");

	/* Of a charge that we gave up waiting for, this is the first we hear. */
	order->payment_id = event->payment_id;
	order->refunded = true;
	cancel(order, ORDER_ON_PAYMENT_REFUNDED, "refunded", out);
	return APPLIED;
}

enum outcome order_on_inventory_reserved(
	struct order *order, const struct inventory_reserved *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	/* Too late: the stock is being released, or there is none to keep. */
	if (order_is_compensating(order))
		return ignored(out, "already %s", order_step_name(order->step));

	if (!order_expects(order, ORDER_ON_INVENTORY_RESERVED))
		return poison(out, "stock reserved while %s", order_step_name(order->step));

	order->status = ORDER_STATUS_COMPLETED;
	order->reservation_id = event->reservation_id;
	enter(order, ORDER_ON_INVENTORY_RESERVED, out);
	EMIT(out, order_completed, .order_id = order->id, .customer_id = order->customer_id,
		.completed_at_us = out->now_us);
	return APPLIED;
}

/*
 * The stock is not there: give the money back before telling anyone.
 */
enum outcome order_on_inventory_failed(
	struct order *order, const struct inventory_failed *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	/* The refund is already on its way, or about to be. */
	if (order_is_compensating(order))
		return ignored(out, "already %s", order_step_name(order->step));

	if (!order_expects(order, ORDER_ON_INVENTORY_FAILED))
		return poison(out, "inventory failed while %s", order_step_name(order->step));

	note_reason(order, event->failure_reason);
	enter(order, ORDER_ON_INVENTORY_FAILED, out);
	return APPLIED;
}

enum outcome order_on_inventory_released(
	struct order *order, const struct inventory_released *event, struct outbox *out)
{
	(void)event;
	if (order_is_terminal(order))
		return terminal(order, out);
	if (order->step == ORDER_REFUNDING)
		return ignored(out, "already refunding");
	if (!order_expects(order, ORDER_ON_INVENTORY_RELEASED))
		return poison(out, "stock released while %s", order_step_name(order->step));

	enter(order, ORDER_ON_INVENTORY_RELEASED, out);
	return APPLIED;
}

/*
 * No answer in time. Nobody knows whether the other side did it, so the same
 * question is asked again; after the last ask the saga turns round, with
 * compensations that also void what has not happened yet. A compensation is
 * asked for until it is answered: stuck means that a person should look.
 */
enum outcome order_on_deadline(
	struct order *order, const struct order_policy *policy, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	/* The answer came first, and what it led to has a deadline of its own. */
	if (order->deadline_us > out->now_us)
		return ignored(out, "not due yet");

	if (order->asks >= policy->asks_max && order_expects(order, ORDER_ON_GIVING_UP)) {
		note_reason(order,
			order->step == ORDER_AWAITING_PAYMENT ? REASON_PAYMENT_LATE
							      : REASON_STOCK_LATE);
		enter(order, ORDER_ON_GIVING_UP, out);
		return APPLIED;
	}
	order->stuck = order_is_compensating(order) && order->asks >= policy->asks_max;
	ask(order, out);
	return APPLIED;
}

/*
 * The customer does not want it any more. What was asked of the others may still
 * happen, so it is undone before the order is Cancelled.
 */
enum outcome order_on_cancel(struct order *order, struct outbox *out)
{
	if (order->step == ORDER_COMPLETED)
		return poison(out, "a completed order cannot be cancelled");
	if (order_is_terminal(order) || order_is_compensating(order))
		return terminal(order, out);

	note_reason(order, REASON_CUSTOMER);
	enter(order, ORDER_ON_CANCEL, out);
	return APPLIED;
}

static enum outcome decide(struct order *order, const struct order_input *input,
	const struct order_policy *policy, struct outbox *out)
{
	switch (input->trigger) {
	case ORDER_ON_CREATE:
		return order_create(order, out);
	case ORDER_ON_PAYMENT_SUCCEEDED:
		return order_on_payment_succeeded(order, input->event, out);
	case ORDER_ON_PAYMENT_FAILED:
		return order_on_payment_failed(order, input->event, out);
	case ORDER_ON_PAYMENT_REFUNDED:
		return order_on_payment_refunded(order, input->event, out);
	case ORDER_ON_INVENTORY_RESERVED:
		return order_on_inventory_reserved(order, input->event, out);
	case ORDER_ON_INVENTORY_FAILED:
		return order_on_inventory_failed(order, input->event, out);
	case ORDER_ON_INVENTORY_RELEASED:
		return order_on_inventory_released(order, input->event, out);
	case ORDER_ON_DEADLINE:
		return order_on_deadline(order, policy, out);
	case ORDER_ON_CANCEL:
		return order_on_cancel(order, out);
	default:
		return poison(out, "means nothing to an order");
	}
}

enum outcome order_apply(struct order *order, const struct order_input *input,
	const struct order_policy *policy, struct outbox *out)
{
	enum outcome outcome;

	out->sequence = &order->sequence;
	outcome = decide(order, input, policy, out);
	if (outcome != APPLIED)
		return outcome;
	order->version++;
	order->updated_at_us = out->now_us;
	order->deadline_us = order_deadline(order, policy, out->now_us);
	return APPLIED;
}
