/*
 * What the tests of the one loop share: a database of the test's own, the fake
 * bus with the topics, one member of a group, and messages to feed it.
 */
#pragma once

#include "order/service.h"

#include <base/arena.h>
#include <loop.h>
#include <store/store.h>

struct desk {
	struct store_config config;
	struct store *store;
	struct arena *arena;
	const struct handler *handler;
	const char *const *sweep;
	struct order_service service; /* of order: counts what is under way */
};

/* Called once, when it is set and so many passes of a loop's work are left. */
extern void (*meanwhile)(void);
extern int meanwhile_left;

void open_payment(struct desk *desk);
void open_inventory(struct desk *desk);
void open_order(struct desk *desk);
void open_analytics(struct desk *desk);
void desk_close(struct desk *desk);

/* One member of the group, from its start to its end: so many passes. */
int work(struct desk *desk, int passes);
/* The one number that a SELECT gives. */
int64_t number(struct desk *desk, const char *sql);

/* Messages, as another process would have published them. */
void feed(const char *topic, const struct uuid *id, const struct uuid *order_id, const void *value,
	size_t size);
void feed_charge_of(struct desk *desk, const struct uuid *order_id, money_t amount);
void feed_charge(struct desk *desk, money_t amount);
void feed_refund_of(struct desk *desk, const struct uuid *order_id, money_t amount);
void feed_paid(struct desk *desk, const struct uuid *order_id, int64_t at_ms);
void feed_reservation_of(struct desk *desk, const struct uuid *order_id, int32_t quantity);
void feed_reservation(struct desk *desk, int32_t quantity);
/* A refund that the table's own CHECK refuses: the decision lets it pass. Its order's id. */
struct uuid feed_refused(struct desk *desk);

void expect_header(const char *topic, size_t index, const char *name, const char *want);
