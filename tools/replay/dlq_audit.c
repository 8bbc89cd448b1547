#include "dlq_audit.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/json_writer.h>
#include <inttypes.h>
#include <json/json.h>
#include <string.h>

static const char *const names[] = {
	[AUDIT_REDRIVEN] = "redriven",
	[AUDIT_DISCARDED] = "discarded",
	[AUDIT_REPEAT] = "repeat",
};

const char *audit_outcome_name(enum audit_outcome outcome)
{
	return names[outcome];
}

const char *audit_key(const char *group, const struct letter_origin *origin, struct arena *arena)
{
	return arena_format(arena, "%s/%s/%" PRId32 "/%" PRId64, group, origin->topic,
		origin->partition, origin->offset);
}

static void write_place(struct json_writer *writer, const char *name, const char *topic,
	int32_t partition, int64_t offset)
{
	json_object_begin(writer, name);
	json_text(writer, "topic", topic);
	json_int(writer, "partition", partition);
	if (offset >= 0)
		json_int(writer, "offset", offset);
}

void audit_write(const struct audit_act *act, const struct letter *letter, struct arena *arena,
	struct buffer *out)
{
	const struct letter_origin *origin = &letter->origin;
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_text(&writer, "group", act->group);
	json_text(&writer, "outcome", names[act->outcome]);
	json_time(&writer, "at", act->at_us);
	json_text(&writer, "by", act->by);
	json_text(&writer, "key", letter_key_text(letter->key, letter->key_size, arena));
	json_int(&writer, "redrive", letter->redrives + (act->outcome == AUDIT_REDRIVEN));
	json_int(&writer, "behind", (int64_t)act->behind);
	json_text(&writer, "class", letter->class);
	json_text(&writer, "reason", letter->reason);
	write_place(&writer, "from", arena_format(arena, "dlq.%s", act->group), letter->partition,
		letter->offset);
	json_object_end(&writer);
	write_place(&writer, "origin", origin->topic, origin->partition, origin->offset);
	json_int(&writer, "timestampMs", origin->timestamp_ms);
	json_object_end(&writer);
	if (act->outcome == AUDIT_REDRIVEN) {
		write_place(&writer, "to", origin->topic, origin->partition, -1);
		json_object_end(&writer);
	} else {
		json_null(&writer, "to");
	}
	json_object_end(&writer);
}

static const char *text_of(const struct json_value *object, const char *name, struct arena *arena)
{
	const struct json_value *value = json_member(object, name);

	if (!value || json_kind_of(value) != JSON_TEXT)
		return NULL;
	return arena_string(arena, json_string(value, NULL));
}

static bool take_number(const struct json_value *object, const char *name, int64_t *ret_number)
{
	const struct json_value *value = json_member(object, name);

	if (!value || json_kind_of(value) != JSON_INT)
		return false;
	*ret_number = json_number(value);
	return true;
}

static int read_object(const struct json_value *root, struct arena *arena, struct audit *ret_audit)
{
	const struct json_value *place;
	struct audit audit = {0};
	const char *outcome;
	int64_t partition;

	if (json_kind_of(root) != JSON_OBJECT)
		return fault(FAULT_INPUT, "no object");
	place = json_member(root, "origin");
	audit.group = text_of(root, "group", arena);
	outcome = text_of(root, "outcome", arena);
	for (int i = AUDIT_REDRIVEN; outcome && i <= AUDIT_REPEAT; i++) {
		if (strcmp(names[i], outcome) == 0)
			audit.outcome = (enum audit_outcome)i;
	}
	if (!audit.group || !audit.outcome || !place || json_kind_of(place) != JSON_OBJECT)
		return fault(FAULT_INPUT, "group, outcome or origin is missing");
	audit.origin.topic = text_of(place, "topic", arena);
	if (!audit.origin.topic || !take_number(place, "partition", &partition) ||
		!take_number(place, "offset", &audit.origin.offset) ||
		!take_number(place, "timestampMs", &audit.origin.timestamp_ms))
		return fault(FAULT_INPUT, "the origin is not complete");
	audit.origin.partition = (int32_t)partition;
	*ret_audit = audit;
	return 0;
}

int audit_read(const void *bytes, size_t size, struct arena *arena, struct audit *ret_audit)
{
	JSON_CLEAN struct json_document *document = NULL;
	int r = json_parse(bytes ? bytes : "", size, &document);

	return r < 0 ? r : read_object(json_root(document), arena, ret_audit);
}
