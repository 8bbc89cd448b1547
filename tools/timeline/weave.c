#include "weave.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *topic;
	const char *const groups[4];
} readers[] = {
	{"payment.requests", {"payment"}},
	{"inventory.requests", {"inventory"}},
	{"order.events", {"notification", "analytics"}},
	{"payment.events", {"order", "notification", "analytics"}},
	{"inventory.events", {"order", "gateway", "analytics"}},
};

#define READER_COUNT (sizeof(readers) / sizeof(readers[0]))

const char *const *weave_readers(const char *topic)
{
	static const char *const none[] = {NULL};

	for (size_t i = 0; i < READER_COUNT; i++) {
		if (strcmp(readers[i].topic, topic) == 0)
			return readers[i].groups;
	}
	return none;
}

/* Whose outbox a topic comes from. */
static const char *sender_of(const char *topic)
{
	static const struct {
		const char *topic, *sender;
	} senders[] = {{"payment.events", "payment"}, {"inventory.events", "inventory"},
		{"analytics.events", "analytics"}, {"order.events", "order"},
		{"payment.requests", "order"}, {"inventory.requests", "order"}};

	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		if (strcmp(senders[i].topic, topic) == 0)
			return senders[i].sender;
	}
	return NULL;
}

/*
 * A message is what somebody said, the same once more, or nobody's: that only when the one
 * who should have said it could be asked.
 */
static void place_message(struct timeline *timeline, struct record *message)
{
	struct record *said = uuid_is_nil(&message->event_id)
		? NULL
		: timeline_find(timeline, RECORD_SAID, NULL, &message->event_id);

	if (!said) {
		const char *sender = sender_of(message->topic);

		if (!sender || timeline_has_source(timeline, sender))
			message->kind = RECORD_ALONE;
	} else if (said->offset >= 0) {
		message->kind = RECORD_AGAIN;
		message->what = said->what;
	} else {
		said->partition = message->partition;
		said->offset = message->offset;
		said->astray = message->astray;
		message->kind = RECORD_GONE;
	}
}

/* The name of an event, from whoever knows it. */
static const char *name_of(const struct timeline *timeline, const struct uuid *event_id)
{
	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->what && record->kind != RECORD_DEAD && record->kind != RECORD_WAIT &&
			record->kind != RECORD_LOG && uuid_equal(&record->event_id, event_id))
			return record->what;
	}
	return NULL;
}

/* @other tells of the same taking: what only it knows comes along. */
static void join(struct record *record, struct record *other)
{
	if (record->at_us == 0)
		record->at_us = other->at_us;
	if (!record->what)
		record->what = other->what;
	if (!record->detail)
		record->detail = other->detail;
	if (other->deliveries > record->deliveries)
		record->deliveries = other->deliveries;
	if (!record->outcome)
		record->outcome = other->outcome;
	other->kind = RECORD_GONE;
}

/* The inbox's row of a step, of what was not applied, or of a message that waits. */
static void join_taking(struct timeline *timeline, struct record *taking)
{
	struct record *record;

	if (uuid_is_nil(&taking->event_id))
		return;
	record = timeline_find(timeline, RECORD_STEP, taking->place, &taking->event_id);
	if (!record)
		record = timeline_find(timeline, RECORD_TOOK, taking->place, &taking->event_id);
	if (record && record != taking)
		join(record, taking);
}

/*
 * An inbox dates by the start of its transaction, everything else by the process, which
 * decides a moment earlier: nothing was made of an event before it was taken.
 */
static bool is_of_taking(
	const struct record *record, const struct record *taking, const struct record *first)
{
	if (record->kind == RECORD_TOOK || record->at_us == 0 ||
		strcmp(record->place, taking->place) != 0)
		return false;
	return (record->opens && taking == first) ||
		(record->xid != 0 && record->xid == taking->xid) ||
		(record->kind == RECORD_ROW && !uuid_is_nil(&record->event_id) &&
			uuid_equal(&record->event_id, &taking->event_id));
}

static void date_taking(struct timeline *timeline, struct record *taking)
{
	const struct record *first = taking;

	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->kind == RECORD_TOOK && record->at_us != 0 &&
			record->at_us < first->at_us && strcmp(record->place, taking->place) == 0)
			first = record;
	}
	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (is_of_taking(record, taking, first) && record->at_us < taking->at_us)
			taking->at_us = record->at_us;
	}
}

static void join_counted(struct timeline *timeline, struct record *counted)
{
	struct record *taking =
		timeline_find(timeline, RECORD_TOOK, "analytics", &counted->event_id);

	if (!taking)
		return;
	taking->detail =
		arena_format(timeline->arena, "counted: analytics.events %" PRId32 "@%" PRId64,
			counted->partition, counted->offset);
	counted->kind = RECORD_GONE;
}

/* Without Kafka, who took it knows where it was. */
static void place_by_taking(struct timeline *timeline, struct record *said)
{
	for (size_t i = 0; said->offset < 0 && i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if ((record->kind == RECORD_TOOK || record->kind == RECORD_STEP) &&
			record->offset >= 0 && uuid_equal(&record->event_id, &said->event_id)) {
			said->partition = record->partition;
			said->offset = record->offset;
		}
	}
}

static void each(struct timeline *timeline, enum record_kind kind,
	void (*act)(struct timeline *timeline, struct record *record))
{
	for (size_t i = 0; i < timeline->count; i++) {
		if (timeline->records[i].kind == kind)
			act(timeline, &timeline->records[i]);
	}
}

static void name_taking(struct timeline *timeline, struct record *taking)
{
	if (!taking->what && !uuid_is_nil(&taking->event_id))
		taking->what = name_of(timeline, &taking->event_id);
}

static int compare(const void *left, const void *right)
{
	const struct record *a = left, *b = right;

	/* What has no time comes last. */
	if ((a->at_us == 0) != (b->at_us == 0))
		return a->at_us == 0 ? 1 : -1;
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	int places = strcmp(a->place, b->place);
	if (places != 0)
		return places;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void drop_gone(struct timeline *timeline)
{
	size_t kept = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		if (timeline->records[i].kind != RECORD_GONE)
			timeline->records[kept++] = timeline->records[i];
	}
	timeline->count = kept;
}

void weave(struct timeline *timeline)
{
	each(timeline, RECORD_TOOK, join_taking);
	each(timeline, RECORD_MESSAGE, place_message);
	each(timeline, RECORD_TOOK, name_taking);
	each(timeline, RECORD_TOOK, date_taking);
	each(timeline, RECORD_COUNTED, join_counted);
	each(timeline, RECORD_SAID, place_by_taking);
	drop_gone(timeline);
	if (timeline->count > 0)
		qsort(timeline->records, timeline->count, sizeof(*timeline->records), compare);
}
