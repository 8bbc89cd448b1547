/*
 * Asks the cluster what a plan is made of.
 */
#pragma once

#include "plan.h"

#include <bus/cluster.h>

struct collection {
	struct bus_group group;
	struct bus_topic_size *topics; /* all of the cluster */
	size_t topic_count;
	struct bus_position *committed; /* of the group */
	size_t committed_count;
};

/* FAULT_USAGE when nobody knows the group: it has no members and has committed nothing. */
int collect_group(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct collection *ret_collection);

/*
 * The rows of a plan with all that is given in them. FAULT_USAGE names the topic, partition,
 * file or group that is not there.
 */
int collect_plan(struct bus_cluster *cluster, const char *group, const struct selection *selection,
	const struct collection *collection, struct arena *arena, struct plan *ret_plan);

/* Fills in .start, .end and, for a time, .wanted of all rows. */
int collect_offsets(struct bus_cluster *cluster, const struct selection *selection,
	struct arena *arena, struct plan *plan);
/* FAULT_USAGE names the topic or partition of the selection that is not there. */
int collect_check(const struct collection *collection, const struct selection *selection);
/* Has the group committed anything in that topic? */
bool collect_reads(const struct collection *collection, const char *topic);
