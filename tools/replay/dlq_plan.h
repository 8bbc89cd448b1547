/*
 * What is to become of each dead letter, decided from what is known of the topics,
 * the audit and the keys that wait.
 *
 * Pure. All lives in the arena given to dlq_plan_create(); nothing is owned.
 */
#pragma once

#include "dlq_audit.h"
#include "dlq_filter.h"

#include <bus/cluster.h>

enum letter_state {
	LETTER_OPEN = 1,   /* its turn is to come */
	LETTER_UNFINISHED, /* published before, but its key was not released: once more */
	LETTER_REPEAT,     /* the same message as another one of the plan */
	LETTER_HELD,       /* its key waits behind another dead letter, which goes first */
	LETTER_GIVEN_UP,   /* put back LETTER_REDRIVES_MAX times already */
	LETTER_REFUSED,    /* can never be put back */
	LETTER_LATER,      /* beyond --max */
	LETTER_FINISHED,   /* put back, or discarded, by this run */
	LETTER_STATES,
};

/* A key that waits, and the dead letter in front of it. */
struct front {
	const void *key;
	size_t key_size;
	struct letter_origin origin; /* without a time */
	int64_t behind;
};

/* What is known, each list in any order; dlq_plan_create() sorts fronts and audits. */
struct dlq_plan_facts {
	const char *group;
	struct audit *audits; /* of the group */
	size_t audit_count;
	struct front *fronts;
	size_t front_count;
	const struct bus_topic_size *topics;
	size_t topic_count;
};

struct dlq_plan_choice {
	struct filter filter;
	int64_t max;  /* letters at most; 0: all */
	bool discard; /* release what waits, without the dead letter itself */
};

struct dlq_plan_entry {
	struct letter letter;
	enum letter_state state;
	enum audit_outcome outcome; /* what is done when its turn comes */
	const char *note;
	int64_t behind;   /* so many messages wait for it */
	ptrdiff_t repeat; /* the entry that it repeats; -1: none */
};

struct dlq_plan {
	struct dlq_plan_facts facts;
	struct dlq_plan_choice choice;
	struct arena *arena;
	struct dlq_plan_entry *entries; /* in the order in which they go */
	size_t count, count_max;
	size_t settled; /* dead letters done with before: not among the entries */
	size_t unmeant; /* open ones that the filter does not take: neither */
	bool cut;       /* there are more than count_max */
};

struct dlq_plan *dlq_plan_create(const struct dlq_plan_facts *facts,
	const struct dlq_plan_choice *choice, size_t count_max, struct arena *arena);

enum dlq_plan_answer { DLQ_PLAN_SETTLED = 1, DLQ_PLAN_UNMEANT, DLQ_PLAN_TAKEN, DLQ_PLAN_FULL };
/* Dead letters come partition by partition in the order of their offsets. */
enum dlq_plan_answer dlq_plan_add(struct dlq_plan *plan, const struct letter *letter);
/* After the last: puts the entries in order and gives each its state. */
void dlq_plan_decide(struct dlq_plan *plan);

bool dlq_plan_is_due(const struct dlq_plan_entry *entry);
/* Those whose turn is to come; those that cannot go. */
size_t dlq_plan_due(const struct dlq_plan *plan);
size_t dlq_plan_cannot(const struct dlq_plan *plan);
size_t dlq_plan_count(const struct dlq_plan *plan, enum letter_state state);
const char *letter_state_name(enum letter_state state);
