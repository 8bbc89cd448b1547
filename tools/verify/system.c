#include "system.h"

#include <string.h>

/* clang-format off */
const char *const service_names[SERVICES] = {
	"order", "payment", "inventory", "notification", "analytics",
};
const char *const service_relays[SERVICES] = {"relay.order", "relay.payment"};
const char *const service_records[SERVICES] = {"outbox", "outbox", "answer", NULL, "answer"};

#define BIT(topic) (1U << TOPIC_##topic)
const unsigned service_listens[SERVICES] = {
	[SERVICE_ORDER]        = BIT(PAYMENT_EVENTS) | BIT(INVENTORY_EVENTS),
	[SERVICE_PAYMENT]      = BIT(PAYMENT_REQUESTS),
	[SERVICE_INVENTORY]    = BIT(INVENTORY_REQUESTS),
	[SERVICE_NOTIFICATION] = BIT(ORDER_EVENTS) | BIT(PAYMENT_EVENTS),
	[SERVICE_ANALYTICS]    = BIT(ORDER_EVENTS) | BIT(PAYMENT_EVENTS) | BIT(INVENTORY_EVENTS),
};

const char *const topic_names[TOPICS] = {
	"order.events", "payment.requests", "inventory.requests",
	"payment.events", "inventory.events", "analytics.events",
};
const enum service topic_owners[TOPICS] = {
	SERVICE_ORDER, SERVICE_ORDER, SERVICE_ORDER,
	SERVICE_PAYMENT, SERVICE_INVENTORY, SERVICE_ANALYTICS,
};
/* clang-format on */

static size_t find(const char *const *names, size_t count, const char *name, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
			return i;
	}
	return count;
}

enum topic topic_of(const char *name, size_t size)
{
	return (enum topic)find(topic_names, TOPICS, name, size);
}

enum service service_of(const char *name, size_t size)
{
	return (enum service)find(service_names, SERVICES, name, size);
}
