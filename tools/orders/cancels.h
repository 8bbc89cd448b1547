/*
 * Cancellations at their time: threads beside the senders, so that a customer who takes a
 * while to change their mind keeps no connection of the open loop busy.
 */
#pragma once

#include "tally.h"

#include <http/client.h>

#define CANCELS_THREADS 8

struct cancels;

struct cancels_config {
	const struct plan *plan;
	struct http_client *client; /* with CANCELS_THREADS connections to spare */
	struct tally *tally;
	int timeout_ms;
};

/* @config is copied. FAULT_SYSTEM without threads or memory. */
int cancels_start(const struct cancels_config *config, struct cancels **ret_cancels);
/* Order @order_id of request @n is cancelled at @due_us (monotonic). Any thread. */
void cancels_add(struct cancels *cancels, int64_t n, const struct uuid *order_id, int64_t due_us);
/* What is not under way will not be sent any more. */
void cancels_stop(struct cancels *cancels);
/* True when nothing waits and every answer is in. */
bool cancels_done(struct cancels *cancels);
/* Stops and waits for the threads; takes NULL. */
void cancels_destroy(struct cancels *cancels);
