/*
 * A payment and its decisions: pure. There is one payment to an order.
 *
 * Whatever comes twice is answered twice and charged once; a refund that comes
 * before its charge leaves a fence (a failed payment, reason "voided") that turns
 * the late charge into that answer.
 */
#pragma once

#include "provider.h"

#include <base/money.h>
#include <base/outbox.h>
#include <base/uuid.h>
#include <events/events.h>

enum payment_status {
	PAYMENT_NONE = 0, /* nothing happened yet */
	PAYMENT_SUCCEEDED,
	PAYMENT_FAILED,
	PAYMENT_REFUNDED,
};

struct payment {
	struct uuid order_id;
	struct uuid id;
	struct uuid request_id; /* of the charge; nil when a refund came first */
	struct uuid refund_id;  /* nil until refunded */
	enum payment_status status;
	money_t amount;
	const char *method;         /* "" when a refund came first */
	const char *failure_reason; /* of PAYMENT_FAILED */
	int64_t created_at_us, updated_at_us;
};

#define PAYMENT_VOIDED "voided"

const char *payment_status_name(enum payment_status status);
/* 0 or FAULT_INPUT. */
int payment_status_parse(const char *name, enum payment_status *ret_status);

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
