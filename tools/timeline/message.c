#include "topics.h"

#include <base/clock.h>
#include <events/events.h>
#include <inttypes.h>
#include <string.h>

struct headers {
	const struct bus_header *list;
	size_t count;
};

/* The last of that name, as bus_header_find() has it. */
static const struct bus_header *find(const struct headers *headers, const char *name)
{
	for (size_t i = headers->count; i > 0; i--) {
		if (strcmp(headers->list[i - 1].name, name) == 0)
			return &headers->list[i - 1];
	}
	return NULL;
}

static const char *text(const struct headers *headers, const char *name, struct arena *arena)
{
	const struct bus_header *found = find(headers, name);

	return found && found->size > 0 ? arena_string_of(arena, found->value, found->size) : NULL;
}

static const char *text_or(
	const struct headers *headers, const char *name, struct arena *arena, const char *otherwise)
{
	const char *found = text(headers, name, arena);

	return found ? found : otherwise;
}

/* AnalyticsProcessed is about another event: that one's id is what it stands for. */
static bool describe_counted(
	const struct bus_message *message, struct arena *arena, struct record *record)
{
	enum event_type type;
	const void *event;

	if (strcmp(message->topic, "analytics.events") != 0 || !message->value ||
		event_decode(message->value, message->value_size, arena, &type, &event) < 0 ||
		type != EVENT_ANALYTICS_PROCESSED)
		return false;
	record->kind = RECORD_COUNTED;
	record->place = "analytics";
	record->event_id = ((const struct analytics_processed *)event)->event_id;
	record->what = "AnalyticsProcessed";
	return true;
}

static bool describe_dead(const struct headers *headers, struct arena *arena, struct record *record)
{
	const char *group = text(headers, "dlq.group", arena);
	const char *topic = text(headers, "dlq.topic", arena);

	if (!group || !topic)
		return false;
	record->kind = RECORD_DEAD;
	record->place = group;
	record->what = arena_format(
		arena, "dead letter: %s", text_or(headers, "dlq.class", arena, "no class"));
	record->detail = arena_format(arena, "was %s %s@%s: %s", topic,
		text_or(headers, "dlq.partition", arena, "?"),
		text_or(headers, "dlq.offset", arena, "?"),
		text_or(headers, "dlq.reason", arena, "no reason"));
	return true;
}

void topics_describe(const struct bus_message *message, const struct bus_header *headers,
	size_t header_count, struct arena *arena, struct record *ret_record)
{
	const struct headers all = {headers, header_count};
	const struct bus_header *id = find(&all, "id");

	*ret_record = (struct record){
		.at_us = message->timestamp_ms * US_PER_MS,
		.kind = RECORD_MESSAGE,
		.place = "kafka",
		.what = text(&all, "type", arena),
		.topic = arena_string(arena, message->topic),
		.partition = message->partition,
		.offset = message->offset,
	};
	if (id)
		(void)uuid_parse(id->value, id->size, &ret_record->event_id);
	if (!describe_counted(message, arena, ret_record))
		(void)describe_dead(&all, arena, ret_record);
}
