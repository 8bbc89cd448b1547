/*
 * Reads what a case wrote: every message of some partitions, to their end, outside any
 * group.
 */
#pragma once

#include "history.h"
#include "stage.h"

#include <bus/message.h>

struct part {
	const char *topic;
	int from, until; /* partitions; @until is not read */
};

/* Called for each message in a partition's order. */
typedef int readers_take(void *closure, const struct bus_message *message, struct step step);

/* One thread over all of @part, partitions interleaved as they come. */
int readers_each(struct stage *stage, const struct part *part, readers_take *take, void *closure);

/*
 * A thread for each partition, all at once, into @history; partition p is lane @lane + p.
 * Who is named in header "owner" is the owner.
 */
int readers_parallel(
	struct stage *stage, const struct part *part, struct history *history, int lane);

/* Lanes "partition 0" and so on. */
void readers_name_lanes(struct history *history, int partitions);
