#include "move.h"

#include "report.h"

#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_EVERY_MS 200

static int members_fault(const char *group, const struct bus_group *members)
{
	BUFFER_CLEAN struct buffer words;

	if (members->state == BUS_GROUP_ABSENT)
		return fault(FAULT_STATE,
			"group %s cannot be seen (a group of the new protocol, KIP-848?), so it "
			"counts as active: use kafka-consumer-groups.sh",
			group);
	buffer_init(&words, 300);
	report_members(members, &words);
	return fault(FAULT_STATE,
		"group %s has %s; stop these, then use --wait 30: one that stopped or was killed "
		"stays a member for 6 s",
		group, words.failed ? "members" : words.data);
}

int move_wait(struct bus_cluster *cluster, const char *group, int64_t wait_s, bool progress,
	struct arena *arena)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	int64_t until_us = clock_monotonic_us() + wait_s * US_PER_S;
	struct bus_group members;
	bool shown = false;

	for (;;) {
		int r = bus_cluster_group(cluster, group, arena, &members);
		int64_t left_us = until_us - clock_monotonic_us();

		if (r < 0 || members.state == BUS_GROUP_EMPTY || left_us <= 0) {
			if (shown)
				fputs("\r\033[K", stderr);
			if (r < 0 || members.state == BUS_GROUP_EMPTY)
				return r;
			return members_fault(group, &members);
		}
		if (progress) {
			fprintf(stderr,
				"\rwaiting for %zu of group %s to leave, %" PRId64 " s \033[K",
				members.count, group, left_us / US_PER_S);
			shown = true;
		}
		nanosleep(&pause, NULL);
	}
}

static int64_t offset_in(
	const struct bus_position *positions, size_t count, const struct plan_row *row)
{
	for (size_t i = 0; i < count; i++) {
		if (positions[i].partition == row->partition &&
			strcmp(positions[i].topic, row->topic) == 0)
			return positions[i].offset;
	}
	return -1;
}

/* Is all still as it was when the plan was made? */
static int look_again(struct bus_cluster *cluster, const char *group, const struct plan *plan,
	struct arena *arena)
{
	struct bus_position *committed;
	struct bus_group members;
	size_t count;
	int r = bus_cluster_group(cluster, group, arena, &members);

	if (r == 0 && members.state != BUS_GROUP_EMPTY)
		return members_fault(group, &members);
	if (r == 0)
		r = bus_cluster_committed(cluster, group, arena, &committed, &count);
	for (size_t i = 0; r == 0 && i < plan->count; i++) {
		const struct plan_row *row = &plan->rows[i];
		int64_t stands = offset_in(committed, count, row);

		if (stands != row->current)
			return fault(FAULT_STATE,
				"group %s moved while the plan was made (%s, partition %d: %" PRId64
				" to %" PRId64 "): somebody is reading; run it again",
				group, row->topic, (int)row->partition, row->current, stands);
	}
	return r;
}

static int read_back(
	struct bus_cluster *cluster, const char *group, struct plan *plan, struct arena *arena)
{
	struct bus_position *committed;
	size_t count, elsewhere = 0;
	int r = bus_cluster_committed(cluster, group, arena, &committed, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->rows[i];
		int64_t stands = offset_in(committed, count, row);

		if (row->target < 0 || stands == row->target)
			continue;
		elsewhere++;
		row->note = arena_format(arena, "NOT MOVED: stands at %" PRId64, stands);
	}
	return elsewhere > 0 ? MOVE_PARTLY : 0;
}

int move_group(
	struct bus_cluster *cluster, const char *group, struct arena *arena, struct plan *plan)
{
	struct bus_position *targets;
	size_t count;
	int r = look_again(cluster, group, plan, arena);

	if (r < 0)
		return r;
	targets = plan_targets(plan, arena, &count);
	r = bus_cluster_commit(cluster, group, targets, count);
	/* Single partitions that were refused show when it is read back. */
	if (r < 0 && r != FAULT_LIMIT)
		return r;
	return read_back(cluster, group, plan, arena);
}
