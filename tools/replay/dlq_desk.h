/*
 * What replay dlq works with: the cluster, the service's database, the plan. And how
 * the plan comes about: dlq_collect() asks for all that is known and changes nothing.
 *
 * Not pure; one thread.
 */
#pragma once

#include "dlq_place.h"

#include <store/store.h>

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
