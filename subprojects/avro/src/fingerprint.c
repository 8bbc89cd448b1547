#include "schema_parse.h"

#include <base/json_writer.h>
#include <string.h>

/* What a reader reads is the same whatever the documentation says. */
static bool is_documentation(const char *name)
{
	return strcmp(name, "doc") == 0;
}

static void write_value(
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
			write_value(writer, NULL, json_element(value, i));
		json_array_end(writer);
		return;
	case JSON_OBJECT:
		json_object_begin(writer, name);
		for (size_t i = 0; i < json_count(value); i++) {
			const char *key = json_member_at(value, i, &member);
			if (!is_documentation(key))
				write_value(writer, key, member);
		}
		json_object_end(writer);
		return;
	}
}

/* Avro specification, "Schema Fingerprints": a Rabin fingerprint of 64 bits. */
static uint64_t crc_64_avro(const char *bytes, size_t size)
{
	const uint64_t empty = UINT64_C(0xc15d213aa4d7a795);
	uint64_t crc = empty;

	for (size_t i = 0; i < size; i++) {
		crc ^= (uint8_t)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) == 0 ? 0 : empty);
	}
	return crc;
}

uint64_t schema_fingerprint(const struct json_value *root)
{
	struct buffer text BUFFER_CLEAN;
	struct json_writer writer;

	buffer_init(&text, 0);
	json_writer_init(&writer, &text);
	write_value(&writer, NULL, root);
	return crc_64_avro(text.data, text.size);
}
