#include "order.h"

#include <assert.h>
#include <base/fault.h>
#include <string.h>

/* clang-format off */
static const char *const status_names[] = {
	[ORDER_STATUS_PENDING] = "Pending",
	[ORDER_STATUS_PAID] = "Paid",
	[ORDER_STATUS_COMPLETED] = "Completed",
	[ORDER_STATUS_CANCELLED] = "Cancelled",
};

static const char *const step_names[ORDER_STEPS] = {
	[ORDER_NEW] = "new",
	[ORDER_AWAITING_PAYMENT] = "awaiting_payment",
	[ORDER_AWAITING_STOCK] = "awaiting_stock",
	[ORDER_RELEASING_STOCK] = "releasing_stock",
	[ORDER_REFUNDING] = "refunding",
	[ORDER_COMPLETED] = "completed",
	[ORDER_CANCELLED] = "cancelled",
};

/* The saga: which step follows which, and on what. */
static const struct transition {
	enum order_step from, to;
	const char *on;
} saga[] = {
	{ORDER_NEW,              ORDER_AWAITING_PAYMENT, "CreateOrder"},
	{ORDER_AWAITING_PAYMENT, ORDER_AWAITING_STOCK,   "PaymentSucceeded"},
	{ORDER_AWAITING_PAYMENT, ORDER_CANCELLED,        "PaymentFailed"},
	{ORDER_AWAITING_STOCK,   ORDER_COMPLETED,        "InventoryReserved"},
	{ORDER_AWAITING_STOCK,   ORDER_REFUNDING,        "InventoryFailed"},
	{ORDER_RELEASING_STOCK,  ORDER_REFUNDING,        "InventoryReleased"},
	{ORDER_REFUNDING,        ORDER_CANCELLED,        "PaymentRefunded"},
	{ORDER_REFUNDING,        ORDER_CANCELLED,        "PaymentFailed (voided)"},
};
/* clang-format on */

#define SAGA_SIZE (sizeof(saga) / sizeof(saga[0]))

const char *order_status_name(enum order_status status)
{
	return status_names[status];
}

const char *order_step_name(enum order_step step)
{
	return step_names[step];
}

