/*
 * Everything that is known about one order: records from every source, put together.
 *
 * Data; all memory is the arena's. Collectors (database.h, topics.h, logs.h) add records as
 * they find them, weave() makes one story of them, the rest of the files look at that.
 */
#pragma once

#include <base/arena.h>
#include <base/money.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_RECORDS_MAX 5000
#define TIMELINE_NOTES_MAX 64
#define TIMELINE_SOURCES_MAX 8
#define TIMELINE_STANDINGS_MAX 256

/* In the order in which records of the same microsecond are shown. */
enum record_kind {
	RECORD_TOOK = 1, /* a service took an event: its inbox */
	RECORD_STEP,     /* the order went from one step to the next */
	RECORD_ROW,      /* something else was written down */
	RECORD_SAID,     /* a service said something: its outbox */
	RECORD_MESSAGE,  /* in a topic; weave() finds the one who said it */
	RECORD_AGAIN,    /* in a topic once more, under the same event id */
	RECORD_ALONE,    /* in a topic, and in nobody's outbox */
	RECORD_COUNTED,  /* AnalyticsProcessed about the event; weave() adds it to the taking */
	RECORD_DEAD,     /* a dead letter */
	RECORD_WAIT,     /* the order's key waits behind a dead letter */
	RECORD_LOG,      /* a line of a process's log */
	RECORD_LOG_END,  /* how far a database's write-ahead log goes: its LSN is the offset */
	RECORD_FACT,     /* what is so now, without a time */
	RECORD_GONE,     /* went into another record */
};

struct record {
	int64_t at_us; /* since 1970; 0: it has no time */
	enum record_kind kind;
	const char *place;  /* "order", "payment", "provider", … */
	const char *what;   /* the type of the event, or words; NULL: not known */
	const char *detail; /* words or NULL */
	struct uuid event_id;
	const char *topic; /* NULL: none */
	int32_t partition; /* -1: not known */
	int64_t offset;    /* -1: not known */
	int64_t sequence;  /* the order's own counter of what was said; 0: none */
	int32_t deliveries;
	const char *outcome; /* of the inbox: applied, ignored, poison, parked; NULL: none */
	int64_t xid;         /* of the transaction that wrote it; 0: none */
	bool opens;          /* made by the first taking of its place */
	bool astray;         /* not in the partition of its key: another partitioner put it there */
};

/* The order's own row. */
struct subject {
	bool known;
	const char *customer_id, *payment_method, *status, *step, *reason, *traceparent;
	money_t total;
	bool refunded, stuck;
	int64_t created_us, updated_us, deadline_us;
};

/* A database, Kafka or the logs. */
struct source {
	const char *name;
	bool there;
	const char *words; /* of the fault, when it is away */
};

/* How far a group has read a partition, or a relay published its database's log. */
struct standing {
	const char *group, *topic;
	int32_t partition;
	int64_t offset;
};

struct timeline {
	struct arena *arena;
	struct uuid order_id;
	struct subject subject;
	struct record *records;
	size_t count, capacity;
	bool full; /* there was more than TIMELINE_RECORDS_MAX */
	struct source sources[TIMELINE_SOURCES_MAX];
	size_t source_count;
	struct standing standings[TIMELINE_STANDINGS_MAX];
	size_t standing_count;
	const char *notes[TIMELINE_NOTES_MAX];
	size_t note_count;
};

void timeline_init(struct timeline *timeline, struct arena *arena, const struct uuid *order_id);
/* A new record to be filled in: no position, no time. NULL when there is no place. */
struct record *timeline_add(struct timeline *timeline);
/* One sentence for the end of the page; the first TIMELINE_NOTES_MAX are kept. */
void timeline_note(struct timeline *timeline, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* @words NULL: it answered. Said again, the last counts. */
void timeline_source(struct timeline *timeline, const char *name, const char *words);
bool timeline_has_source(const struct timeline *timeline, const char *name);
size_t timeline_sources_away(const struct timeline *timeline);

/* The ids of all events named so far, each once. */
size_t timeline_event_ids(const struct timeline *timeline, struct uuid **ret_ids);
/* The first of that kind about the event; @place NULL: anybody's. NULL: none. */
struct record *timeline_find(struct timeline *timeline, enum record_kind kind, const char *place,
	const struct uuid *event_id);
/* -1: nothing is known. */
int64_t timeline_standing(
	const struct timeline *timeline, const char *group, const char *topic, int32_t partition);
