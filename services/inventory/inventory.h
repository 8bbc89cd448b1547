/*
 * Stock, reservations and the decisions about them: pure. There is one
 * reservation to an order.
 *
 * All of an order's items are reserved or none. Whatever comes twice is answered
 * twice and reserved once; a release that comes before its request leaves a
 * fence that turns the late request into a refusal.
 */
#pragma once

#include <base/outbox.h>
#include <base/uuid.h>
#include <events/events.h>

enum reservation_status {
	RESERVATION_NONE = 0, /* nothing happened yet */
	RESERVATION_RESERVED,
	RESERVATION_FAILED,
	RESERVATION_RELEASED,
};

struct stock {
	const char *product_id;
	int64_t on_hand; /* may still be reserved */
	int64_t reserved;
	bool changed;
};

#define STOCK_SUFFICED (-1)

struct reservation_item {
	const char *product_id;
	int32_t quantity;
	int64_t available; /* STOCK_SUFFICED, or what was there instead */
};

struct reservation {
	struct uuid order_id;
	struct uuid id;
	struct uuid request_id; /* nil when a release came first */
	enum reservation_status status;
	const char *failure_reason;
	const struct reservation_item *items;
	size_t items_count;
	int64_t created_at_us, updated_at_us;
};

/* The stock that a batch touches, sorted by product id as strcmp() has it. */
struct stock_table {
	struct stock *rows;
	size_t count;
};

const char *reservation_status_name(enum reservation_status status);
/* 0 or FAULT_INPUT. */
int reservation_status_parse(const char *name, enum reservation_status *ret_status);

void stock_table_sort(struct stock_table *table);
/* NULL when there is no such product. */
struct stock *stock_find(const struct stock_table *table, const char *product_id);

/*
 * @reservation is a private copy with order_id filled in, kept with everything
 * emitted only on APPLIED; @stock is changed only then.
 */
enum outcome inventory_on_requested(struct reservation *reservation, struct stock_table *stock,
	const struct order_inventory_requested *event, struct outbox *out);
enum outcome inventory_on_release(struct reservation *reservation, struct stock_table *stock,
	const struct release_inventory *event, struct outbox *out);
enum outcome inventory_on_event(struct reservation *reservation, struct stock_table *stock,
	enum event_type type, const void *event, struct outbox *out);
