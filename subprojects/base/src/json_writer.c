#include "utf8.h"

#include <base/clock.h>
#include <base/json_writer.h>

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void json_writer_init(struct json_writer *writer, struct buffer *out)
{
	*writer = (struct json_writer){.out = out};
}

static void json_quote(struct buffer *out, const char *text, size_t size)
{
	static const char short_forms[32] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

	buffer_add_byte(out, '"');
	for (size_t i = 0, length; i < size; i += length) {
		const uint8_t first = (uint8_t)text[i];
		length = utf8_character_size(text + i, size - i);
		if (length == 0) {
			buffer_add_text(out, "\xef\xbf\xbd"); /* U+FFFD */
			length = 1;
		} else if (first == '"' || first == '\\') {
			buffer_add(out, (char[]){'\\', (char)first}, 2);
		} else if (first < 0x20 && short_forms[first]) {
			buffer_add(out, (char[]){'\\', short_forms[first]}, 2);
		} else if (first < 0x20) {
			buffer_add_format(out, "\\u%04x", first);
		} else {
			buffer_add(out, text + i, length);
		}
	}
	buffer_add_byte(out, '"');
}

/* Everything before a value: the comma, and the name inside an object. */
static void json_lead(struct json_writer *writer, const char *name)
{
	if (writer->comma[writer->depth])
		buffer_add_byte(writer->out, ',');
	writer->comma[writer->depth] = true;
	if (name) {
		assert(writer->depth > 0);
		json_quote(writer->out, name, strlen(name));
		buffer_add_byte(writer->out, ':');
	}
}

static void json_begin(struct json_writer *writer, const char *name, char bracket)
{
	json_lead(writer, name);
	assert(writer->depth < JSON_WRITER_DEPTH_MAX);
	writer->depth++;
	writer->comma[writer->depth] = false;
	buffer_add_byte(writer->out, (uint8_t)bracket);
}

static void json_end(struct json_writer *writer, char bracket)
{
	assert(writer->depth > 0);
	writer->depth--;
	buffer_add_byte(writer->out, (uint8_t)bracket);
}

void json_object_begin(struct json_writer *writer, const char *name)
{
	json_begin(writer, name, '{');
}

void json_object_end(struct json_writer *writer)
{
	json_end(writer, '}');
}

void json_array_begin(struct json_writer *writer, const char *name)
{
	json_begin(writer, name, '[');
}

void json_array_end(struct json_writer *writer)
{
	json_end(writer, ']');
}

void json_text(struct json_writer *writer, const char *name, const char *text)
{
	if (text)
		json_text_of(writer, name, text, strlen(text));
	else
		json_null(writer, name);
}

void json_text_of(struct json_writer *writer, const char *name, const char *text, size_t size)
{
	json_lead(writer, name);
	json_quote(writer->out, text, size);
}

void json_int(struct json_writer *writer, const char *name, int64_t number)
{
	json_lead(writer, name);
	buffer_add_format(writer->out, "%" PRId64, number);
}

void json_bool(struct json_writer *writer, const char *name, bool value)
{
	json_lead(writer, name);
	buffer_add_text(writer->out, value ? "true" : "false");
}

void json_null(struct json_writer *writer, const char *name)
{
	json_lead(writer, name);
	buffer_add_text(writer->out, "null");
}

void json_uuid(struct json_writer *writer, const char *name, const struct uuid *id)
{
	char text[UUID_TEXT_SIZE];
	json_text(writer, name, uuid_format(id, text));
}

void json_money(struct json_writer *writer, const char *name, money_t amount)
{
	char text[MONEY_TEXT_SIZE];
	json_text(writer, name, money_format(amount, text));
}

void json_time(struct json_writer *writer, const char *name, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];
	json_text(writer, name, at_us ? clock_format(at_us, text) : NULL);
}
