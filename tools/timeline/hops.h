/*
 * Where the time of an order went, hop by hop. Pure. Called after weave().
 *
 * From one step of the saga to the next there are three: the way of the question to the
 * participant (outbox, relay, Kafka, its poll), its work, and the way of the answer back.
 * Then what hangs on the order's end and nobody waits for.
 */
#pragma once

#include "timeline.h"

#define HOPS_MAX 64

struct hop {
	const char *step; /* that the order was in; NULL: after its end */
	const char *what; /* "OrderPaymentRequested: order → payment" */
	int64_t us;       /* negative: two clocks differ */
};

struct hops {
	struct hop list[HOPS_MAX];
	size_t count;
	int64_t total_us; /* from the first step to the last; 0: there are none */
	bool ended;       /* the last step is the order's end */
	bool backwards;   /* something was taken before it was said */
};

void hops_find(struct timeline *timeline, struct hops *ret_hops);
