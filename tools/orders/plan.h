/*
 * What is sent when: the times of an open loop, and what each request orders.
 *
 * All of it follows from the options and a seed; request n is the same whatever
 * thread sends it and whatever was answered before.
 */
#pragma once

#include <base/uuid.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_RATE_MAX 100000
#define PLAN_REQUESTS_MAX 2000000
#define PLAN_PRODUCTS_MAX 256
#define PLAN_BODY_SIZE 512
#define PLAN_QUANTITY_MAX 3 /* of the one product of an order */

/* What an order is meant to come to. */
enum plan_kind {
	PLAN_OK,
	PLAN_DECLINED,
	PLAN_INSUFFICIENT_FUNDS,
	PLAN_GATEWAY_ERROR,
	PLAN_OUT_OF_STOCK,
	PLAN_SLOW,
	PLAN_UNKNOWN_OUTCOME,
	PLAN_CANCEL, /* as ok, and its customer takes it back a moment later */
	PLAN_KINDS,  /* how many there are */
};

struct plan {
	int64_t rate;  /* requests a second */
	int64_t count; /* requests in all */
	uint64_t seed;
	int64_t weights[PLAN_KINDS];
	const char *products[PLAN_PRODUCTS_MAX]; /* what can be bought; at least one */
	size_t product_count;
	const char *product_sold_out;
	int64_t cancel_within_us; /* of its answer, an order of PLAN_CANCEL is cancelled */
	struct uuid run;          /* keys of one run are never those of another */
};

const char *plan_kind_name(enum plan_kind kind);

/* "ok=70,declined=20": weights of the kinds. 0, or FAULT_USAGE naming what is wrong. */
int plan_parse_mix(struct plan *plan, const char *text);
/* "60s", "5m", "1h" or a plain number of seconds. 0 or FAULT_USAGE. */
int plan_parse_duration(const char *text, int64_t *ret_seconds);

/* Microseconds after the start at which request @n is due. */
int64_t plan_due_us(const struct plan *plan, int64_t n);
enum plan_kind plan_kind_of(const struct plan *plan, int64_t n);
/* Of PLAN_CANCEL: how long after its answer the customer changes their mind. */
int64_t plan_cancel_after_us(const struct plan *plan, int64_t n);
/* The Idempotency-Key; returns @text. */
char *plan_key(const struct plan *plan, int64_t n, char text[static UUID_TEXT_SIZE]);
/* The JSON body; returns its size. */
size_t plan_body(const struct plan *plan, int64_t n, char body[static PLAN_BODY_SIZE]);
