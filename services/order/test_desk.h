/*
 * What the tests of the decisions share: an order in any step, everything that
 * can be said to it, and a place for what it says.
 */
#pragma once

#include "order.h"

#define DESK_ITEMS 2

extern const struct order_item desk_items[DESK_ITEMS];
extern const struct order_policy desk_policy;

struct desk {
	struct arena *arena;
	struct outbox out;
};

struct desk desk_open(struct order *order);
void desk_close(struct desk *desk);

/* An order that has just reached @step, as the decisions before it leave it. */
struct order order_at(enum order_step step);
/* Decides as the service does, on an event that fits the order. */
enum outcome send(struct order *order, enum order_trigger trigger, struct outbox *out);
/* The emission at @index, which must be of that type. */
const struct emission *emitted(const struct desk *desk, size_t index, const char *type);
