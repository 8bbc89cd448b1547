/*
 * Writes JSON (RFC 8259) into a buffer: logs, replies, problem documents.
 *
 * Keeps track of commas and nesting; asserts on misuse. Text is escaped, and
 * bytes that are not UTF-8 become U+FFFD: the output is always valid JSON.
 * @name is NULL inside arrays and for the top value.
 */
#pragma once

#include <base/buffer.h>
#include <base/money.h>
#include <base/uuid.h>

#define JSON_WRITER_DEPTH_MAX 16

struct json_writer {
	struct buffer *out;
	int depth;
	bool comma[JSON_WRITER_DEPTH_MAX + 1];
};

void json_writer_init(struct json_writer *writer, struct buffer *out);
void json_object_begin(struct json_writer *writer, const char *name);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer, const char *name);
void json_array_end(struct json_writer *writer);
void json_text(struct json_writer *writer, const char *name, const char *text);
void json_text_of(struct json_writer *writer, const char *name, const char *text, size_t size);
void json_int(struct json_writer *writer, const char *name, int64_t number);
void json_bool(struct json_writer *writer, const char *name, bool value);
void json_null(struct json_writer *writer, const char *name);
void json_uuid(struct json_writer *writer, const char *name, const struct uuid *id);
/* As a string, "12.30". */
void json_money(struct json_writer *writer, const char *name, money_t amount);
/* RFC 3339; null when @at_us is 0. */
void json_time(struct json_writer *writer, const char *name, int64_t at_us);
