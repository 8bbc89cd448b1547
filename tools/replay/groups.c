#include "groups.h"

#include <base/fault.h>
#include <stdbool.h>
#include <string.h>

/* What all consumers with a database do. */
#define INBOX "the inbox knows its event id: not decided again, only counted (inbox.seen)"
#define ONCE "below the position of the group's .published nothing is sent again"
#define LETTERS ONCE ", but for dead letters that were given up or have no key"

static const struct group_effect order[] = {
	{"steps of the saga: what payment and inventory are asked for (outbox)", INBOX},
	{"dead letters in dlq.order", LETTERS},
};

static const struct group_effect payment[] = {
	{"charges and refunds at the payment provider",
		INBOX "; asked for by the payment's own id, of which there is one to an order, and "
		      "(payment, capture) and (payment, refund) are primary keys"},
	{"answers in payment.events (outbox)", INBOX},
	{"dead letters in dlq.payment", LETTERS},
};

static const struct group_effect inventory[] = {
	{"stock reserved and released", INBOX "; one reservation to an order, a primary key"},
	{"answers in inventory.events",
		ONCE "; a stored answer keeps its event id, should it ever be sent twice"},
	{"dead letters in dlq.inventory", LETTERS},
};

static const struct group_effect notification[] = {
	{"mails to customers",
		INBOX "; also without it there is one to an order and kind, unique in the "
		      "database, and one that is recorded as sent is not sent again"},
	{"dead letters in dlq.notification", LETTERS},
};

static const struct group_effect analytics[] = {
	{"the read model", INBOX "; each milestone of an order is set once"},
	{"AnalyticsProcessed in analytics.events", ONCE},
	{"dead letters in dlq.analytics", LETTERS},
};

static const struct group_effect gateway[] = {
	{"cached products in Redis are dropped", "read from inventory again when next asked for"},
};

#define GROUP(name) \
	{ \
#name, name, sizeof(name) / sizeof(name[0]) \
	}
static const struct group_description groups[] = {GROUP(order), GROUP(payment), GROUP(inventory),
	GROUP(notification), GROUP(analytics), GROUP(gateway)};

const struct group_description *group_find(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	}
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size > end_size && strcmp(text + size - end_size, end) == 0;
}

int group_check(const char *name)
{
	if (*name == '\0')
		return fault(FAULT_USAGE, "--group is empty: give the name of a group");
	if (strncmp(name, "relay.", 6) == 0)
		return fault(FAULT_USAGE,
			"%s is a relay's place in the write-ahead log: moved, it would publish the "
			"outbox twice or lose of it",
			name);
	if (ends_with(name, ".published"))
		return fault(FAULT_USAGE,
			"%s says how far its group has published: moved, answers would be sent "
			"twice; replay the group itself",
			name);
	return 0;
}
