/*
 * Topics: made when absent, reported when different, never altered.
 */
#pragma once

#include <stdint.h>

#define BUS_TOPICS_DECLARED_MAX 64

struct bus_topic {
	const char *name;
	int partitions;
	int replicas;
	int64_t retention_ms; /* -1: for ever */
};

/* What the cluster has of a declared topic. */
enum bus_topic_state {
	BUS_TOPIC_MISSING = 1,
	BUS_TOPIC_PRESENT, /* as declared */
	BUS_TOPIC_CREATED, /* was missing, made now */
	BUS_TOPIC_DIFFERS, /* another number of partitions */
};

struct bus_topic_report {
	enum bus_topic_state state;
	int partitions; /* as the cluster has them; 0 when missing */
};

/* Looks, changes nothing. @reports has as many entries as @topics before its NULL name. */
int bus_topics_inspect(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, struct bus_topic_report *reports);

/* As bus_topics_inspect(), then makes what is missing: BUS_TOPIC_MISSING becomes _CREATED. */
int bus_topics_create(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, struct bus_topic_report *reports);

/* @topics ends with a NULL name. FAULT_STATE names a topic whose partition count differs. */
int bus_topics_ensure(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, int *ret_created);

/*
 * How long the longest-kept of @names (NULL-ended) may hold a message: its retention
 * and the span of the segment that the message stands in, which goes as a whole.
 * INT64_MAX: for ever.
 */
int bus_topics_kept(const char *bootstrap, const char *const *options, const char *const *names,
	int timeout_ms, int64_t *ret_kept_ms);

/* 0 when a broker answers within @timeout_ms. */
int bus_ping(const char *bootstrap, const char *const *options, int timeout_ms);
