/*
 * What a decision may do besides changing its private copy: emit messages and
 * say why it did not. Pure data: nothing here knows Kafka, SQL or HTTP.
 *
 * One outbox serves a batch; whoever runs the decision takes outbox_mark()
 * before it and outbox_rewind() if it did not answer APPLIED.
 */
#pragma once

#include <base/arena.h>
#include <base/trace.h>
#include <base/uuid.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
	APPLIED = 1, /* save the copy and everything emitted */
	IGNORED,     /* nothing to do (late, doubled): logged and counted, then done */
	POISON,      /* cannot be right: to the dead letters */
	NOT_YET,     /* what it is about cannot be seen yet: the batch is tried again */
	PARKED,      /* the loop's own answer: its key waits behind a dead letter */
};

const char *outcome_name(enum outcome outcome);

struct emission {
	struct uuid id; /* event id, UUIDv7 */
	const char *topic;
	const char *type;    /* "OrderCancelled" */
	struct uuid key;     /* orderId: key and aggregateid */
	const void *payload; /* Confluent wire format; lives in the outbox's arena */
	size_t payload_size;
	struct trace trace;
	int64_t sequence; /* the aggregate's own counter; 0: none */
	int64_t occurred_at_us;
	size_t cause; /* index of the message of the batch that caused it */
};

#define OUTBOX_EMISSIONS_MAX 4096

struct outbox {
	struct arena *arena;
	struct emission *emissions; /* in the arena; may move when one is added */
	size_t count;
	size_t capacity;
	int64_t now_us; /* the batch's one idea of "now" */
	/* Of the message being decided; copied into what is emitted. */
	struct trace trace;
	size_t cause;
	int64_t *sequence;  /* where the aggregate counts, or NULL; each emission raises it */
	const char *reason; /* set by ignored() and poison(); in the arena */
};

void outbox_init(struct outbox *outbox, struct arena *arena, int64_t now_us);
size_t outbox_mark(const struct outbox *outbox);
void outbox_rewind(struct outbox *outbox, size_t mark);

/*
 * Adds one message; the generated x_emit() functions call this. Asserts on
 * OUTBOX_EMISSIONS_MAX. What it returns is valid until the next is added.
 */
struct emission *outbox_add(struct outbox *outbox, const char *topic, const char *type,
	const struct uuid *key, const void *payload, size_t payload_size);

/* Sets the reason; returns the outcome of that name, so that a decision ends with it. */
enum outcome ignored(struct outbox *outbox, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum outcome poison(struct outbox *outbox, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum outcome not_yet(struct outbox *outbox, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* EMIT(out, order_cancelled, .order_id = …): typed, and grep finds every producer. */
#define EMIT(out, type, ...) type##_emit((out), &(struct type){__VA_ARGS__})
