/*
 * What operators ask a cluster, and the one thing they change: where a group stands.
 *
 * One handle for many questions, one thread. Every answer comes within the time-out
 * given at the creation, or is FAULT_BUS; what is not there is FAULT_BUS_CONFIG with its
 * name. Lists live in the caller's arena.
 *
 * Groups cannot be listed: librdkafka's request for that (2.0.2) is one that brokers of
 * today do not understand. They are named.
 */
#pragma once

#include <base/arena.h>
#include <bus/transactor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_PARTITIONS_MAX 1024

struct bus_cluster;

struct bus_cluster_config {
	const char *bootstrap;
	const char *client_id;
	const char *const *options; /* extra librdkafka "name=value", NULL-ended; may be NULL */
	int timeout_ms;             /* for one question */
};

/* Copies what it needs. Asks nothing yet. */
int bus_cluster_create(const struct bus_cluster_config *config, struct bus_cluster **ret_cluster);
void bus_cluster_destroy(struct bus_cluster *cluster);

struct bus_topic_size {
	const char *name;
	int partitions;
};

/* All topics but the cluster's own ("__…"), by name. */
int bus_cluster_topics(struct bus_cluster *cluster, struct arena *arena,
	struct bus_topic_size **ret_topics, size_t *ret_count);

/*
 * Fill in each .offset of @positions (topic and partition are given), at most
 * BUS_PARTITIONS_MAX in one call.
 *
 * _starts: the first offset that is kept.
 * _ends:   the last stable offset, up to which a read_committed reader may read.
 * _at:     the first message whose timestamp is @timestamp_ms (Unix) or later; -1: none.
 */
int bus_cluster_starts(struct bus_cluster *cluster, struct bus_position *positions, size_t count);
int bus_cluster_ends(struct bus_cluster *cluster, struct bus_position *positions, size_t count);
int bus_cluster_at(struct bus_cluster *cluster, int64_t timestamp_ms,
	struct bus_position *positions, size_t count);

/* All that @group has committed, by topic and partition; nothing for a group that is unknown. */
int bus_cluster_committed(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_position **ret_positions, size_t *ret_count);

/*
 * Moves a group that has no members. FAULT_STATE when it has some (the broker says so
 * with UNKNOWN_MEMBER_ID or NON_EMPTY_GROUP): nothing is moved then. Where the broker
 * refused single partitions, their .metadata says why and the fault is FAULT_LIMIT.
 */
int bus_cluster_commit(struct bus_cluster *cluster, const char *group,
	struct bus_position *positions, size_t count);

struct bus_member {
	const char *id;       /* "payment-1-fd1b…" */
	const char *instance; /* group.instance.id, or NULL */
	const char *client_id;
	const char *host;              /* "/127.0.0.1" */
	struct bus_position *assigned; /* .offset is not set */
	size_t assigned_count;
};

enum bus_group_state {
	BUS_GROUP_ABSENT = 1, /* or of the new protocol (KIP-848), which old clients cannot see */
	BUS_GROUP_EMPTY,
	BUS_GROUP_STABLE,
	BUS_GROUP_REBALANCING,
};

struct bus_group {
	enum bus_group_state state;
	struct bus_member *members;
	size_t count;
};

int bus_cluster_group(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_group *ret_group);
