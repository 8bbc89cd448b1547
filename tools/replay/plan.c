#include "plan.h"

#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* An offset that was asked for: as it is, or the nearest there is, or refused. */
static void aim(struct plan_row *row, int64_t wanted, bool clamp, struct arena *arena)
{
	if (wanted >= row->start && wanted <= row->end) {
		row->target = wanted;
		return;
	}
	if (!clamp) {
		row->refusal = arena_format(arena,
			"offset %" PRId64 " is out of range %" PRId64 " to %" PRId64
			" (--force-clamp takes the nearest)",
			wanted, row->start, row->end);
		return;
	}
	row->target = most(row->start, least(wanted, row->end));
	row->note = arena_format(arena, "%" PRId64 " is out of range: the nearest", wanted);
}

static void aim_shift(struct plan_row *row, int64_t number, bool clamp, struct arena *arena)
{
	int64_t wanted;

	if (row->current < 0)
		row->refusal = "has no committed offset to shift from";
	else if (__builtin_add_overflow(row->current, number, &wanted))
		row->refusal = arena_format(arena, "%" PRId64 " is no distance", number);
	else
		aim(row, wanted, clamp, arena);
}

static void aim_current(struct plan_row *row)
{
	if (row->current < 0) {
		row->note = "no committed offset: left so";
		return;
	}
	row->target = most(row->start, least(row->current, row->end));
	if (row->target != row->current)
		row->note = "its place is gone: the nearest";
}

static void aim_time(struct plan_row *row)
{
	row->target = row->wanted < 0 ? row->end : most(row->wanted, row->start);
	if (row->start == row->end)
		row->note = "empty";
	else if (row->wanted < 0)
		row->note = "nothing at that time or later: the end";
}

static void aim_given(
	struct plan_row *row, const struct selection *selection, bool clamp, struct arena *arena)
{
	if (row->wanted >= 0)
		aim(row, row->wanted, clamp, arena);
	else if (selection->selector == SELECT_KEY)
		row->note = "still to come: left as it is";
	else
		row->note = arena_format(arena, "%s has no offset of it: left as it is",
			selection->selector == SELECT_GROUP ? selection->group : "the file");
}

static void count_again(struct plan_row *row, struct arena *arena)
{
	int64_t stands = most(row->current, row->start);
	int64_t lost = row->start - row->current;

	if (row->target < 0)
		return;
	if (row->current < 0) {
		row->counted = true;
		if (*row->note == '\0')
			row->note = "nothing committed before: nothing comes again";
		return;
	}
	row->replays = most(0, least(stands, row->end) - row->target);
	row->counted = row->replays == 0;
	row->skips = most(0, row->target - stands);
	if (*row->note != '\0')
		return;
	if (row->skips > 0)
		row->note = arena_format(arena, "skips at most %" PRId64, row->skips);
	else if (lost > 0)
		row->note = arena_format(arena, "%" PRId64 " were deleted unread", lost);
	else if (row->target == row->current)
		row->note = "stays";
}

void plan_make(
	const struct selection *selection, bool clamp, struct arena *arena, struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->rows[i];

		row->target = -1;
		row->replays = row->skips = 0;
		row->counted = false;
		row->note = "";
		row->refusal = NULL;
		switch (selection->selector) {
		case SELECT_EARLIEST:
			row->target = row->start;
			break;
		case SELECT_LATEST:
			row->target = row->end;
			break;
		case SELECT_CURRENT:
			aim_current(row);
			break;
		case SELECT_OFFSET:
			aim(row, selection->number, clamp, arena);
			break;
		case SELECT_SHIFT:
			aim_shift(row, selection->number, clamp, arena);
			break;
		case SELECT_TIME:
			aim_time(row);
			break;
		case SELECT_FILE:
		case SELECT_GROUP:
		case SELECT_KEY:
			aim_given(row, selection, clamp, arena);
			break;
		}
		count_again(row, arena);
	}
}

int plan_check(const struct plan *plan)
{
	const struct plan_row *first = NULL;
	size_t refused = 0, aimed = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_row *row = &plan->rows[i];

		if (row->refusal && refused++ == 0)
			first = row;
		aimed += row->target >= 0;
	}
	if (refused > 1)
		return fault(FAULT_USAGE, "%s, partition %d: %s; partitions refused besides: %zu",
			first->topic, (int)first->partition, first->refusal, refused - 1);
	if (refused == 1)
		return fault(FAULT_USAGE, "%s, partition %d: %s", first->topic,
			(int)first->partition, first->refusal);
	if (aimed == 0)
		return fault(FAULT_USAGE, "none of these partitions has a place to go to");
	return 0;
}

bool plan_row_moves(const struct plan_row *row)
{
	return row->target >= 0 && row->target != row->current;
}

struct plan_totals plan_total(const struct plan *plan)
{
	struct plan_totals totals = {.counted = true};

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_row *row = &plan->rows[i];

		totals.replays += row->replays;
		totals.skips += row->skips;
		totals.behind += row->end - most(row->start, least(row->current, row->end));
		totals.counted &= row->counted || row->replays == 0;
		totals.moves += plan_row_moves(row);
	}
	return totals;
}

struct bus_position *plan_targets(const struct plan *plan, struct arena *arena, size_t *ret_count)
{
	struct bus_position *positions = arena_array(arena, plan->count, sizeof(*positions));
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_row *row = &plan->rows[i];

		if (plan_row_moves(row))
			positions[count++] = (struct bus_position){
				row->topic, row->partition, row->target, NULL};
	}
	*ret_count = count;
	return positions;
}

struct bus_position *plan_currents(const struct plan *plan, struct arena *arena, size_t *ret_count)
{
	struct bus_position *positions = arena_array(arena, plan->count, sizeof(*positions));

	for (size_t i = 0; i < plan->count; i++)
		positions[i] = (struct bus_position){
			plan->rows[i].topic, plan->rows[i].partition, plan->rows[i].current, NULL};
	*ret_count = plan->count;
	return positions;
}
