/*
 * Deliveries: threads that send what was written down, apart from the loop and
 * each with a connection of its own. However slow or dead the mail server is,
 * only these threads wait.
 *
 * An attempt is written down before it is made and settled after it, both in short
 * transactions: none is open while a server is talked to. A process that ends in
 * between leaves an attempt without an outcome; the mail is sent again when its
 * time is up, under the same Message-ID.
 */
#pragma once

#include <store/store.h>

struct delivery;

struct delivery_config {
	const struct store_config *store; /* must outlive the senders */
	const char *smtp_url;             /* NULL: deliveries are recorded as simulated */
	const char *domain;               /* of customers' addresses and of ours */
	int senders;
	int timeout_ms;   /* of one attempt */
	int attempts_max; /* then the notification is Failed */
	int64_t retry_first_ms, retry_pause_max_ms;
};

/* FAULT_USAGE when smtp_url is none. */
int delivery_start(const struct delivery_config *config, struct delivery **ret_delivery);
/* Something may be due. NULL is allowed. */
void delivery_wake(struct delivery *delivery);
/* The attempts under way end and are written down. NULL is allowed. */
void delivery_stop(struct delivery *delivery);
