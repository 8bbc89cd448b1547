/*
 * One look at the cluster: what groups committed first, where the logs end second, so that
 * a lag is never made of a commit that came after the end was asked for.
 */
#pragma once

#include "place.h"

#include <base/arena.h>
#include <bus/cluster.h>

struct look_group {
	const char *name;
	enum bus_group_state state;
	size_t members;
	size_t committed; /* partitions; 0 and no members: the cluster does not know it */
};

/* Starts and ends of a topic's partitions, by number. */
struct look_topic {
	const char *name;
	int partitions;
	const struct bus_position *starts, *ends;
};

struct look {
	int64_t at_us; /* Unix: when the ends had been read */
	struct look_group *groups;
	size_t group_count;
	struct look_topic *topics;
	size_t topic_count;
	struct place *places; /* seen, not yet measured; ordered */
	size_t count;
};

struct look_config {
	struct bus_cluster *cluster;
	const char *const *groups; /* NULL-ended */
	const char *const *topics; /* NULL-ended; NULL: all */
};

/* Everything lives in @arena. FAULT_USAGE names a topic of @config that is not there. */
int look_take(const struct look_config *config, struct arena *arena, struct look *ret_look);

/* Neither members nor commits: a name that the cluster has not heard of. */
bool look_group_is_unknown(const struct look_group *group);
