/*
 * A payment and its decisions: pure. There is one payment to an order.
 *
 * A message never asks the provider anything: it leaves a question, and the answer
 * is an event of its own. Whatever comes twice is charged once and answered; a
 * refund that comes before its charge leaves a fence (a failed payment, reason
 * "voided") that turns the late charge into that answer; one that comes while the
 * charge is under way waits for it.
 */
#pragma once

#include "provider.h"

#include <base/money.h>
#include <base/outbox.h>
#include <base/uuid.h>
#include <events/events.h>

/* A question somebody has in hand is another's after this: longer than any call takes. */
#define PAYMENT_LEASE_US INT64_C(5000000)
/* Between two questions: the first pause, doubled each time up to the longest. */
#define PAYMENT_PAUSE_FIRST_US INT64_C(100000)
#define PAYMENT_PAUSE_MAX_US INT64_C(30000000)
/* How often a charge is asked for before an unavailable provider has failed it. */
#define PAYMENT_CHARGES_MAX 5

enum payment_status {
	PAYMENT_NONE = 0, /* nothing happened yet */
	PAYMENT_CHARGING, /* the provider is asked */
	PAYMENT_VOIDING,  /* the same, and it is to be given back if it was taken */
	PAYMENT_SUCCEEDED,
	PAYMENT_FAILED,
	PAYMENT_REFUNDING, /* the provider is asked to give it back */
	PAYMENT_REFUNDED,
};
#define PAYMENT_STATUS_COUNT (PAYMENT_REFUNDED + 1)

struct payment {
	struct uuid order_id;
	struct uuid id;         /* fixed before the provider is asked, as is the next */
	struct uuid request_id; /* of the charge; nil when a refund came first */
	struct uuid refund_id;  /* nil until refunding */
	enum payment_status status;
	money_t amount;
	const char *method;               /* "" when a refund came first */
	const char *failure_reason;       /* of PAYMENT_FAILED */
	enum provider_question ask;       /* not kept: what is to be asked now */
	enum provider_question ask_later; /* what is to be asked at due_at_us if nothing came */
	int64_t due_at_us;                /* 0 when nothing is open */
	int32_t attempts;                 /* without a result, of the question that is open */
	struct trace trace;               /* of who asked for what is open */
	int64_t created_at_us, updated_at_us;
};

#define PAYMENT_VOIDED "voided"
#define PAYMENT_GATEWAY_ERROR "gateway_error"

const char *payment_status_name(enum payment_status status);
/* 0 or FAULT_INPUT. */
int payment_status_parse(const char *name, enum payment_status *ret_status);
/* NULL for PROVIDER_NOTHING. */
const char *payment_question_name(enum provider_question question);
/* 0 or FAULT_INPUT; NULL is PROVIDER_NOTHING. */
int payment_question_parse(const char *name, enum provider_question *ret_question);

/*
 * @payment is a private copy with order_id filled in, kept with everything
 * emitted only on APPLIED.
 */
enum outcome payment_on_requested(
	struct payment *payment, const struct order_payment_requested *event, struct outbox *out);
enum outcome payment_on_refund(
	struct payment *payment, const struct refund_payment *event, struct outbox *out);
enum outcome payment_on_event(
	struct payment *payment, enum event_type type, const void *event, struct outbox *out);

/* What the provider said to a question of this payment. */
enum outcome payment_on_answer(
	struct payment *payment, const struct provider_call *call, struct outbox *out);
