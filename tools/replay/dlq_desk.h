/*
 * What replay dlq works with: the cluster, the service's database, the plan. And how
 * the plan comes about: dlq_collect() asks for all that is known and changes nothing.
 *
 * Not pure; one thread.
 */
#pragma once

#include "dlq_plan.h"

#include <store/store.h>

/* How far a partition of dlq.<group> is done with. */
struct dlq_place {
	int64_t from;    /* where reading began */
	int64_t read_to; /* behind the last one read; the end when all were */
	int64_t kept;    /* the first open one that is not among the entries; INT64_MAX: none */
};

struct dlq_desk {
	const char *group;
	const char *letters; /* "dlq.<group>" */
	const char
		*place; /* "replay.dlq.<group>": the group without members that keeps our place */
	const char *bootstrap;
	const char *const *options;
	struct bus_cluster *cluster;
	struct store *store;
	struct arena *arena; /* of the run */
	struct dlq_plan_choice choice;
	bool progress;
	/* As of the last dlq_collect(). */
	struct dlq_plan *plan;
	struct dlq_place *places; /* by partition */
	size_t place_count;
	const char **parked_topics; /* where waiting messages came from; NULL-ended */
};

#define DLQ_DESK_TOPICS_MAX 64

/* FAULT_USAGE when the group has no dead letters' topic. */
int dlq_collect(struct dlq_desk *desk);
/* Below which all is settled, now that some entries are finished: a position each. */
struct bus_position *dlq_positions(const struct dlq_desk *desk, struct arena *arena);
