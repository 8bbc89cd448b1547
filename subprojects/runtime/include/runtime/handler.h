/*
 * What a service does with messages: the four steps that differ, the loop
 * (loop.c) does the rest, once, for all.
 *
 *   load     queue the statements that read what the batch touches
 *   loaded   make memory of their rows
 *   decide   one message: change the memory, emit, answer an outcome
 *   save     queue the statements that write it back
 *
 * The batch is one PostgreSQL transaction: inbox, effects and outbox together.
 * A batch that the database refuses is rolled back and taken message by message;
 * the one at fault becomes POISON, alone. A batch may be run more than once
 * before it commits: nothing outside the transaction may be touched.
 */
#pragma once

#include <base/outbox.h>
#include <bus/consumer.h>
#include <events/events.h>
#include <store/store.h>

#define HANDLER_LOADS_MAX 4

struct runtime_message {
	struct bus_message raw;
	struct uuid id;  /* the event's, from header "id" */
	struct uuid key; /* orderId */
	enum event_type type;
	const void *event;      /* the generated struct of that type; NULL: unreadable */
	const char *unreadable; /* why; NULL: it was read */
	struct trace trace;     /* this hop's own span */
	int64_t sequence;       /* 0: none */
	enum outcome outcome;   /* 0 until decided */
	const char *reason;     /* of everything but APPLIED */
	int attempts;           /* so many times it was tried */
	bool redelivered;       /* the inbox has it: outcome and reason are the stored ones */
	bool repeated;          /* redelivered within this very batch */
	bool rejected;          /* the database refused it; POISON whatever comes */
	bool was_poison;        /* the inbox, or the key that waits for it, knows it as POISON */
	bool published;         /* its Kafka transaction is committed: not again */
	size_t emissions_first, emissions_count;
};

struct runtime_batch {
	struct runtime_message *messages;
	size_t count;
	struct store *store;
	struct arena *arena; /* reset after the commit */
	struct outbox *out;
};

enum publish {
	PUBLISH_OUTBOX = 1,  /* rows of the outbox; a relay publishes them */
	PUBLISH_TRANSACTION, /* rows of "answer", then one Kafka transaction with the offsets */
	PUBLISH_NOTHING,
};

struct handler {
	const char *group;
	const char *const *topics; /* consumed; NULL-ended */
	int gather_ms;             /* no order waits for it: bus_consumer_config */
	enum publish publish;
	const char *const *publishes; /* PUBLISH_TRANSACTION: its topics, NULL-ended */
	size_t loads;                 /* how many statements load() queues */
	void (*load)(struct runtime_batch *batch);
	void *(*loaded)(struct runtime_batch *batch, struct store_result *const *results);
	enum outcome (*decide)(
		void *state, struct runtime_batch *batch, const struct runtime_message *message);
	void (*save)(void *state, struct runtime_batch *batch);
	/* After PostgreSQL's commit, before Kafka's: for what lives in memory only (counters,
	 * whom to wake). Not called when the commit's answer was lost. May be NULL. */
	void (*committed)(void *state, const struct runtime_batch *batch, void *context);
};

/* Order ids of the messages that are readable, without repeats: what most loads begin with. */
void batch_push_keys(const struct runtime_batch *batch, struct store_array *array);
