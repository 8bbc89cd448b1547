/*
 * How far each partition of dlq.<group> is done with: nothing below its place is open.
 *
 * A hint for where to begin reading, and for those who watch the lag; that a dead
 * letter was put back is said by the audit alone. Pure.
 */
#pragma once

#include "dlq_plan.h"

struct dlq_place {
	int64_t from;    /* where reading began */
	int64_t read_to; /* behind the last one read; the end when all were */
	int64_t kept;    /* the first open one that is not among the entries; INT64_MAX: none */
};

/* The dead letter at @offset stays open and is no entry. */
void dlq_place_keep(struct dlq_place *place, int64_t offset);

/*
 * A position for each of @count partitions of @topic, now that some entries are
 * finished. One that was published but whose key is not released holds it back.
 */
struct bus_position *dlq_place_positions(const struct dlq_plan *plan,
	const struct dlq_place *places, size_t count, const char *topic, struct arena *arena);
