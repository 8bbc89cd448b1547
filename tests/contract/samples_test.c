/*
 * Holds for any set of schemas: built twice, for the system's events and for
 * the fixture's.
 */
#include "samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define LINE_SIZE_MAX 8192

/* One line of golden.txt: bytes that another implementation wrote. */
struct golden {
	const char *path;
	const uint8_t *bytes;
	size_t size;
	const char *json;
};

static uint8_t nibble(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static struct golden parse_golden(struct arena *arena, char *line)
{
	char *rest = NULL;
	struct golden golden = {.path = strtok_r(line, " ", &rest)};
	const char *hex = strtok_r(NULL, " ", &rest);
	uint8_t *bytes = arena_alloc(arena, strlen(hex) / 2);

	golden.json = strtok_r(NULL, "\n", &rest);
	golden.bytes = bytes;
	golden.size = strlen(hex) / 2;
	for (size_t i = 0; i < golden.size; i++)
		bytes[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return golden;
}

static struct golden golden_of(struct arena *arena, const struct event_version *version)
{
	FILE *file = fopen(getenv("GOLDEN"), "re");
	char *line = arena_alloc(arena, LINE_SIZE_MAX);
	const size_t size = strlen(version->path);
	bool found = false;

	if (file == NULL)
		fail_test("GOLDEN: %s", strerror(errno));
	while (!found && fgets(line, LINE_SIZE_MAX, file) != NULL)
		found = strncmp(line, version->path, size) == 0 && line[size] == ' ';
	fclose(file);
	if (!found)
		fail_test("golden.txt has no line for %s", version->path);
	return parse_golden(arena, line);
}

TEST(every_sample_comes_back_as_it_was)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);

	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const enum event_type type = (enum event_type)i;
		const struct event_info *info = event_info(type);
		const void *event = sample_read(arena, type), *decoded = NULL;
		enum event_type decoded_type = EVENT_TYPE_COUNT;
		struct buffer out BUFFER_CLEAN;

		buffer_init(&out, 0);
		expect_ok(event_encode(type, event, &out));
		expect_ok(event_decode(out.data, out.size, arena, &decoded_type, &decoded));
		expect_int(decoded_type, type);
		expect_text(event_text(arena, info->layout, decoded),
			json_compact(arena, sample_text(arena, latest_version(type))));
	}
}

TEST(every_version_is_written_as_others_write_it)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++) {
		const struct golden golden = golden_of(arena, &versions[i]);
		void *event = arena_alloc(arena, versions[i].layout->size);
		struct json_document *document JSON_CLEAN = NULL;
		struct buffer out BUFFER_CLEAN;

		buffer_init(&out, 0);
		expect_ok(json_parse(golden.json, strlen(golden.json), &document));
		expect_ok(avro_read_json(versions[i].layout, json_root(document), arena, event));
		expect_ok(event_encode_version(versions[i].schema_id, event, &out));
		expect_text(hex_text(arena, out.data, out.size),
			hex_text(arena, golden.bytes, golden.size));
	}
}

TEST(every_version_is_read_as_others_read_it)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++) {
		const struct golden golden = golden_of(arena, &versions[i]);
		const void *event = NULL;

		expect_ok(event_decode_version(
			versions[i].schema_id, golden.bytes, golden.size, arena, &event));
		expect_text(event_text(arena, versions[i].layout, event), golden.json);
	}
}

/* Each on memory of exactly its size, so that a sanitizer sees one byte too far. */
TEST(a_message_cut_anywhere_is_refused)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++) {
		const struct golden golden = golden_of(arena, &versions[i]);

		for (size_t size = 0; size < golden.size; size++) {
			uint8_t *bytes = malloc(size);
			enum event_type type = EVENT_TYPE_COUNT;
			const void *event = NULL;

			memcpy(bytes, golden.bytes, size);
			expect_fault(event_decode(bytes, size, arena, &type, &event), FAULT_INPUT);
			expect(event == NULL && type == EVENT_TYPE_COUNT);
			free(bytes);
		}
	}
}

TEST(a_message_with_a_byte_too_many_is_refused)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++) {
		const struct golden golden = golden_of(arena, &versions[i]);
		uint8_t *bytes = arena_alloc(arena, golden.size + 1);
		enum event_type type;
		const void *event = NULL;

		memcpy(bytes, golden.bytes, golden.size);
		expect_fault(
			event_decode(bytes, golden.size + 1, arena, &type, &event), FAULT_INPUT);
		expect(strstr(fault_text(), "1 bytes left over") != NULL);
	}
}

TEST(an_unknown_id_is_refused_by_number)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	static const uint8_t bytes[] = {0, 0x12, 0x34, 0x56, 0x78, 0};
	enum event_type type;
	const void *event = NULL;

	expect_fault(event_decode(bytes, sizeof(bytes), arena, &type, &event), FAULT_INPUT);
	expect_text(fault_text(), "no schema has id 305419896");
	expect_fault(event_encode_version(305419896, bytes, NULL), FAULT_INPUT);
	expect_fault(
		event_decode_version(305419896, bytes, sizeof(bytes), arena, &event), FAULT_INPUT);
}

TEST(a_message_of_another_event_is_refused)
{
	struct arena *arena ARENA_CLEAN = arena_create(ARENA_SIZE_MAX);
	size_t count;
	const struct event_version *versions = event_versions(&count);

	for (size_t i = 0; i < count; i++) {
		const struct golden golden = golden_of(arena, &versions[i]);

		for (size_t j = 0; j < count; j++) {
			const void *event = NULL;

			if (versions[j].type == versions[i].type)
				continue;
			expect_fault(event_decode_version(versions[j].schema_id, golden.bytes,
					     golden.size, arena, &event),
				FAULT_INPUT);
			expect(strstr(fault_text(), "is none of its versions") != NULL);
		}
	}
}

TEST(names_find_their_events)
{
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		enum event_type type = EVENT_TYPE_COUNT;

		expect_ok(event_type_of(event_info((enum event_type)i)->name, &type));
		expect_int(type, i);
	}
	enum event_type type = EVENT_TYPE_COUNT;
	expect_fault(event_type_of("OrderCreate", &type), FAULT_INPUT);
	expect_fault(event_type_of("", &type), FAULT_INPUT);
	expect_int(type, EVENT_TYPE_COUNT);
}

TESTS("samples", TEST_CASE(every_sample_comes_back_as_it_was),
	TEST_CASE(every_version_is_written_as_others_write_it),
	TEST_CASE(every_version_is_read_as_others_read_it),
	TEST_CASE(a_message_cut_anywhere_is_refused),
	TEST_CASE(a_message_with_a_byte_too_many_is_refused),
	TEST_CASE(an_unknown_id_is_refused_by_number),
	TEST_CASE(a_message_of_another_event_is_refused), TEST_CASE(names_find_their_events))
