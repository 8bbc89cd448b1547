#include "samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define FILE_SIZE_MAX 65536

static const char *file_text(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = arena_alloc(arena, FILE_SIZE_MAX);
	size_t size;

	if (file == NULL)
		fail_test("%s: %s", path, strerror(errno));
	size = fread(text, 1, FILE_SIZE_MAX, file);
	fclose(file);
	if (size == FILE_SIZE_MAX)
		fail_test("%s: too large", path);
	return text;
}

const char *sample_text(struct arena *arena, const struct event_version *version)
{
	const char *folder = getenv("SCHEMAS");
	const char *slash = strrchr(version->path, '/');

	expect(folder != NULL);
	return file_text(arena,
		arena_format(arena, "%s/%.*s/sample.json", folder, (int)(slash - version->path),
			version->path));
}

const struct event_version *latest_version(enum event_type type)
{
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++)
		if (versions[i].schema_id == event_info(type)->schema_id)
			return &versions[i];
	fail_test("%s has no version", event_info(type)->name);
}

const void *sample_read(struct arena *arena, enum event_type type)
{
	const struct event_info *info = event_info(type);
	const char *text = sample_text(arena, latest_version(type));
	struct json_document *document JSON_CLEAN = NULL;
	void *event = arena_alloc(arena, info->size);

	expect_ok(json_parse(text, strlen(text), &document));
	expect_ok(avro_read_json(info->layout, json_root(document), arena, event));
	return event;
}

static void write_compact(
	struct json_writer *writer, const char *name, const struct json_value *value)
{
	const struct json_value *member = NULL;

	switch (json_kind_of(value)) {
	case JSON_NULL:
		json_null(writer, name);
		return;
	case JSON_BOOL:
		json_bool(writer, name, json_truth(value));
		return;
	case JSON_INT:
		json_int(writer, name, json_number(value));
		return;
	case JSON_TEXT:
		json_text(writer, name, json_string(value, NULL));
		return;
	case JSON_ARRAY:
		json_array_begin(writer, name);
		for (size_t i = 0; i < json_count(value); i++)
			write_compact(writer, NULL, json_element(value, i));
		json_array_end(writer);
		return;
	case JSON_OBJECT:
		json_object_begin(writer, name);
		for (size_t i = 0; i < json_count(value); i++) {
			const char *key = json_member_at(value, i, &member);
			write_compact(writer, key, member);
		}
		json_object_end(writer);
		return;
	}
}

const char *json_compact(struct arena *arena, const char *text)
{
	struct json_document *document JSON_CLEAN = NULL;
	struct json_writer writer;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	expect_ok(json_parse(text, strlen(text), &document));
	json_writer_init(&writer, &out);
	write_compact(&writer, NULL, json_root(document));
	return arena_string(arena, out.data);
}

const char *event_text(struct arena *arena, const struct avro_layout *layout, const void *event)
{
	struct json_writer writer;
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	json_writer_init(&writer, &out);
	avro_write_json(layout, event, NULL, &writer);
	return arena_string(arena, out.data);
}

const char *hex_text(struct arena *arena, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	char *text = arena_alloc(arena, 2 * size + 1);

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", byte[i]);
	return text;
}
