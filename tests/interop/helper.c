/*
 * The generated codecs behind the line protocol of this folder (see README.md).
 * Built for both sets of schemas.
 */
#include <base/buffer.h>
#include <base/fault.h>
#include <events/events.h>
#include <json/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_MAX ((size_t)16 << 20)

static const struct event_version *version_of(uint32_t schema_id)
{
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++)
		if (versions[i].schema_id == schema_id)
			return &versions[i];
	return NULL;
}

static int encode(struct arena *arena, const struct event_version *version, const char *text,
	struct buffer *out)
{
	void *event = arena_alloc(arena, version->layout->size);
	struct json_document *document JSON_CLEAN = NULL;
	struct buffer bytes BUFFER_CLEAN;
	int r;

	buffer_init(&bytes, 0);
	r = json_parse(text, strlen(text), &document);
	if (r < 0)
		return r;
	r = avro_read_json(version->layout, json_root(document), arena, event);
	if (r < 0)
		return r;
	r = event_encode_version(version->schema_id, event, &bytes);
	if (r < 0)
		return r;
	for (size_t i = 0; i < bytes.size; i++)
		buffer_add_format(out, "%02x", (uint8_t)bytes.data[i]);
	return 0;
}

static int decode(struct arena *arena, const struct event_version *version, const char *text,
	struct buffer *out)
{
	const size_t size = strlen(text) / 2;
	uint8_t *bytes = arena_alloc(arena, size);
	const void *event = NULL;
	struct json_writer writer;
	int r;

	for (size_t i = 0; i < size; i++) {
		const char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	r = event_decode_version(version->schema_id, bytes, size, arena, &event);
	if (r < 0)
		return r;
	json_writer_init(&writer, out);
	avro_write_json(version->layout, event, NULL, &writer);
	return 0;
}

/* "command ID rest" */
static int answer(struct arena *arena, const char *line, struct buffer *out)
{
	const char *space = strchr(line, ' ');
	const struct event_version *version;
	char *rest;

	if (space == NULL)
		return fault(FAULT_INPUT, "no command");
	version = version_of((uint32_t)strtoul(space, &rest, 10));
	if (version == NULL || *rest != ' ')
		return fault(FAULT_INPUT, "no such schema");
	if (strncmp(line, "encode ", 7) == 0)
		return encode(arena, version, rest + 1, out);
	if (strncmp(line, "decode ", 7) == 0)
		return decode(arena, version, rest + 1, out);
	return fault(FAULT_INPUT, "no such command");
}

int main(void)
{
	struct arena *arena = arena_create(ARENA_SIZE_MAX);
	struct buffer out BUFFER_CLEAN;
	char *line = NULL;
	size_t capacity = 0;

	buffer_init(&out, 0);
	for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
		line[strcspn(line, "\n")] = '\0';
		if (answer(arena, line, &out) < 0)
			printf("error %s\n", fault_text());
		else
			puts(out.data);
		fflush(stdout);
		buffer_reset(&out);
		arena_reset(arena);
	}
	free(line);
	arena_destroy(arena);
	return 0;
}
