#include "find.h"

#include <avro/schema.h>
#include <ctype.h>
#include <json/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (8u << 20)

void subject_write(const struct event_schema *schema, char subject[static SUBJECT_SIZE])
{
	(void)snprintf(
		subject, SUBJECT_SIZE, "%s-%s", event_info(schema->type)->topic, schema->name);
}

static bool is_of(const struct event_schema *schema, const char *subject)
{
	char name[SUBJECT_SIZE];

	subject_write(schema, name);
	return strcmp(name, subject) == 0;
}

const struct event_schema *schema_find(const char *subject, int version)
{
	size_t count;
	const struct event_schema *schemas = event_schemas(&count), *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!is_of(&schemas[i], subject))
			continue;
		/* Versions come in their order: the last one is the latest. */
		if (version == VERSION_LATEST || version == schemas[i].version)
			found = &schemas[i];
	}
	return found;
}

const struct event_schema *schema_find_by_id(int id)
{
	size_t count;
	const struct event_schema *schemas = event_schemas(&count);

	for (size_t i = 0; i < count; i++) {
		if (schemas[i].schema_id == (uint32_t)id)
			return &schemas[i];
	}
	return NULL;
}

const struct event_schema *schema_find_by_fingerprint(const char *subject, uint64_t fingerprint)
{
	size_t count;
	const struct event_schema *schemas = event_schemas(&count);

	for (size_t i = 0; i < count; i++) {
		if (schemas[i].fingerprint == fingerprint && is_of(&schemas[i], subject))
			return &schemas[i];
	}
	return NULL;
}

int schema_id_max(void)
{
	size_t count;
	const struct event_schema *schemas = event_schemas(&count);
	uint32_t highest = 0;

	for (size_t i = 0; i < count; i++)
		highest = schemas[i].schema_id > highest ? schemas[i].schema_id : highest;
	return (int)highest;
}

static uint64_t fingerprint_of(const char *text, size_t size)
{
	struct arena *arena = arena_create(ARENA_MAX);
	const struct avro_schema *schema;
	uint64_t fingerprint = 0;

	if (avro_schema_parse(text, size, arena, &schema) == 0)
		fingerprint = schema->fingerprint;
	arena_destroy(arena);
	return fingerprint;
}

static const struct json_value *text_member(const struct json_document *document, const char *name)
{
	const struct json_value *root = json_root(document), *member;

	if (json_kind_of(root) != JSON_OBJECT)
		return NULL;
	member = json_member(root, name);
	return member && json_kind_of(member) == JSON_TEXT ? member : NULL;
}

bool fingerprint_read(const char *body, size_t size, uint64_t *ret_fingerprint)
{
	JSON_CLEAN struct json_document *document = NULL, *schema = NULL;
	const struct json_value *member;
	const char *text;
	size_t text_size;

	if (json_parse(body, size, &document) < 0)
		return false;
	member = text_member(document, "schema");
	if (!member)
		return false;
	text = json_string(member, &text_size);
	if (json_parse(text, text_size, &schema) < 0)
		return false;
	*ret_fingerprint = fingerprint_of(text, text_size);
	return true;
}

bool number_read(const char *text, int *ret_number)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)text[0]))
		return false;
	number = strtol(text, &end, 10);
	if (*end != '\0' || number < 1 || number > INT_MAX)
		return false;
	*ret_number = (int)number;
	return true;
}
