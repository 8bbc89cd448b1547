/*
 * What the system consists of, as far as its invariants speak of it: services with a
 * database and a group each, and the topics between them.
 */
#pragma once

#include <stddef.h>

/* A service's name is also that of its database and of its consumer group. */
enum service {
	SERVICE_ORDER,
	SERVICE_PAYMENT,
	SERVICE_INVENTORY,
	SERVICE_NOTIFICATION,
	SERVICE_ANALYTICS,
	SERVICES,
};

enum topic {
	TOPIC_ORDER_EVENTS,
	TOPIC_PAYMENT_REQUESTS,
	TOPIC_INVENTORY_REQUESTS,
	TOPIC_PAYMENT_EVENTS,
	TOPIC_INVENTORY_EVENTS,
	TOPIC_ANALYTICS_EVENTS,
	TOPICS,
};

extern const char *const service_names[SERVICES];
/* Its relay's group; NULL where the service publishes in Kafka transactions of its own. */
extern const char *const service_relays[SERVICES];
/* The table that says what the service has published; NULL: it publishes nothing. */
extern const char *const service_records[SERVICES];
/* Topics that the service's group reads, a bit each. */
extern const unsigned service_listens[SERVICES];

extern const char *const topic_names[TOPICS];
extern const enum service topic_owners[TOPICS];

/* TOPICS or SERVICES for a name that is none of them. */
enum topic topic_of(const char *name, size_t size);
enum service service_of(const char *name, size_t size);