int order_status_parse(const char *name, enum order_status *ret_status)
{
	for (int i = ORDER_STATUS_PENDING; i <= ORDER_STATUS_CANCELLED; i++) {
		if (strcmp(status_names[i], name) == 0) {
			*ret_status = (enum order_status)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "no order status is called %s", name);
}

int order_step_parse(const char *name, enum order_step *ret_step)
{
	for (int i = ORDER_NEW; i < ORDER_STEPS; i++) {
		if (strcmp(step_names[i], name) == 0) {
			*ret_step = (enum order_step)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "no step of the saga is called %s", name);
}

bool order_is_terminal(const struct order *order)
{
	return order->step == ORDER_COMPLETED || order->step == ORDER_CANCELLED;
}

bool order_may_become(const struct order *order, enum order_step next)
{
	for (size_t i = 0; i < SAGA_SIZE; i++) {
		if (saga[i].from == order->step && saga[i].to == next)
			return true;
	}
	return false;
}

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

static enum outcome terminal(const struct order *order, struct outbox *out)
{
	return ignored(out, "already %s", order_step_name(order->step));
}

static void enter(struct order *order, enum order_step step, const struct outbox *out)
{
	assert(order_may_become(order, step));
	order->step = step;
	order->deadline_us = order_is_terminal(order) ? 0 : out->now_us + ORDER_STEP_TIMEOUT_US;
}

static void cancel(struct order *order, const char *reason, struct outbox *out)
{
	enter(order, ORDER_CANCELLED, out);
	order->status = ORDER_STATUS_CANCELLED;
	if (!order->cancellation_reason)
		order->cancellation_reason = reason;
	EMIT(out, order_cancelled, .order_id = order->id, .customer_id = order->customer_id,
		.cancellation_reason = order->cancellation_reason, .refunded = order->refunded,
		.cancelled_at_us = out->now_us);
}

static void refund(struct order *order, const char *reason, struct outbox *out)
{
	enter(order, ORDER_REFUNDING, out);
	if (!order->cancellation_reason)
		order->cancellation_reason = reason;
	EMIT(out, refund_payment, .order_id = order->id, .request_id = request_id(order, "refund"),
		.payment_id = order->payment_id, .amount = order->total_amount, .reason = reason,
		.requested_at_us = out->now_us);
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
	enter(order, ORDER_AWAITING_PAYMENT, out);
	emit_created(order, out);
	EMIT(out, order_payment_requested, .order_id = order->id,
		.request_id = request_id(order, "payment"), .amount = order->total_amount,
		.payment_method = order->payment_method, .requested_at_us = out->now_us);
	return APPLIED;
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

	if (!order_may_become(order, ORDER_AWAITING_STOCK))
		return poison(out, "paid twice while %s", order_step_name(order->step));
	if (event->amount != order->total_amount)
		return poison(out, "the amount charged is not the order's total");

	order->status = ORDER_STATUS_PAID;
	order->payment_id = event->payment_id;
	enter(order, ORDER_AWAITING_STOCK, out);
	request_stock(order, out);
	return APPLIED;
}

enum outcome order_on_payment_failed(
	struct order *order, const struct payment_failed *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	/* From refunding too: there was nothing to give back, the charge is void. */
	if (!order_may_become(order, ORDER_CANCELLED))
		return poison(out, "payment failed while %s", order_step_name(order->step));

	cancel(order, event->failure_reason, out);
	return APPLIED;
}

enum outcome order_on_payment_refunded(
	struct order *order, const struct payment_refunded *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);
	if (order->step != ORDER_REFUNDING)
		return poison(out, "refunded while %s", order_step_name(order->step));
	if (event->amount != order->total_amount)
		return poison(out, "the amount given back is not the order's total");

	order->refunded = true;
	cancel(order, "refunded", out);
	return APPLIED;
}

enum outcome order_on_inventory_reserved(
	struct order *order, const struct inventory_reserved *event, struct outbox *out)
{
	if (order_is_terminal(order))
		return terminal(order, out);

	/* Too late: the stock is being released, or there is none to keep. */
	if (order->step == ORDER_RELEASING_STOCK || order->step == ORDER_REFUNDING)
		return ignored(out, "already %s", order_step_name(order->step));

	if (!order_may_become(order, ORDER_COMPLETED))
		return poison(out, "stock reserved while %s", order_step_name(order->step));

	order->status = ORDER_STATUS_COMPLETED;
	order->reservation_id = event->reservation_id;
	enter(order, ORDER_COMPLETED, out);
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
	if (order->step == ORDER_REFUNDING || order->step == ORDER_RELEASING_STOCK)
		return ignored(out, "already %s", order_step_name(order->step));

	if (!order_may_become(order, ORDER_REFUNDING))
		return poison(out, "inventory failed while %s", order_step_name(order->step));

	refund(order, event->failure_reason, out);
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
	if (order->step != ORDER_RELEASING_STOCK)
		return poison(out, "stock released while %s", order_step_name(order->step));

	refund(order, order->cancellation_reason ? order->cancellation_reason : "cancelled", out);
	return APPLIED;
}

enum outcome order_on_event(
	struct order *order, enum event_type type, const void *event, struct outbox *out)
{
	switch (type) {
	case EVENT_PAYMENT_SUCCEEDED:
		return order_on_payment_succeeded(order, event, out);
	case EVENT_PAYMENT_FAILED:
		return order_on_payment_failed(order, event, out);
	case EVENT_PAYMENT_REFUNDED:
		return order_on_payment_refunded(order, event, out);
	case EVENT_INVENTORY_RESERVED:
		return order_on_inventory_reserved(order, event, out);
	case EVENT_INVENTORY_FAILED:
		return order_on_inventory_failed(order, event, out);
	case EVENT_INVENTORY_RELEASED:
		return order_on_inventory_released(order, event, out);
	default:
		return poison(out, "%s means nothing to an order", event_info(type)->name);
	}
}

void order_write_states(struct buffer *out)
{
	buffer_add_text(out, "digraph saga {\n\trankdir=LR;\n\tnode [shape=box, style=rounded];\n");
	for (size_t i = 0; i < SAGA_SIZE; i++)
		buffer_add_format(out, "\t%s -> %s [label=\"%s\"];\n", step_names[saga[i].from],
			step_names[saga[i].to], saga[i].on);
	buffer_add_text(out, "}\n");
}
