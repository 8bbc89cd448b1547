#include "payment.h"

#include <base/fault.h>
#include <string.h>

static const char *const status_names[PAYMENT_STATUS_COUNT] = {
	[PAYMENT_NONE] = "None",
	[PAYMENT_CHARGING] = "Charging",
	[PAYMENT_VOIDING] = "Voiding",
	[PAYMENT_SUCCEEDED] = "Succeeded",
	[PAYMENT_FAILED] = "Failed",
	[PAYMENT_REFUNDING] = "Refunding",
	[PAYMENT_REFUNDED] = "Refunded",
};

const char *payment_status_name(enum payment_status status)
{
	return status_names[status];
}

int payment_status_parse(const char *name, enum payment_status *ret_status)
{
	for (int i = 0; i < PAYMENT_STATUS_COUNT; i++) {
		if (strcmp(status_names[i], name) == 0) {
			*ret_status = (enum payment_status)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "no payment status is called %s", name);
}

static const char *const question_names[] = {
	[PROVIDER_CHARGE] = "charge",
	[PROVIDER_REFUND] = "refund",
	[PROVIDER_QUERY] = "query",
	[PROVIDER_CANCEL] = "cancel",
};

const char *payment_question_name(enum provider_question question)
{
	return question_names[question];
}

int payment_question_parse(const char *name, enum provider_question *ret_question)
{
	for (int i = PROVIDER_NOTHING; i <= PROVIDER_CANCEL; i++) {
		if (name == question_names[i] ||
			(name && question_names[i] && strcmp(question_names[i], name) == 0)) {
			*ret_question = (enum provider_question)i;
			return 0;
		}
	}
	return fault(FAULT_INPUT, "no question is called %s", name);
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
	case PAYMENT_CHARGING:
	case PAYMENT_VOIDING:
	case PAYMENT_REFUNDING:
		return ignored(out, "the provider is being asked: its answer will be ours");
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
	payment->created_at_us = out->now_us;
}

/*
 * Whoever finds the question overdue cannot know whether it was asked. A charge is
 * then asked about; a refund and a cancellation may be asked again.
 */
static enum outcome ask_now(
	struct payment *payment, enum provider_question question, struct outbox *out)
{
	payment->ask = question;
	payment->ask_later = question == PROVIDER_CHARGE ? PROVIDER_QUERY : question;
	payment->due_at_us = out->now_us + PAYMENT_LEASE_US;
	return APPLIED;
}

static enum outcome ask_later(
	struct payment *payment, enum provider_question question, struct outbox *out)
{
	int64_t pause_us = PAYMENT_PAUSE_FIRST_US;

	for (int i = 0; i < payment->attempts && pause_us < PAYMENT_PAUSE_MAX_US; i++)
		pause_us *= 2;
	payment->attempts++;
	payment->ask = PROVIDER_NOTHING;
	payment->ask_later = question;
	payment->due_at_us =
		out->now_us + (pause_us < PAYMENT_PAUSE_MAX_US ? pause_us : PAYMENT_PAUSE_MAX_US);
	return APPLIED;
}

/* Nothing is open any more: the payment is what it will be, and says so. */
static enum outcome settle(struct payment *payment, enum payment_status status, struct outbox *out)
{
	payment->status = status;
	payment->ask = payment->ask_later = PROVIDER_NOTHING;
	payment->due_at_us = 0;
	payment->updated_at_us = out->now_us;
	return answer(payment, out);
}

static enum outcome fail(struct payment *payment, const char *reason, struct outbox *out)
{
	payment->failure_reason = reason;
	return settle(payment, PAYMENT_FAILED, out);
}

static enum outcome refund(struct payment *payment, struct outbox *out)
{
	payment->status = PAYMENT_REFUNDING;
	payment->refund_id = uuid_make(out->now_us);
	payment->attempts = 0;
	payment->updated_at_us = out->now_us;
	return ask_now(payment, PROVIDER_REFUND, out);
}

enum outcome payment_on_requested(
	struct payment *payment, const struct order_payment_requested *event, struct outbox *out)
{
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
	payment->status = PAYMENT_CHARGING;
	payment->trace = out->trace;
	payment->updated_at_us = out->now_us;
	return ask_now(payment, PROVIDER_CHARGE, out);
}

enum outcome payment_on_refund(
	struct payment *payment, const struct refund_payment *event, struct outbox *out)
{
	if (payment->status == PAYMENT_NONE) {
		begin(payment, event->amount, "", out);
		return fail(payment, PAYMENT_VOIDED, out);
	}
	/* Nothing was taken, or it was or is being given back already. */
	if (payment->status != PAYMENT_CHARGING && payment->status != PAYMENT_SUCCEEDED)
		return answer(payment, out);
	if (event->amount != payment->amount)
		return poison(out, "the refund is not the amount that was charged");

	payment->trace = out->trace;
	if (payment->status == PAYMENT_SUCCEEDED)
		return refund(payment, out);
	payment->status = PAYMENT_VOIDING;
	payment->updated_at_us = out->now_us;
	/* It waits to be asked for again, and need not be. */
	if (payment->ask_later == PROVIDER_CHARGE)
		return ask_now(payment, PROVIDER_CANCEL, out);
	/* Taken or not, nobody knows yet: the question that is open will tell. */
	return APPLIED;
}

/* The provider was told to take nothing under this id, and took nothing. */
static const char *failure_of(const struct payment *payment, const char *reason)
{
	if (strcmp(reason, PROVIDER_CANCELLED) != 0)
		return reason;
	return payment->status == PAYMENT_VOIDING ? PAYMENT_VOIDED : PAYMENT_GATEWAY_ERROR;
}

/*
 * While nobody knows, nothing is taken for granted: a charge without an answer is
 * asked about, and one that is given up is cancelled at the provider first, or a
 * question still on its way could take the money afterwards.
 */
static enum outcome on_charge_answer(
	struct payment *payment, const struct provider_call *call, struct outbox *out)
{
	bool voiding = payment->status == PAYMENT_VOIDING;

	switch (call->answer) {
	case PROVIDER_CHARGED:
		return voiding ? refund(payment, out) : settle(payment, PAYMENT_SUCCEEDED, out);
	case PROVIDER_DECLINED:
		return fail(payment, failure_of(payment, call->reason), out);
	case PROVIDER_NOT_FOUND:
		return ask_now(payment, voiding ? PROVIDER_CANCEL : PROVIDER_CHARGE, out);
	case PROVIDER_UNAVAILABLE:
		if (call->question != PROVIDER_CHARGE)
			return ask_later(payment, call->question, out);
		if (voiding || payment->attempts + 1 >= PAYMENT_CHARGES_MAX)
			return ask_now(payment, PROVIDER_CANCEL, out);
		return ask_later(payment, PROVIDER_CHARGE, out);
	case PROVIDER_REFUNDED:
	case PROVIDER_NO_ANSWER:
		break;
	}
	if (call->question == PROVIDER_CANCEL)
		return ask_later(payment, PROVIDER_CANCEL, out);
	return ask_later(payment, PROVIDER_QUERY, out);
}

enum outcome payment_on_answer(
	struct payment *payment, const struct provider_call *call, struct outbox *out)
{
	switch (payment->status) {
	case PAYMENT_CHARGING:
	case PAYMENT_VOIDING:
		return on_charge_answer(payment, call, out);
	case PAYMENT_REFUNDING:
		if (call->answer == PROVIDER_REFUNDED)
			return settle(payment, PAYMENT_REFUNDED, out);
		/* By its own id it happens once, so it may be asked again, for ever. An answer
		 * to an earlier question about the charge is no reason to hurry. */
		if (call->question != PROVIDER_REFUND)
			return ignored(out, "an earlier question was answered late");
		return ask_later(payment, PROVIDER_REFUND, out);
	default:
		return ignored(out, "the payment is settled");
	}
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
