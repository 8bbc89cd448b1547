#include "topics.h"

#include <base/clock.h>
#include <events/events.h>
#include <inttypes.h>
#include <string.h>

static const char *header(const struct bus_message *message, const char *name, struct arena *arena)
{
	struct bus_header found;

	if (!bus_header_find(message, name, &found) || found.size == 0)
		return NULL;
	return arena_string_of(arena, found.value, found.size);
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

static bool describe_dead(
	const struct bus_message *message, struct arena *arena, struct record *record)
{
	const char *group = header(message, "dlq.group", arena);
	const char *class = header(message, "dlq.class", arena);
	const char *reason = header(message, "dlq.reason", arena);
	const char *topic = header(message, "dlq.topic", arena);
	const char *partition = header(message, "dlq.partition", arena);
	const char *offset = header(message, "dlq.offset", arena);

	if (!group || !topic)
		return false;
	record->kind = RECORD_DEAD;
	record->place = group;
	record->what = arena_format(arena, "dead letter: %s", class ? class : "no class");
	record->detail = arena_format(arena, "was %s %s@%s: %s", topic, partition ? partition : "?",
		offset ? offset : "?", reason ? reason : "no reason");
	return true;
}

void topics_describe(
	const struct bus_message *message, struct arena *arena, struct record *ret_record)
{
	struct bus_header id;

	*ret_record = (struct record){
		.at_us = message->timestamp_ms * US_PER_MS,
		.kind = RECORD_MESSAGE,
		.place = "kafka",
		.what = header(message, "type", arena),
		.topic = arena_string(arena, message->topic),
		.partition = message->partition,
		.offset = message->offset,
	};
	if (bus_header_find(message, "id", &id))
		(void)uuid_parse(id.value, id.size, &ret_record->event_id);
	if (!describe_counted(message, arena, ret_record))
		(void)describe_dead(message, arena, ret_record);
}
