#include "notification.h"

#include <assert.h>
#include <base/money.h>
#include <string.h>

/* The answer to a refund of what was never charged: the cancellation will tell. */
#define PAYMENT_VOIDED "voided"

static_assert(EVENT_TYPE_COUNT <= 32, "the kinds of events told are bits of 32");

unsigned notification_fields(enum event_type type)
{
	switch (type) {
	case EVENT_ORDER_COMPLETED:
		return TEMPLATE_FIELD(ORDER_ID);
	case EVENT_ORDER_CANCELLED:
		return TEMPLATE_FIELD(ORDER_ID) | TEMPLATE_FIELD(REASON);
	case EVENT_PAYMENT_FAILED:
		return TEMPLATE_FIELD(ORDER_ID) | TEMPLATE_FIELD(REASON) | TEMPLATE_FIELD(AMOUNT);
	default:
		return 0;
	}
}

/* Events of version 1 name nobody: "". */
static void learn_customer(struct customer_order *order, const char *customer_id)
{
	if (!order->customer_id && *customer_id)
		order->customer_id = customer_id;
}

static enum outcome tell(struct customer_order *order,
	const struct notification_templates *templates, enum event_type type,
	struct template_values *values, struct outbox *out, struct notification *notification)
{
	const struct template *template = &templates->of[type];
	char order_id[UUID_TEXT_SIZE];

	/* Told under another event id: a participant answered the same question again. */
	if (order->told & (UINT32_C(1) << type))
		return ignored(out, "the customer was told of %s already", event_info(type)->name);

	values->texts[TEMPLATE_ORDER_ID] = uuid_format(&order->order_id, order_id);
	*notification = (struct notification){
		.type = type,
		.subject = template_render(template->subject, values, out->arena),
		.body = template_render(template->body, values, out->arena),
	};
	order->told |= UINT32_C(1) << type;
	return APPLIED;
}

static enum outcome on_completed(struct customer_order *order,
	const struct notification_templates *templates, const struct order_completed *event,
	struct outbox *out, struct notification *notification)
{
	struct template_values values = {0};

	learn_customer(order, event->customer_id);
	return tell(order, templates, EVENT_ORDER_COMPLETED, &values, out, notification);
}

static enum outcome on_cancelled(struct customer_order *order,
	const struct notification_templates *templates, const struct order_cancelled *event,
	struct outbox *out, struct notification *notification)
{
	struct template_values values = {.texts = {[TEMPLATE_REASON] = event->cancellation_reason}};

	learn_customer(order, event->customer_id);
	return tell(order, templates, EVENT_ORDER_CANCELLED, &values, out, notification);
}

static enum outcome on_payment_failed(struct customer_order *order,
	const struct notification_templates *templates, const struct payment_failed *event,
	struct outbox *out, struct notification *notification)
{
	char amount[MONEY_TEXT_SIZE];
	struct template_values values = {
		.texts = {[TEMPLATE_REASON] = event->failure_reason,
			[TEMPLATE_AMOUNT] = money_format(event->amount, amount)}};

	if (strcmp(event->failure_reason, PAYMENT_VOIDED) == 0)
		return ignored(out, "nothing was charged: the cancellation tells the customer");
	return tell(order, templates, EVENT_PAYMENT_FAILED, &values, out, notification);
}

enum outcome notification_on_event(struct customer_order *order,
	const struct notification_templates *templates, enum event_type type, const void *event,
	struct outbox *out, struct notification *ret_notification)
{
	switch (type) {
	case EVENT_ORDER_CREATED:
		learn_customer(order, ((const struct order_created *)event)->customer_id);
		return APPLIED;
	case EVENT_ORDER_COMPLETED:
		return on_completed(order, templates, event, out, ret_notification);
	case EVENT_ORDER_CANCELLED:
		return on_cancelled(order, templates, event, out, ret_notification);
	case EVENT_PAYMENT_FAILED:
		return on_payment_failed(order, templates, event, out, ret_notification);
	case EVENT_PAYMENT_SUCCEEDED:
	case EVENT_PAYMENT_REFUNDED:
		/* Taken note of: the order's own end is what a customer is told. */
		return APPLIED;
	default:
		return poison(out, "%s means nothing to a customer", event_info(type)->name);
	}
}
