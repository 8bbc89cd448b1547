/*
 * Reads stretches of partitions outside any group: for tools that look and leave no trace.
 *
 * Messages of a partition come in the order of their offsets. One thread.
 */
#pragma once

#include <bus/consumer.h>
#include <stdbool.h>

#define BUS_UNTIL_FOREVER INT64_MAX

struct bus_reader;

/* Offsets from @from on, all below @until. */
struct bus_stretch {
	const char *topic;
	int32_t partition;
	int64_t from;
	int64_t until; /* an end from bus_cluster_ends(), or BUS_UNTIL_FOREVER */
};

struct bus_reader_config {
	const char *bootstrap;
	const char *client_id;
	const char *const *options; /* extra librdkafka "name=value", NULL-ended; may be NULL */
	const struct bus_stretch *stretches;
	size_t count;
	size_t batch_max; /* messages, 1 to BUS_BATCH_MAX */
	/* Also what was aborted or is not yet committed. */
	bool uncommitted;
};

enum { BUS_READER_DONE = 1 };

/* Copies what it needs of @config. */
int bus_reader_create(const struct bus_reader_config *config, struct bus_reader **ret_reader);
void bus_reader_destroy(struct bus_reader *reader);

/*
 * Waits up to @timeout_ms for a first message or the end of a partition, then takes what
 * else is there without waiting. 0 with @batch filled, maybe empty; BUS_READER_DONE when every
 * stretch has been read; FAULT_BUS (call again) or FAULT_BUS_CONFIG (a topic or partition
 * that is not there). The batch before must have been released.
 */
int bus_reader_next(struct bus_reader *reader, int timeout_ms, struct bus_batch *batch);
void bus_reader_release(struct bus_reader *reader, struct bus_batch *batch);

/* Stretch @index of the configuration has been read to its end, or was empty. */
bool bus_reader_is_done(const struct bus_reader *reader, size_t index);
