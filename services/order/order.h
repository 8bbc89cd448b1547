/*
 * An order and the decisions of its saga: pure. No clock, SQL, Kafka, malloc.
 *
 * The table in order.c is the only place that says which step follows which.
 */
#pragma once

#include <base/money.h>
#include <base/outbox.h>
#include <base/uuid.h>
#include <events/events.h>
#include <stdbool.h>

/* As customers see it. */
enum order_status {
	ORDER_STATUS_PENDING = 1,
	ORDER_STATUS_PAID,
	ORDER_STATUS_COMPLETED,
	ORDER_STATUS_CANCELLED
};

/* As the orchestrator keeps it. */
enum order_step {
	ORDER_NEW = 0, /* not yet created: only order_create() starts here */
	ORDER_AWAITING_PAYMENT,
	ORDER_AWAITING_STOCK,
	ORDER_RELEASING_STOCK,
	ORDER_REFUNDING,
	ORDER_COMPLETED,
	ORDER_CANCELLED,
	ORDER_STEPS,
};

#define ORDER_ITEMS_MAX 100
/* How long a step may take before the question is asked again. */
#define ORDER_STEP_TIMEOUT_US (30 * INT64_C(1000000))

struct order_item {
	const char *product_id;
	int32_t quantity; /* 1 … 1000 */
	money_t price;    /* of one, as of the order's creation */
};

struct order {
	struct uuid id;
	const char *customer_id;
	const char *payment_method;
	enum order_status status;
	enum order_step step;
	money_t total_amount;
	const struct order_item *items;
	size_t items_count;
	struct uuid payment_id;     /* nil until paid */
	struct uuid reservation_id; /* nil until reserved */
	bool refunded;
	const char *cancellation_reason; /* NULL until something goes wrong */
	int64_t sequence;                /* of the last message emitted about it */
	int32_t version;                 /* of the last event applied to it */
	int64_t deadline_us;             /* 0 once terminal */
	int64_t created_at_us, updated_at_us;
};

const char *order_status_name(enum order_status status);
const char *order_step_name(enum order_step step);
/* 0 or FAULT_INPUT. */
int order_status_parse(const char *name, enum order_status *ret_status);
int order_step_parse(const char *name, enum order_step *ret_step);

bool order_is_terminal(const struct order *order);
/* Whether the saga table has a line from the order's step to @next. */
bool order_may_become(const struct order *order, enum order_step next);

/* Sum of quantity × price. 0 or FAULT_LIMIT. */
int order_total(const struct order_item *items, size_t count, money_t *ret_total);

/*
 * Each decision: @order is a private copy, kept with everything emitted only on
 * APPLIED. order_create() wants id, customer, method, items and total filled in.
 */
enum outcome order_create(struct order *order, struct outbox *out);
enum outcome order_on_payment_succeeded(
	struct order *order, const struct payment_succeeded *event, struct outbox *out);
enum outcome order_on_payment_failed(
	struct order *order, const struct payment_failed *event, struct outbox *out);
enum outcome order_on_payment_refunded(
	struct order *order, const struct payment_refunded *event, struct outbox *out);
enum outcome order_on_inventory_reserved(
	struct order *order, const struct inventory_reserved *event, struct outbox *out);
enum outcome order_on_inventory_failed(
	struct order *order, const struct inventory_failed *event, struct outbox *out);
enum outcome order_on_inventory_released(
	struct order *order, const struct inventory_released *event, struct outbox *out);

/* Dispatches to the decision of that event; POISON for a type that is no business of an order's. */
enum outcome order_on_event(
	struct order *order, enum event_type type, const void *event, struct outbox *out);

/* Prints the saga table as Graphviz. */
void order_write_states(struct buffer *out);
