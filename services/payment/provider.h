/*
 * The payment provider: an outside party that is asked and answers later, or never.
 *
 * Questions are sent, answers are received when they come, in any order; nothing
 * blocks. Every question carries the id it is about and may be sent again: a charge
 * happens once for a payment id, a refund once for a refund id. Whoever got no
 * answer must not guess; PROVIDER_QUERY says what has become of the payment.
 *
 * One provider is one line to it, used by one thread. Behind this header stands a
 * simulated one (provider.c) that keeps a durable ledger of its own and decides by
 * the payment method.
 */
#pragma once

#include <base/money.h>
#include <base/trace.h>
#include <base/uuid.h>
#include <stddef.h>
#include <stdint.h>

#define PROVIDER_OPEN_MAX 1024 /* questions without an answer, on one line */
#define PROVIDER_METHOD_SIZE 33

enum provider_question {
	PROVIDER_NOTHING = 0,
	PROVIDER_CHARGE,
	PROVIDER_REFUND,
	PROVIDER_QUERY,  /* what has become of the payment? changes nothing */
	PROVIDER_CANCEL, /* take nothing under this payment id any more; answered as a query */
};
#define PROVIDER_CANCELLED "cancelled" /* why it declines from then on */

enum provider_answer {
	PROVIDER_CHARGED = 1, /* the money is taken */
	PROVIDER_REFUNDED,    /* it was taken and given back */
	PROVIDER_DECLINED,    /* no, for good; .reason says why */
	PROVIDER_UNAVAILABLE, /* nothing was done; later it may work */
	PROVIDER_NOT_FOUND,   /* to a query or a refund: no such charge */
	PROVIDER_NO_ANSWER,   /* done or not: nobody knows */
};

struct provider_call {
	enum provider_question question;
	struct uuid order_id; /* comes back with the answer; the provider does not read it */
	struct uuid payment_id;
	struct uuid refund_id; /* of PROVIDER_REFUND */
	money_t amount;
	char method[PROVIDER_METHOD_SIZE];
	struct trace trace; /* of the call itself; comes back as it is */
	int64_t sent_us;    /* set by who sends */
	enum provider_answer answer;
	const char *reason; /* of PROVIDER_DECLINED; static */
};

struct provider;

struct provider_config {
	const struct store_config *store; /* of its ledger: a line of its own */
	int64_t latency_ms, slow_ms;      /* of every answer, of method "slow" */
	int64_t failure_permille;         /* answered UNAVAILABLE or not at all, half each */
};

/* @config must outlive it. NULL: no memory. */
struct provider *provider_create(const struct provider_config *config);
void provider_destroy(struct provider *provider);

/* How many more questions may be sent now. */
size_t provider_room(const struct provider *provider);
/* Copies the question. There must be room. */
void provider_send(struct provider *provider, const struct provider_call *call);
/* Monotonic time of the next answer; INT64_MAX when nothing is open. */
int64_t provider_next_us(const struct provider *provider);
/* The answers that are there, at most PROVIDER_OPEN_MAX; returns how many. */
size_t provider_receive(struct provider *provider, struct provider_call *ret_calls);
