/*
 * The plan: for each partition where the group stands, where it is to go, and what of
 * it comes again. Pure: what the cluster says is given in the rows.
 */
#pragma once

#include "selection.h"

#include <base/arena.h>
#include <bus/transactor.h>

struct plan_row {
	/* Given. */
	const char *topic;
	int32_t partition;
	int64_t start, end; /* the first offset that is kept; the last stable one */
	int64_t current;    /* -1: nothing is committed */
	/*
	 * SELECT_TIME: the first message at that time or later. SELECT_FILE, SELECT_GROUP,
	 * SELECT_KEY: what stands there. -1: there is none.
	 */
	int64_t wanted;

	/* Planned. */
	int64_t target;      /* -1: is left as it is */
	int64_t replays;     /* messages that come again; at most so many until counted */
	int64_t skips;       /* that will never come: at most so many */
	bool counted;        /* by reading: replays is exact */
	const char *note;    /* "" or words for a person */
	const char *refusal; /* NULL: none */
};

struct plan {
	struct plan_row *rows; /* by topic and partition */
	size_t count;
};

/* Out of range is refused, or with @clamp the nearest there is. */
void plan_make(
	const struct selection *selection, bool clamp, struct arena *arena, struct plan *plan);

/* FAULT_USAGE in words when a row is refused, or when none has a place to go. */
int plan_check(const struct plan *plan);

/* True when the target is another place than where the group stands. */
bool plan_row_moves(const struct plan_row *row);

struct plan_totals {
	int64_t replays, skips, behind; /* behind: between where the group stands and the end */
	bool counted;
	size_t moves;
};
struct plan_totals plan_total(const struct plan *plan);

/* The moves, or where these partitions stand now (with -1 where nothing is committed). */
struct bus_position *plan_targets(const struct plan *plan, struct arena *arena, size_t *ret_count);
struct bus_position *plan_currents(const struct plan *plan, struct arena *arena, size_t *ret_count);
