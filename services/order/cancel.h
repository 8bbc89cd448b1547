/*
 * The customer's cancellation: one order, one transaction.
 */
#pragma once

#include "service.h"

#include <base/trace.h>

enum cancel_outcome {
	CANCEL_ACCEPTED = 1, /* under way now, or already; the order says how far */
	CANCEL_REFUSED,      /* it is completed: 409 */
	CANCEL_UNKNOWN,      /* no such order: 404 */
};

/* Registers the metrics; called once, at start. */
void cancel_init(void);

/* A cancel_outcome, or a fault after which nothing was done. */
int order_cancel(struct order_service *service, const struct uuid *id, const struct trace *trace,
	struct arena *arena, struct order *ret_order);
