#include "timeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NOTE_SIZE 400

void timeline_init(struct timeline *timeline, struct arena *arena, const struct uuid *order_id)
{
	*timeline = (struct timeline){.arena = arena, .order_id = *order_id};
}

struct record *timeline_add(struct timeline *timeline)
{
	if (timeline->count == TIMELINE_RECORDS_MAX) {
		timeline->full = true;
		return NULL;
	}
	if (timeline->count == timeline->capacity) {
		size_t capacity = timeline->capacity ? timeline->capacity * 2 : 64;
		struct record *records = arena_array(timeline->arena, capacity, sizeof(*records));

		if (timeline->count > 0)
			memcpy(records, timeline->records, timeline->count * sizeof(*records));
		timeline->records = records;
		timeline->capacity = capacity;
	}
	struct record *record = &timeline->records[timeline->count++];

	*record = (struct record){.partition = -1, .offset = -1};
	return record;
}

void timeline_note(struct timeline *timeline, const char *format, ...)
{
	char text[NOTE_SIZE];
	va_list arguments;

	if (timeline->note_count == TIMELINE_NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	timeline->notes[timeline->note_count++] = arena_string(timeline->arena, text);
}

void timeline_source(struct timeline *timeline, const char *name, const char *words)
{
	size_t at = 0;

	while (at < timeline->source_count && strcmp(timeline->sources[at].name, name) != 0)
		at++;
	if (at == TIMELINE_SOURCES_MAX)
		return;
	if (at == timeline->source_count)
		timeline->source_count++;
	timeline->sources[at] = (struct source){
		.name = name,
		.there = words == NULL,
		.words = words ? arena_string(timeline->arena, words) : NULL,
	};
}

bool timeline_has_source(const struct timeline *timeline, const char *name)
{
	for (size_t i = 0; i < timeline->source_count; i++) {
		if (strcmp(timeline->sources[i].name, name) == 0)
			return timeline->sources[i].there;
	}
	return false;
}

size_t timeline_sources_away(const struct timeline *timeline)
{
	size_t away = 0;

	for (size_t i = 0; i < timeline->source_count; i++)
		away += !timeline->sources[i].there;
	return away;
}

size_t timeline_event_ids(const struct timeline *timeline, struct uuid **ret_ids)
{
	struct uuid *ids = arena_array(timeline->arena, timeline->count, sizeof(*ids));
	size_t count = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		const struct uuid *id = &timeline->records[i].event_id;
		size_t k = 0;

		while (k < count && !uuid_equal(&ids[k], id))
			k++;
		if (k == count && !uuid_is_nil(id))
			ids[count++] = *id;
	}
	*ret_ids = ids;
	return count;
}

struct record *timeline_find(struct timeline *timeline, enum record_kind kind, const char *place,
	const struct uuid *event_id)
{
	for (size_t i = 0; i < timeline->count; i++) {
		struct record *record = &timeline->records[i];

		if (record->kind == kind && uuid_equal(&record->event_id, event_id) &&
			(!place || strcmp(record->place, place) == 0))
			return record;
	}
	return NULL;
}

int64_t timeline_standing(
	const struct timeline *timeline, const char *group, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < timeline->standing_count; i++) {
		const struct standing *standing = &timeline->standings[i];

		if (standing->partition == partition && strcmp(standing->group, group) == 0 &&
			strcmp(standing->topic, topic) == 0)
			return standing->offset;
	}
	return -1;
}
