#include "logs.h"

#include <base/buffer.h>
#include <base/clock.h>
#include <base/trace.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <json/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 1024

static const char *text_of(const struct json_value *line, const char *name, size_t *ret_size)
{
	const struct json_value *value = json_member(line, name);

	if (!value || json_kind_of(value) != JSON_TEXT)
		return NULL;
	return json_string(value, ret_size);
}

/* What every line has stands elsewhere; the rest is "name value". */
static bool is_common(const char *name)
{
	static const char *const common[] = {"time", "level", "service", "message", "trace_id",
		"order_id", "request_id", "route", "bytes"};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcmp(common[i], name) == 0)
			return true;
	}
	return false;
}

static const char *details(const struct json_value *line, struct arena *arena)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	for (size_t i = 0; i < json_count(line); i++) {
		const struct json_value *value;
		const char *name = json_member_at(line, i, &value);

		if (is_common(name) ||
			(json_kind_of(value) != JSON_TEXT && json_kind_of(value) != JSON_INT))
			continue;
		buffer_add_format(&out, "%s%s ", out.size > 0 ? ", " : "", name);
		if (json_kind_of(value) == JSON_TEXT)
			buffer_add_text(&out, json_string(value, NULL));
		else
			buffer_add_format(&out, "%" PRId64, json_number(value));
	}
	return out.size > 0 ? arena_string_of(arena, out.data, out.size) : NULL;
}

bool logs_describe(const char *line, size_t size, struct arena *arena, struct record *ret_record)
{
	JSON_CLEAN struct json_document *document = NULL;
	const struct json_value *root;
	const char *time, *service, *message;
	size_t time_size, service_size, message_size;
	int64_t at_us;

	if (json_parse(line, size, &document) < 0)
		return false;
	root = json_root(document);
	if (json_kind_of(root) != JSON_OBJECT)
		return false;
	time = text_of(root, "time", &time_size);
	service = text_of(root, "service", &service_size);
	message = text_of(root, "message", &message_size);
	if (!time || !service || !message || clock_parse(time, time_size, &at_us) < 0)
		return false;
	*ret_record = (struct record){
		.at_us = at_us,
		.kind = RECORD_LOG,
		.place = arena_string_of(arena, service, service_size),
		.what = arena_string_of(arena, message, message_size),
		.detail = details(root, arena),
		.partition = -1,
		.offset = -1,
	};
	return true;
}

/* What a line must hold one of to be about the order; "" for none. */
struct marks {
	char order[UUID_TEXT_SIZE];
	char trace[33];
};

static void marks_init(struct marks *marks, const struct timeline *timeline)
{
	const char *traceparent = timeline->subject.traceparent;
	struct trace trace;

	uuid_format(&timeline->order_id, marks->order);
	marks->trace[0] = '\0';
	if (traceparent && trace_parse(traceparent, strlen(traceparent), &trace) == 0)
		trace_format_id(&trace, marks->trace);
}

static void read_file(const char *path, const struct marks *marks, struct timeline *timeline)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (!file)
		return;
	while ((size = getline(&line, &room, file)) > 0) {
		struct record found, *record;

		if (!strstr(line, marks->order) && !(*marks->trace && strstr(line, marks->trace)))
			continue;
		if (!logs_describe(line, (size_t)size, timeline->arena, &found))
			continue;
		record = timeline_add(timeline);
		if (record)
			*record = found;
	}
	free(line);
	fclose(file);
}

void logs_read(const char *directory, struct timeline *timeline)
{
	DIR *folder = opendir(directory);
	struct marks marks;
	struct dirent *entry;
	char path[PATH_SIZE];

	if (!folder) {
		timeline_source(timeline, "logs",
			arena_format(timeline->arena, "%s: %s", directory, strerror(errno)));
		return;
	}
	marks_init(&marks, timeline);
	while ((entry = readdir(folder)) != NULL) {
		size_t size = strlen(entry->d_name);

		if (size < 5 || strcmp(entry->d_name + size - 4, ".log") != 0 ||
			snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) >=
				PATH_SIZE)
			continue;
		read_file(path, &marks, timeline);
	}
	closedir(folder);
	timeline_source(timeline, "logs", NULL);
}
