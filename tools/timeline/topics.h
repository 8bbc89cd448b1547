/*
 * What Kafka has about one order: the messages under its key, and how far the groups and
 * the relays are. Reads outside any group and leaves no trace.
 *
 * A key is always in the same partition of a topic, so one partition of each topic is read,
 * from the time at which the order was placed. Only a producer with another partitioner
 * puts it elsewhere.
 */
#pragma once

#include "timeline.h"

#include <bus/message.h>

struct topics_config {
	const char *bootstrap;
	const char *const *options; /* NULL-ended */
	int timeout_ms;             /* for one question, and for each silence while reading */
	int64_t since_us;           /* messages as old as this and younger */
	int64_t messages_max;       /* read at most so many, of all topics together */
	bool all_partitions;        /* also where the key does not belong */
	bool progress;              /* tell how far it is on stderr */
};

/* Says whether Kafka is there; that it is away is no fault. */
void topics_read(const struct topics_config *config, struct timeline *timeline);

/*
 * A message under the order's key, with its headers, as a record: RECORD_MESSAGE, _COUNTED or
 * _DEAD. Pure.
 */
void topics_describe(const struct bus_message *message, const struct bus_header *headers,
	size_t header_count, struct arena *arena, struct record *ret_record);
