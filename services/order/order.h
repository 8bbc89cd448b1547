/*
 * An order and the decisions of its saga: pure. No clock, SQL, Kafka, malloc.
 *
 * The table in saga.c is the only place that says which step follows which.
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

/* What an order is confronted with. */
enum order_trigger {
	ORDER_ON_CREATE = 1,
	ORDER_ON_PAYMENT_SUCCEEDED,
	ORDER_ON_PAYMENT_FAILED,
	ORDER_ON_PAYMENT_REFUNDED,
	ORDER_ON_INVENTORY_RESERVED,
	ORDER_ON_INVENTORY_FAILED,
	ORDER_ON_INVENTORY_RELEASED,
	ORDER_ON_DEADLINE,  /* no answer in time: the question is asked again */
	ORDER_ON_GIVING_UP, /* a deadline after the last ask */
	ORDER_ON_CANCEL,
	ORDER_TRIGGERS,
};

#define ORDER_ITEMS_MAX 100

/* How patient the saga is. */
struct order_policy {
	int64_t step_timeout_us; /* of one ask */
	int64_t pause_max_us;    /* a compensating step asks at growing pauses, up to this one */
	int32_t asks_max;        /* then awaiting_* gives up, and a compensating step is stuck */
};

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
	int64_t deadline_us;             /* of the question last asked; 0 once terminal */
	int32_t asks;                    /* of that question, so far; 0 once terminal */
	bool stuck;                      /* asked for too long while compensating */
	int64_t created_at_us, updated_at_us;
};

/*
 * A thing that an order is confronted with: a command (ORDER_ON_CREATE,
 * ORDER_ON_CANCEL), the clock (ORDER_ON_DEADLINE), or an event.
 */
struct order_input {
	enum order_trigger trigger;
	const void *event; /* the generated struct of that event; NULL: none */
};

const char *order_status_name(enum order_status status);
const char *order_step_name(enum order_step step);
/* As the history calls it: "CreateOrder", "PaymentSucceeded", "Deadline", … */
const char *order_trigger_name(enum order_trigger trigger);
/* 0 or FAULT_INPUT. */
int order_status_parse(const char *name, enum order_status *ret_status);
int order_step_parse(const char *name, enum order_step *ret_step);
int order_trigger_parse(const char *name, enum order_trigger *ret_trigger);
/* 0 for a type that is no business of an order's. */
enum order_trigger order_trigger_of(enum event_type type);

bool order_is_terminal(const struct order *order);
/* Undoing what was done; asked for ever. */
bool order_is_compensating(const struct order *order);
/* Whether the saga table has a line for @trigger in the order's step. */
bool order_expects(const struct order *order, enum order_trigger trigger);
/* Where that line leads. It must be there. */
enum order_step order_step_after(const struct order *order, enum order_trigger trigger);
/* When the question that is open will have waited long enough; 0 once terminal. */
int64_t order_deadline(
	const struct order *order, const struct order_policy *policy, int64_t now_us);
/* Prints the saga table as Graphviz. */
void order_write_states(struct buffer *out);

/* Sum of quantity × price. 0 or FAULT_LIMIT. */
int order_total(const struct order_item *items, size_t count, money_t *ret_total);

/*
 * The decision on one input, and what every one that is applied has in common:
 * version, time and the next deadline.
 *
 * @order is a private copy, kept with everything emitted only on APPLIED. POISON
 * to a command means that it is refused. ORDER_ON_CREATE wants id, customer,
 * method, items and total filled in.
 */
enum outcome order_apply(struct order *order, const struct order_input *input,
	const struct order_policy *policy, struct outbox *out);

/* The decisions one by one; they leave version, time and deadline alone. */
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
enum outcome order_on_deadline(
	struct order *order, const struct order_policy *policy, struct outbox *out);
enum outcome order_on_cancel(struct order *order, struct outbox *out);
