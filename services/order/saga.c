/*
 * The saga as a table: what an order's steps and triggers are called, and which
 * step follows which. order.c has the decisions that go along its lines.
 */
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

static const char *const trigger_names[ORDER_TRIGGERS] = {
	[ORDER_ON_CREATE] = "CreateOrder",
	[ORDER_ON_PAYMENT_SUCCEEDED] = "PaymentSucceeded",
	[ORDER_ON_PAYMENT_FAILED] = "PaymentFailed",
	[ORDER_ON_PAYMENT_REFUNDED] = "PaymentRefunded",
	[ORDER_ON_INVENTORY_RESERVED] = "InventoryReserved",
	[ORDER_ON_INVENTORY_FAILED] = "InventoryFailed",
	[ORDER_ON_INVENTORY_RELEASED] = "InventoryReleased",
	[ORDER_ON_DEADLINE] = "Deadline",
	[ORDER_ON_GIVING_UP] = "last Deadline",
	[ORDER_ON_CANCEL] = "CancelOrder",
};

/* Which step follows which, on what, and what is said to the others then. */
static const struct transition {
	enum order_step from;
	enum order_trigger on;
	enum order_step to;
	const char *emits;
} saga[] = {
	{ORDER_NEW,              ORDER_ON_CREATE,             ORDER_AWAITING_PAYMENT, "OrderCreated, OrderPaymentRequested"},
	{ORDER_AWAITING_PAYMENT, ORDER_ON_PAYMENT_SUCCEEDED,  ORDER_AWAITING_STOCK,   "OrderInventoryRequested"},
	{ORDER_AWAITING_PAYMENT, ORDER_ON_PAYMENT_FAILED,     ORDER_CANCELLED,        "OrderCancelled"},
	{ORDER_AWAITING_PAYMENT, ORDER_ON_DEADLINE,           ORDER_AWAITING_PAYMENT, "OrderPaymentRequested"},
	{ORDER_AWAITING_PAYMENT, ORDER_ON_GIVING_UP,          ORDER_REFUNDING,        "RefundPayment"},
	{ORDER_AWAITING_PAYMENT, ORDER_ON_CANCEL,             ORDER_REFUNDING,        "RefundPayment"},
	{ORDER_AWAITING_STOCK,   ORDER_ON_INVENTORY_RESERVED, ORDER_COMPLETED,        "OrderCompleted"},
	{ORDER_AWAITING_STOCK,   ORDER_ON_INVENTORY_FAILED,   ORDER_REFUNDING,        "RefundPayment"},
	{ORDER_AWAITING_STOCK,   ORDER_ON_DEADLINE,           ORDER_AWAITING_STOCK,   "OrderInventoryRequested"},
	{ORDER_AWAITING_STOCK,   ORDER_ON_GIVING_UP,          ORDER_RELEASING_STOCK,  "ReleaseInventory"},
	{ORDER_AWAITING_STOCK,   ORDER_ON_CANCEL,             ORDER_RELEASING_STOCK,  "ReleaseInventory"},
	{ORDER_RELEASING_STOCK,  ORDER_ON_INVENTORY_RELEASED, ORDER_REFUNDING,        "RefundPayment"},
	{ORDER_RELEASING_STOCK,  ORDER_ON_DEADLINE,           ORDER_RELEASING_STOCK,  "ReleaseInventory"},
	{ORDER_REFUNDING,        ORDER_ON_PAYMENT_REFUNDED,   ORDER_CANCELLED,        "OrderCancelled"},
	{ORDER_REFUNDING,        ORDER_ON_PAYMENT_FAILED,     ORDER_CANCELLED,        "OrderCancelled"},
	{ORDER_REFUNDING,        ORDER_ON_DEADLINE,           ORDER_REFUNDING,        "RefundPayment"},
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

const char *order_trigger_name(enum order_trigger trigger)
{
	return trigger_names[trigger];
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

int order_trigger_parse(const char *name, enum order_trigger *ret_trigger)
{
	for (int i = ORDER_ON_CREATE; i < ORDER_TRIGGERS; i++) {
		if (strcmp(trigger_names[i], name) == 0) {
			*ret_trigger = (enum order_trigger)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "nothing that happens to an order is called %s", name);
}

enum order_trigger order_trigger_of(enum event_type type)
{
	switch (type) {
	case EVENT_PAYMENT_SUCCEEDED:
		return ORDER_ON_PAYMENT_SUCCEEDED;
	case EVENT_PAYMENT_FAILED:
		return ORDER_ON_PAYMENT_FAILED;
	case EVENT_PAYMENT_REFUNDED:
		return ORDER_ON_PAYMENT_REFUNDED;
	case EVENT_INVENTORY_RESERVED:
		return ORDER_ON_INVENTORY_RESERVED;
	case EVENT_INVENTORY_FAILED:
		return ORDER_ON_INVENTORY_FAILED;
	case EVENT_INVENTORY_RELEASED:
		return ORDER_ON_INVENTORY_RELEASED;
	default:
		return 0;
	}
}

bool order_is_terminal(const struct order *order)
{
	return order->step == ORDER_COMPLETED || order->step == ORDER_CANCELLED;
}

bool order_is_compensating(const struct order *order)
{
	return order->step == ORDER_RELEASING_STOCK || order->step == ORDER_REFUNDING;
}

static const struct transition *find(enum order_step from, enum order_trigger on)
{
	for (size_t i = 0; i < SAGA_SIZE; i++) {
		if (saga[i].from == from && saga[i].on == on)
			return &saga[i];
	}
	return NULL;
}

bool order_expects(const struct order *order, enum order_trigger trigger)
{
	return find(order->step, trigger) != NULL;
}

enum order_step order_step_after(const struct order *order, enum order_trigger trigger)
{
	const struct transition *transition = find(order->step, trigger);

	assert(transition);
	return transition->to;
}

int64_t order_deadline(const struct order *order, const struct order_policy *policy, int64_t now_us)
{
	int64_t pause_us = policy->step_timeout_us;

	if (order_is_terminal(order))
		return 0;
	for (int32_t ask = 1; order_is_compensating(order) && ask < order->asks; ask++) {
		if (pause_us > policy->pause_max_us / 2)
			return now_us + policy->pause_max_us;
		pause_us *= 2;
	}
	return now_us + pause_us;
}

static const char *colour(const struct transition *transition)
{
	switch (transition->on) {
	case ORDER_ON_DEADLINE:
	case ORDER_ON_GIVING_UP:
		return "#9a6700";
	case ORDER_ON_CANCEL:
		return "#0969da";
	default:
		return "#1f2328";
	}
}

void order_write_states(struct buffer *out)
{
	buffer_add_text(out,
		"digraph saga {\n"
		"\tnode [shape=box, style=rounded, fontname=Helvetica];\n"
		"\tedge [fontname=Helvetica, fontsize=10];\n"
		"\tnew [shape=point];\n"
		"\tcompleted [peripheries=2];\n"
		"\tcancelled [peripheries=2];\n");
	for (size_t i = 0; i < SAGA_SIZE; i++)
		buffer_add_format(out,
			"\t%s -> %s [label=\"%s\\n%s\", color=\"%s\", fontcolor=\"%s\"];\n",
			step_names[saga[i].from], step_names[saga[i].to], trigger_names[saga[i].on],
			saga[i].emits, colour(&saga[i]), colour(&saga[i]));
	buffer_add_text(out, "}\n");
}
