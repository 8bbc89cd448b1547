#include "payment.h"

#include <base/fault.h>
#include <string.h>

static const char *const status_names[] = {
	[PAYMENT_NONE] = "None",
	[PAYMENT_SUCCEEDED] = "Succeeded",
	[PAYMENT_FAILED] = "Failed",
	[PAYMENT_REFUNDED] = "Refunded",
};

const char *payment_status_name(enum payment_status status)
{
	return status_names[status];
}

int payment_status_parse(const char *name, enum payment_status *ret_status)
{
	for (int i = PAYMENT_NONE; i <= PAYMENT_REFUNDED; i++) {
		if (strcmp(status_names[i], name) == 0) {
			*ret_status = (enum payment_status)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "no payment status is called %s", name);
}

/* Says where the payment stands, as often as it is asked. */
static enum outcome answer(const struct payment *payment, struct outbox *out)
{
	switch (payment->status) {
	case PAYMENT_SUCCEEDED:
		EMIT(out, payment_succeeded, .payment_id = payment->id,
			.order_id = payment->order_id, .amount = payment->amount,
			.processed_at_us = payment->updated_at_us);
		return APPLIED;
	case PAYMENT_FAILED:
		EMIT(out, payment_failed, .payment_id = payment->id, .order_id = payment->order_id,
			.amount = payment->amount, .failure_reason = payment->failure_reason,
			.failed_at_us = payment->updated_at_us);
		return APPLIED;
	case PAYMENT_REFUNDED:
		EMIT(out, payment_refunded, .refund_id = payment->refund_id,
			.payment_id = payment->id, .order_id = payment->order_id,
			.amount = payment->amount, .refunded_at_us = payment->updated_at_us);
		return APPLIED;
	case PAYMENT_NONE:
		break;
	}
	return poison(out, "no payment to answer for");
}

static void begin(struct payment *payment, money_t amount, const char *method, struct outbox *out)
{
	payment->id = uuid_make(out->now_us);
	payment->amount = amount;
	payment->method = method;
	payment->created_at_us = payment->updated_at_us = out->now_us;
}

static void fail(struct payment *payment, const char *reason)
{
	payment->status = PAYMENT_FAILED;
	payment->failure_reason = reason;
}

enum outcome payment_on_requested(
	struct payment *payment, const struct order_payment_requested *event, struct outbox *out)
{
	const char *refusal;

	/* The fence: the refund was here first. */
	if (payment->status == PAYMENT_FAILED && uuid_is_nil(&payment->request_id))
		return answer(payment, out);

	if (payment->status != PAYMENT_NONE) {
		if (!uuid_equal(&payment->request_id, &event->request_id))
			return poison(out, "a second charge for the same order");
		return answer(payment, out);
	}
	if (event->amount <= 0)
		return poison(out, "the amount to charge is not above zero");

	begin(payment, event->amount, event->payment_method, out);
	payment->request_id = event->request_id;
	refusal = provider_charge(event->payment_method);
	if (refusal)
		fail(payment, refusal);
	else
		payment->status = PAYMENT_SUCCEEDED;
	return answer(payment, out);
}

enum outcome payment_on_refund(
	struct payment *payment, const struct refund_payment *event, struct outbox *out)
{
	if (payment->status == PAYMENT_NONE) {
		begin(payment, event->amount, "", out);
		fail(payment, PAYMENT_VOIDED);
		return answer(payment, out);
	}
	/* Nothing was taken, or it was given back already. */
	if (payment->status != PAYMENT_SUCCEEDED)
		return answer(payment, out);
	if (event->amount != payment->amount)
		return poison(out, "the refund is not the amount that was charged");

	payment->status = PAYMENT_REFUNDED;
	payment->refund_id = uuid_make(out->now_us);
	payment->updated_at_us = out->now_us;
	return answer(payment, out);
}

enum outcome payment_on_event(
	struct payment *payment, enum event_type type, const void *event, struct outbox *out)
{
	switch (type) {
	case EVENT_ORDER_PAYMENT_REQUESTED:
		return payment_on_requested(payment, event, out);
	case EVENT_REFUND_PAYMENT:
		return payment_on_refund(payment, event, out);
	default:
		return poison(out, "%s means nothing to a payment", event_info(type)->name);
	}
}
