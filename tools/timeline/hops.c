#include "hops.h"

#include <string.h>

#define WAIT_SHOWN_US 1000

static void add(struct hops *hops, const char *step, const char *what, int64_t us)
{
	if (us < 0)
		hops->backwards = true;
	if (hops->count < HOPS_MAX)
		hops->list[hops->count++] = (struct hop){.step = step, .what = what, .us = us};
}

/* "awaiting_payment" of "new → awaiting_payment" and the step that comes next. */
static const char *step_left(struct arena *arena, const struct record *step)
{
	const char *arrow = step->detail ? strstr(step->detail, " → ") : NULL;

	return arrow ? arena_string_of(arena, step->detail, (size_t)(arrow - step->detail)) : "";
}

static const char *step_entered(const struct record *step)
{
	const char *arrow = step->detail ? strstr(step->detail, " → ") : NULL;

	return arrow ? arrow + strlen(" → ") : "";
}

/* The latest request that the one who answered had taken by then. */
static const struct record *request_before(
	const struct timeline *timeline, const struct record *said)
{
	const struct record *found = NULL;

	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->kind == RECORD_TOOK && record->at_us != 0 &&
			record->at_us <= said->at_us && strcmp(record->place, said->place) == 0)
			found = record;
	}
	return found;
}

/* From the step before to this one, by way of whoever answered. */
static void add_round(struct timeline *timeline, struct hops *hops, const struct record *before,
	const struct record *step)
{
	struct arena *arena = timeline->arena;
	const char *from = step_left(arena, step);
	const struct record *answer = uuid_is_nil(&step->event_id)
		? NULL
		: timeline_find(timeline, RECORD_SAID, NULL, &step->event_id);
	const struct record *taken = answer ? request_before(timeline, answer) : NULL;
	const struct record *asked =
		taken ? timeline_find(timeline, RECORD_SAID, NULL, &taken->event_id) : NULL;

	/* A question of before that is answered only now: what lies between is not known. */
	if (!answer || !asked || asked->at_us < before->at_us) {
		add(hops, from, arena_format(arena, "until %s", step->what),
			step->at_us - before->at_us);
		return;
	}
	if (asked->at_us - before->at_us >= WAIT_SHOWN_US)
		add(hops, from, arena_format(arena, "until it asked: %s", asked->what),
			asked->at_us - before->at_us);
	add(hops, from, arena_format(arena, "%s: %s → %s", asked->what, asked->place, taken->place),
		taken->at_us - asked->at_us);
	add(hops, from, arena_format(arena, "%s at work", answer->place),
		answer->at_us - taken->at_us);
	add(hops, from, arena_format(arena, "%s: %s → order", answer->what, answer->place),
		step->at_us - answer->at_us);
}

static bool is_mail(const struct record *record, const char *event)
{
	return record->kind == RECORD_ROW && strcmp(record->place, "notification") == 0 &&
		record->what && strncmp(record->what, "mail ", 5) == 0 && record->detail &&
		strncmp(record->detail, event, strlen(event)) == 0;
}

/* Who heard of the end, and when the customer was told. */
static void add_end(struct timeline *timeline, struct hops *hops, const struct record *end)
{
	struct arena *arena = timeline->arena;
	int64_t heard_us = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->kind == RECORD_TOOK && record->at_us != 0 &&
			uuid_equal(&record->event_id, &end->event_id)) {
			add(hops, NULL,
				arena_format(arena, "%s: order → %s", end->what, record->place),
				record->at_us - end->at_us);
			if (strcmp(record->place, "notification") == 0)
				heard_us = record->at_us;
		} else if (heard_us != 0 && is_mail(record, end->what)) {
			add(hops, NULL, arena_format(arena, "notification to: %s", record->what),
				record->at_us - heard_us);
		}
	}
}

void hops_find(struct timeline *timeline, struct hops *ret_hops)
{
	const struct record *first = NULL, *before = NULL, *end = NULL;

	*ret_hops = (struct hops){0};
	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->kind == RECORD_SAID && record->what && record->at_us != 0 &&
			(strcmp(record->what, "OrderCompleted") == 0 ||
				strcmp(record->what, "OrderCancelled") == 0))
			end = record;
		if (record->kind != RECORD_STEP)
			continue;
		if (before)
			add_round(timeline, ret_hops, before, record);
		else
			first = record;
		before = record;
	}
	if (before) {
		const char *entered = step_entered(before);

		ret_hops->total_us = before->at_us - first->at_us;
		ret_hops->ended =
			strcmp(entered, "completed") == 0 || strcmp(entered, "cancelled") == 0;
	}
	if (end)
		add_end(timeline, ret_hops, end);
}
