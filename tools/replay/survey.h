/*
 * Reads what would come again, to say exactly how much it is and of how many keys.
 */
#pragma once

#include "plan.h"

#include <bus/reader.h>

struct survey_source {
	const char *bootstrap;
	const char *const *options;
	bool progress; /* a line on stderr */
};

/*
 * Counts the messages between where @plan goes and where the group stands: the rows'
 * .replays become exact. @ret_keys: how many different keys they have.
 * FAULT_BUS and FAULT_BUS_CONFIG as the reader's.
 */
int survey_plan(const struct survey_source *source, struct plan *plan, struct arena *arena,
	int64_t *ret_keys);

struct survey_event {
	const char *topic;
	int32_t partition;
	int64_t offset, timestamp_ms;
	const char *type; /* the header; "" when there is none */
};

#define SURVEY_EVENTS_MAX 1000

/*
 * Finds the messages whose key is @key in these stretches, all of a partition in one.
 * At most SURVEY_EVENTS_MAX, by topic, partition and offset.
 */

int survey_key(const struct survey_source *source, const char *key,
	const struct bus_stretch *stretches, size_t count, struct arena *arena,
	struct survey_event **ret_events, size_t *ret_count);
