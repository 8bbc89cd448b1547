/*
 * What was read, in memory: one entry to an order, one to an event, found by id.
 *
 * Bounded and fixed in size: about 250 bytes an order and 60 an event, index
 * included, however long its history is. Rows and messages themselves are not kept.
 */
#pragma once

#include "system.h"

#include <base/money.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stdint.h>

#define FACTS_ORDERS_MAX 20000000
#define FACTS_EVENTS_MAX 100000000
#define FACTS_PARTITIONS_MAX 256
#define NO_ORDER UINT32_MAX

enum order_end { END_OPEN = 0, END_COMPLETED, END_CANCELLED };

/* What a service told about an order, for the recount; each a digest of times and amounts. */
enum side { SIDE_ORDER, SIDE_PAYMENT, SIDE_INVENTORY, SIDES };

struct order_fact {
	struct uuid id;
	money_t total;
	money_t captured, refunded;         /* payment's own books */
	money_t taken, given_back;          /* the provider's */
	uint64_t items_ordered, items_held; /* sums of digests: the same items, the same sum */
	int64_t applied_us; /* scratch: when a consumer last took one of its messages */
	uint32_t owner[SIDES], counted[SIDES]; /* SIDE digests: the owners', analytics' */
	int32_t sequence[TOPICS];              /* the last one read */
	int32_t version;                       /* of the order's row */
	int32_t history_version;
	uint16_t rows, keys,
		promises; /* of orders; of idempotency; ledger lines that were answered */
	uint8_t end, step, history_step, captures, refunds;
	bool held;  /* a reservation is Reserved */
	bool young; /* the answer to its key is kept still */
};

/* An event, by the id in its message's header. */
struct event_fact {
	struct uuid id;
	int64_t offset; /* of its first message, where seen > 0 */
	uint32_t order; /* index, or NO_ORDER */
	uint32_t at_s;
	uint16_t partition;
	uint8_t topic;
	uint8_t seen;    /* messages at read_committed */
	uint8_t rows;    /* in its owner's table of what was published */
	uint8_t inboxes; /* services whose inbox has it, a bit each */
	bool dead;       /* the message at that place is a dead letter somewhere */
};

/* A place in a topic. */
struct place {
	int64_t offset;
	uint16_t partition;
	uint8_t topic;
	uint8_t services; /* whose dead letter it is, a bit each */
};

struct places {
	struct place *list;
	size_t count, capacity;
	bool sorted;
};

/* Dead letters of one class, as their header says. */
struct dead_class {
	char name[24];
	int64_t count;
};

#define FACTS_CLASSES_MAX 16

struct facts {
	struct order_fact *orders;
	uint32_t *orders_index;
	size_t orders_count, orders_capacity;
	struct event_fact *events;
	uint32_t *events_index;
	size_t events_count, events_capacity;
	struct places dead;    /* where dead letters came from */
	struct places parked;  /* messages that wait in a service's database */
	struct places strange; /* messages without an event id that can be read */
	/* Of each partition: what is kept, how far it was read, and where groups are. */
	int64_t starts[TOPICS][FACTS_PARTITIONS_MAX], ends[TOPICS][FACTS_PARTITIONS_MAX];
	int64_t committed[SERVICES][TOPICS][FACTS_PARTITIONS_MAX];
	int partitions[TOPICS];
	int64_t messages, dead_letters;
	struct dead_class classes[FACTS_CLASSES_MAX];
	int64_t now_us;           /* what is old is measured against it */
	unsigned replayed;        /* services that were rewound: what they publish may come again */
	enum topic applied_topic; /* scratch: whose rows of an inbox are being fed */
	int64_t redriven;         /* messages that were put back from a dead letter's queue */
};

/* Ends the process when memory does: everything here is bounded. */
void facts_init(struct facts *facts);
void facts_finish(struct facts *facts);

/* The entry of that id, made when it is new. Valid until the next call that makes one. */
struct order_fact *facts_order(struct facts *facts, const struct uuid *id);
struct event_fact *facts_event(struct facts *facts, const struct uuid *id);
/* NULL when there is none. */
struct event_fact *facts_find_event(struct facts *facts, const struct uuid *id);
uint32_t facts_order_index(const struct facts *facts, const struct order_fact *order);

void places_add(struct places *places, const struct place *place);
/* The services of all entries of that place; 0: none is there. */
unsigned places_find(struct places *places, enum topic topic, int partition, int64_t offset);

/* Digests that can be added up: what has the same parts in any order has the same sum. */
uint64_t digest_item(const char *product, int64_t quantity);
uint32_t digest_moment(const char *what, int64_t at_us, int64_t amount, const char *reason);
