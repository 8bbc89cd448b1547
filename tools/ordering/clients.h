/*
 * Kafka clients that may be wrong: what subprojects/bus refuses to do, on purpose, and
 * the few acts of an administrator that the cases need. The one file of this tool that
 * knows librdkafka.
 */
#pragma once

#include "proxy.h"

#include <stdbool.h>

struct producer;

struct producer_config {
	const char *bootstrap;
	const char *const *options; /* extra librdkafka "name=value", NULL-ended */
	const char *topic;
	const char *partitioner; /* librdkafka's name */
	bool idempotent;
	bool singly;         /* each message a request of its own, five on their way at once */
	struct proxy *proxy; /* all its connections take this way; may be NULL */
};

/* Copies what it needs of @config but the proxy. */
int producer_create(const struct producer_config *config, struct producer **ret_producer);
void producer_destroy(struct producer *producer);

/* Queues @text under @key (NULL: none), as written by @owner (0: says none). */
int producer_send(struct producer *producer, const char *key, const char *text, int owner);
/* Until all is delivered: FAULT_BUS when something failed for good, or after @timeout_ms. */
int producer_flush(struct producer *producer, int timeout_ms);

struct clients_admin {
	const char *bootstrap;
	const char *const *options;
	int timeout_ms;
};

/* Gives @topic @partitions partitions, of which there must be fewer. */
int clients_grow(const struct clients_admin *admin, const char *topic, int partitions);
/* Deletes topics and groups without members; what is not there is no fault. */
int clients_delete(const struct clients_admin *admin, const char *const *topics, size_t topic_count,
	const char *const *groups, size_t group_count);
