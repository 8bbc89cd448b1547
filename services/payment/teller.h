/*
 * Tellers: threads that ask the provider and write down what it said.
 *
 * The loop commits a question with its payment and hands it over; a teller sends
 * it, and makes payment, money and outbox of the answer in one transaction. No
 * transaction is open while the provider is asked, no partition waits.
 *
 * Nothing is lost when a teller is: the question is in the database until it is
 * answered, and any teller of any process takes what is overdue.
 */
#pragma once

#include "payment.h"

#include <store/store.h>

#define TELLER_COUNT_MAX 8
#define TELLER_QUEUE_MAX 8192

struct tellers;

struct teller_config {
	const struct store_config *store; /* with the scripts of message.h and sql/payment.sql */
	struct provider_config provider;
	int64_t count; /* threads, each with a connection and a line to the provider */
};

/* What @config points to must outlive the tellers. */
int tellers_start(const struct teller_config *config, struct tellers **ret_tellers);
/* Waits for the answers that are on their way, no longer than a call takes. NULL is allowed. */
void tellers_stop(struct tellers *tellers);

/*
 * What is to be asked now, once that is committed. Any thread; never waits. What
 * finds no place in the queue is taken up when it is overdue.
 */
void tellers_hand(struct tellers *tellers, const struct provider_call *call);
void tellers_wake(struct tellers *tellers);

/* The question a payment has now. */
struct provider_call payment_call(const struct payment *payment);
