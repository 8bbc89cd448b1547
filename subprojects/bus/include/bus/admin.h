/*
 * Topics: made when absent, reported when different, never altered.
 */
#pragma once

#include <stdint.h>

struct bus_topic {
	const char *name;
	int partitions;
	int replicas;
	int64_t retention_ms; /* -1: for ever */
};

/* @topics ends with a NULL name. FAULT_STATE names a topic whose partition count differs. */
int bus_topics_ensure(const char *bootstrap, const char *const *options,
	const struct bus_topic *topics, int timeout_ms, int *ret_created);

/* 0 when a broker answers within @timeout_ms. */
int bus_ping(const char *bootstrap, const char *const *options, int timeout_ms);
