#include "dlq_plan.h"

#include <assert.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[LETTER_STATES] = {
	[LETTER_OPEN] = "open",
	[LETTER_UNFINISHED] = "unfinished",
	[LETTER_REPEAT] = "repeat",
	[LETTER_HELD] = "held",
	[LETTER_GIVEN_UP] = "given up",
	[LETTER_REFUSED] = "refused",
	[LETTER_LATER] = "later",
	[LETTER_FINISHED] = "finished",
};

const char *letter_state_name(enum letter_state state)
{
	return names[state];
}

static int compare_audits(const void *left, const void *right)
{
	const struct audit *a = left, *b = right;

	return letter_origin_compare(&a->origin, &b->origin);
}

static int compare_fronts(const void *left, const void *right)
{
	const struct front *a = left, *b = right;
	size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
	int order = memcmp(a->key, b->key, size);

	return order ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

struct dlq_plan *dlq_plan_create(const struct dlq_plan_facts *facts,
	const struct dlq_plan_choice *choice, size_t count_max, struct arena *arena)
{
	struct dlq_plan *plan = arena_new(arena, struct dlq_plan);

	plan->facts = *facts;
	plan->choice = *choice;
	plan->arena = arena;
	plan->count_max = count_max;
	plan->entries = arena_array(arena, count_max, sizeof(*plan->entries));
	if (facts->audit_count > 0)
		qsort(facts->audits, facts->audit_count, sizeof(*facts->audits), compare_audits);
	if (facts->front_count > 0)
		qsort(facts->fronts, facts->front_count, sizeof(*facts->fronts), compare_fronts);
	return plan;
}

static const struct audit *find_audit(const struct dlq_plan *plan, const struct letter *letter)
{
	const struct audit wanted = {.origin = letter->origin};

	if (plan->facts.audit_count == 0)
		return NULL;
	return bsearch(&wanted, plan->facts.audits, plan->facts.audit_count, sizeof(wanted),
		compare_audits);
}

/* The dead letter that the key waits for; NULL: it does not wait. */
static const struct front *find_front(const struct dlq_plan *plan, const struct letter *letter)
{
	const struct front wanted = {.key = letter->key, .key_size = letter->key_size};

	if (!letter->key || plan->facts.front_count == 0)
		return NULL;
	return bsearch(&wanted, plan->facts.fronts, plan->facts.front_count, sizeof(wanted),
		compare_fronts);
}

static bool is_front(const struct front *front, const struct letter *letter)
{
	return front && front->origin.offset == letter->origin.offset &&
		front->origin.partition == letter->origin.partition &&
		strcmp(front->origin.topic, letter->origin.topic) == 0;
}

enum dlq_plan_answer dlq_plan_add(struct dlq_plan *plan, const struct letter *letter)
{
	const struct front *front = find_front(plan, letter);
	const struct audit *audit = find_audit(plan, letter);
	bool waited_for = is_front(front, letter);

	if (audit && (!waited_for || audit->outcome == AUDIT_REPEAT)) {
		plan->settled++;
		return DLQ_PLAN_SETTLED;
	}
	if (!filter_takes(&plan->choice.filter, letter)) {
		plan->unmeant++;
		return DLQ_PLAN_UNMEANT;
	}
	if (plan->count == plan->count_max) {
		plan->cut = true;
		return DLQ_PLAN_FULL;
	}
	plan->entries[plan->count++] = (struct dlq_plan_entry){
		.letter = *letter,
		.state = audit ? LETTER_UNFINISHED : LETTER_OPEN,
		.outcome = audit               ? audit->outcome
			: plan->choice.discard ? AUDIT_DISCARDED
					       : AUDIT_REDRIVEN,
		.behind = waited_for ? front->behind : 0,
		.repeat = -1,
	};
	return DLQ_PLAN_TAKEN;
}

static int compare_places(const void *left, const void *right)
{
	const struct letter *a = &((const struct dlq_plan_entry *)left)->letter;
	const struct letter *b = &((const struct dlq_plan_entry *)right)->letter;

	if (a->partition != b->partition)
		return a->partition < b->partition ? -1 : 1;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

/*
 * The oldest first, but never one before an earlier one of its partition, whatever
 * the clocks said: a key's dead letters lie in one partition.
 */
static void put_in_order(struct dlq_plan *plan)
{
	struct dlq_plan_entry *ordered = arena_array(plan->arena, plan->count, sizeof(*ordered));
	size_t *heads = arena_array(plan->arena, plan->count + 1, sizeof(*heads));
	size_t *ends = arena_array(plan->arena, plan->count + 1, sizeof(*ends));
	size_t runs = 0;

	qsort(plan->entries, plan->count, sizeof(*plan->entries), compare_places);
	for (size_t i = 0; i < plan->count; i++) {
		if (i == 0 ||
			plan->entries[i].letter.partition != plan->entries[i - 1].letter.partition)
			heads[runs++] = i;
		ends[runs - 1] = i + 1;
	}
	for (size_t i = 0; i < plan->count; i++) {
		size_t oldest = runs;

		for (size_t run = 0; run < runs; run++) {
			if (heads[run] < ends[run] &&
				(oldest == runs ||
					plan->entries[heads[run]].letter.at_ms <
						plan->entries[heads[oldest]].letter.at_ms))
				oldest = run;
		}
		ordered[i] = plan->entries[heads[oldest]++];
	}
	plan->entries = ordered;
}

bool dlq_plan_is_due(const struct dlq_plan_entry *entry)
{
	return entry->state == LETTER_OPEN || entry->state == LETTER_UNFINISHED;
}

static void settle(struct dlq_plan_entry *entry, enum letter_state state, const char *note)
{
	entry->state = state;
	entry->note = note;
}

static const char *why_no_topic(const struct dlq_plan *plan, const struct letter_origin *origin)
{
	for (size_t i = 0; i < plan->facts.topic_count; i++) {
		const struct bus_topic_size *topic = &plan->facts.topics[i];

		if (strcmp(topic->name, origin->topic) != 0)
			continue;
		return origin->partition < topic->partitions
			? NULL
			: arena_format(plan->arena, "%s has no partition %" PRId32, origin->topic,
				  origin->partition);
	}
	return arena_format(plan->arena, "there is no topic %s", origin->topic);
}

/* What lies in the letter itself. A discarded one goes nowhere, so anything will do. */
static void decide_alone(struct dlq_plan *plan, struct dlq_plan_entry *entry)
{
	const struct letter *letter = &entry->letter;
	const char *why = letter->broken;

	if (entry->outcome != AUDIT_REDRIVEN)
		return;
	if (!why)
		why = why_no_topic(plan, &letter->origin);
	if (why)
		settle(entry, LETTER_REFUSED, why);
	else if (letter->redrives >= LETTER_REDRIVES_MAX && entry->state != LETTER_UNFINISHED)
		settle(entry, LETTER_GIVEN_UP,
			arena_format(plan->arena, "given up: %d redrives", letter->redrives));
}

/* An earlier one that goes covers it. */
static void decide_repeat(struct dlq_plan *plan, size_t at)
{
	struct dlq_plan_entry *entry = &plan->entries[at];

	for (size_t i = 0; i < at; i++) {
		const struct dlq_plan_entry *earlier = &plan->entries[i];

		if (!dlq_plan_is_due(earlier) ||
			(letter_origin_compare(&earlier->letter.origin, &entry->letter.origin) !=
					0 &&
				!letter_is_same(&earlier->letter, &entry->letter)))
			continue;
		entry->repeat = (ptrdiff_t)i;
		settle(entry, LETTER_REPEAT,
			arena_format(plan->arena, "the same as %" PRId32 ":%" PRId64,
				earlier->letter.partition, earlier->letter.offset));
		return;
	}
}

/* Its key waits for another one, and that does not go before it. */
static void decide_held(struct dlq_plan *plan, size_t at)
{
	struct dlq_plan_entry *entry = &plan->entries[at];
	const struct front *front = find_front(plan, &entry->letter);

	if (!front || is_front(front, &entry->letter))
		return;
	for (size_t i = 0; i < at; i++) {
		if (dlq_plan_is_due(&plan->entries[i]) &&
			is_front(front, &plan->entries[i].letter) &&
			find_front(plan, &plan->entries[i].letter) == front)
			return;
	}
	settle(entry, LETTER_HELD,
		arena_format(plan->arena, "waits behind %s [%" PRId32 "] offset %" PRId64,
			front->origin.topic, front->origin.partition, front->origin.offset));
}

void dlq_plan_decide(struct dlq_plan *plan)
{
	int64_t due = 0;

	put_in_order(plan);
	for (size_t i = 0; i < plan->count; i++) {
		struct dlq_plan_entry *entry = &plan->entries[i];

		decide_alone(plan, entry);
		if (dlq_plan_is_due(entry))
			decide_repeat(plan, i);
		if (dlq_plan_is_due(entry))
			decide_held(plan, i);
		if (!dlq_plan_is_due(entry))
			continue;
		if (plan->choice.max > 0 && due >= plan->choice.max)
			settle(entry, LETTER_LATER, "left for later by --max");
		else
			due++;
	}
}

size_t dlq_plan_count(const struct dlq_plan *plan, enum letter_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->entries[i].state == state;
	return count;
}

size_t dlq_plan_due(const struct dlq_plan *plan)
{
	return dlq_plan_count(plan, LETTER_OPEN) + dlq_plan_count(plan, LETTER_UNFINISHED);
}

size_t dlq_plan_cannot(const struct dlq_plan *plan)
{
	return dlq_plan_count(plan, LETTER_HELD) + dlq_plan_count(plan, LETTER_GIVEN_UP) +
		dlq_plan_count(plan, LETTER_REFUSED);
}
