#include "missing.h"

#include "weave.h"

#include <inttypes.h>
#include <store/stream.h>
#include <string.h>

static bool was_taken(struct timeline *timeline, const char *group, const struct uuid *event_id)
{
	return timeline_find(timeline, RECORD_TOOK, group, event_id) ||
		timeline_find(timeline, RECORD_STEP, group, event_id);
}

static bool is_dead(const struct timeline *timeline, const char *group, const struct uuid *event_id)
{
	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->kind == RECORD_DEAD && strcmp(record->place, group) == 0 &&
			uuid_equal(&record->event_id, event_id))
			return true;
	}
	return false;
}

static void add_fact(
	struct timeline *timeline, const char *place, const char *what, const char *detail)
{
	struct record *fact = timeline_add(timeline);

	if (!fact)
		return;
	fact->kind = RECORD_FACT;
	fact->place = place;
	fact->what = what;
	fact->detail = detail;
}

/*
 * The gateway has no inbox: that it has read an event is all that is known of it. A refusal
 * changes no stock, so nothing is invalidated by it.
 */
static void tell_gateway(struct timeline *timeline, const struct record *said, int64_t standing)
{
	if (standing < 0 || strcmp(said->what, "InventoryFailed") == 0)
		return;
	if (standing <= said->offset) {
		timeline_note(timeline,
			"gateway has not read %s at %s %" PRId32 "@%" PRId64
			" yet: what it cached of these products may be old",
			said->what, said->topic, said->partition, said->offset);
		return;
	}
	add_fact(timeline, "gateway", "cache invalidated",
		arena_format(timeline->arena, "it has read past %s, %s %" PRId32 "@%" PRId64,
			said->what, said->topic, said->partition, said->offset));
}

static void look_at_group(struct timeline *timeline, const struct record *said, const char *group)
{
	int64_t standing = timeline_standing(timeline, group, said->topic, said->partition);

	if (strcmp(group, "gateway") == 0) {
		tell_gateway(timeline, said, standing);
		return;
	}
	if (!timeline_has_source(timeline, group) || was_taken(timeline, group, &said->event_id) ||
		is_dead(timeline, group, &said->event_id))
		return;
	if (standing < 0)
		timeline_note(timeline, "%s has not taken %s at %s %" PRId32 "@%" PRId64, group,
			said->what, said->topic, said->partition, said->offset);
	else if (standing <= said->offset)
		timeline_note(timeline,
			"%s has not taken %s yet: it is at %s %" PRId32 "@%" PRId64
			", %s stands at %" PRId64,
			group, said->what, said->topic, said->partition, said->offset, group,
			standing);
	else
		timeline_note(timeline,
			"%s has read past %s at %s %" PRId32 "@%" PRId64
			" and its inbox does not have it",
			group, said->what, said->topic, said->partition, said->offset);
}

static void look_at(struct timeline *timeline, const struct record *said)
{
	const char *const *groups = weave_readers(said->topic);

	if (said->offset < 0) {
		if (timeline_has_source(timeline, "kafka"))
			timeline_note(timeline, "%s said %s, and it is not in %s yet", said->place,
				said->what, said->topic);
		return;
	}
	for (size_t i = 0; groups[i]; i++)
		look_at_group(timeline, said, groups[i]);
}

/*
 * Rows do not keep the LSN of their commit. What is known: all that was committed before the
 * relay's position is in Kafka.
 */
static void tell_relay(struct timeline *timeline, struct record *log)
{
	int64_t position = timeline_standing(timeline, log->place, "relay.positions", 0);
	char at[LSN_TEXT_SIZE], end[LSN_TEXT_SIZE];

	lsn_format((lsn_t)log->offset, end);
	if (position < 0)
		log->detail = arena_format(
			timeline->arena, "not known; the log of its database ends at LSN %s", end);
	else
		log->detail = arena_format(timeline->arena,
			"all before LSN %s is in Kafka; the log ends at %s",
			lsn_format((lsn_t)position, at), end);
	log->kind = RECORD_FACT;
	log->offset = -1;
}

void missing_find(struct timeline *timeline)
{
	size_t count = timeline->count;

	for (size_t i = 0; i < count; i++) {
		/* A copy: what is added may move the records. */
		const struct record record = timeline->records[i];

		if (record.kind == RECORD_LOG_END)
			tell_relay(timeline, &timeline->records[i]);
		else if (record.kind == RECORD_SAID && record.topic && record.what)
			look_at(timeline, &record);
	}
}
