/*
 * Moves a group to where a plan says, and looks whether it is there.
 */
#pragma once

#include "collect.h"

/*
 * 0 once @group has no members; they are asked for until @wait_s seconds are over. Else
 * FAULT_STATE names the members and says what to do.
 */
int move_wait(struct bus_cluster *cluster, const char *group, int64_t wait_s, bool progress,
	struct arena *arena);

enum { MOVE_PARTLY = 1 };

/*
 * Looks once more that nobody is in the group and that it stands where the plan saw it
 * (FAULT_STATE: nothing was changed), commits, reads back. 0, or MOVE_PARTLY with notes in
 * the rows that are not where they should be.
 */
int move_group(
	struct bus_cluster *cluster, const char *group, struct arena *arena, struct plan *plan);
