/*
 * The open loop: threads that send each request when it is due, whatever became
 * of the ones before, and tell the tally what was answered.
 *
 * Should all threads wait for answers when a request is due, it is sent late;
 * as latencies count from when it was due, the wait shows in them.
 */
#pragma once

#include "cancels.h"

#include <http/client.h>

#define SENDERS_MAX 1024

struct senders;

struct senders_config {
	const struct plan *plan;
	struct http_client *client; /* with as many connections as threads */
	struct tally *tally;
	struct cancels *cancels; /* told of each accepted order of PLAN_CANCEL */
	int threads;
	int timeout_ms;
	int64_t start_us; /* monotonic time of request 0 */
};

/* Starts the threads. @config is copied. FAULT_SYSTEM when there are not enough. */
int senders_start(const struct senders_config *config, struct senders **ret_senders);
/* Sends nothing more; what is under way gets its answer. */
void senders_stop(struct senders *senders);
/* True when every request was sent, or senders_stop() called, and every answer is in. */
bool senders_done(struct senders *senders);
/* Waits for the threads; takes NULL. */
void senders_destroy(struct senders *senders);
