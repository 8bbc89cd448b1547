/*
 * What customers are told, and when: pure. One notification to an order and kind
 * of event, however often and in whatever order events come.
 *
 * Nobody waits for a notification and nothing else is decided by one. Its text is
 * made here, when the event comes; sending it is another matter (delivery.c).
 */
#pragma once

#include "template.h"

#include <base/outbox.h>
#include <base/uuid.h>
#include <events/events.h>

/* What this context knows of an order. */
struct customer_order {
	struct uuid order_id;
	const char *customer_id; /* NULL: no event has named the customer yet */
	uint32_t told;           /* bit 1 << enum event_type of each notification */
};

struct notification {
	enum event_type type;
	const char *subject, *body;
};

struct notification_templates {
	struct template of[EVENT_TYPE_COUNT];
};

/* The placeholders (bits of TEMPLATE_FIELD) of an event that customers are told of; else 0. */
unsigned notification_fields(enum event_type type);

/*
 * @order is a private copy, kept only on APPLIED. When that raised a bit of
 * order->told, *ret_notification is what to tell, in out's arena.
 */
enum outcome notification_on_event(struct customer_order *order,
	const struct notification_templates *templates, enum event_type type, const void *event,
	struct outbox *out, struct notification *ret_notification);
