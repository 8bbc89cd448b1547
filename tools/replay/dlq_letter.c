#include "dlq_letter.h"

#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "dlq."
#define KEY_SHOWN_MAX 48
#define DIGITS_MAX 18

const struct bus_header *letter_header(
	const struct bus_header *headers, size_t count, const char *name)
{
	while (count-- > 0) {
		if (strcmp(headers[count].name, name) == 0)
			return &headers[count];
	}
	return NULL;
}

/* Digits only; -1 for anything else. */
static int64_t number_of(const struct bus_header *header)
{
	int64_t number = 0;

	if (!header || !header->value || header->size == 0 || header->size > DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < header->size; i++) {
		char digit = ((const char *)header->value)[i];

		if (digit < '0' || digit > '9')
			return -1;
		number = number * 10 + (digit - '0');
	}
	return number;
}

static const char *text_of(const struct bus_header *header, struct arena *arena)
{
	if (!header || !header->value)
		return NULL;
	return arena_string_of(arena, header->value, header->size);
}

static bool is_ours(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 || strcmp(name, LETTER_REDRIVES) == 0;
}

static void keep_own(
	const struct bus_header *headers, size_t count, struct arena *arena, struct letter *letter)
{
	struct bus_header *own = arena_array(arena, count, sizeof(*own));

	for (size_t i = 0; i < count; i++) {
		if (is_ours(headers[i].name))
			continue;
		own[letter->header_count++] = (struct bus_header){
			.name = arena_string(arena, headers[i].name),
			.value = headers[i].value
				? arena_copy(arena, headers[i].value, headers[i].size)
				: NULL,
			.size = headers[i].size,
		};
	}
	letter->headers = own;
}

static const char *why_broken(const struct letter *letter, const struct bus_header *headers,
	size_t count, const char *group, struct arena *arena)
{
	const char *owner = text_of(letter_header(headers, count, PREFIX "group"), arena);
	const char *omitted = text_of(letter_header(headers, count, PREFIX "omitted"), arena);
	const struct letter_origin *origin = &letter->origin;

	if (!origin->topic || origin->partition < 0 || origin->offset < 0)
		return "it does not say where it came from";
	if (owner && strcmp(owner, group) != 0)
		return arena_format(arena, "it is a dead letter of group %s", owner);
	if (omitted)
		return arena_format(arena,
			"%s left out, read it at %s [%" PRId32 "] offset %" PRId64, omitted,
			origin->topic, origin->partition, origin->offset);
	return NULL;
}

void letter_read(const struct bus_message *raw, const struct bus_header *headers, size_t count,
	const char *group, struct arena *arena, struct letter *ret_letter)
{
	const struct bus_header *partition = letter_header(headers, count, PREFIX "partition");
	const char *reason = text_of(letter_header(headers, count, PREFIX "reason"), arena);
	const char *class = text_of(letter_header(headers, count, PREFIX "class"), arena);
	int64_t number = number_of(partition);
	int64_t redrives = number_of(letter_header(headers, count, LETTER_REDRIVES));
	struct letter letter = {
		.partition = raw->partition,
		.offset = raw->offset,
		.at_ms = raw->timestamp_ms,
		.origin =
			{
				.topic = text_of(
					letter_header(headers, count, PREFIX "topic"), arena),
				.partition = number > INT32_MAX ? -1 : (int32_t)number,
				.offset = number_of(letter_header(headers, count, PREFIX "offset")),
				.timestamp_ms = number_of(
					letter_header(headers, count, PREFIX "timestamp")),
			},
		.key = raw->key ? arena_copy(arena, raw->key, raw->key_size) : NULL,
		.key_size = raw->key_size,
		.value = raw->value ? arena_copy(arena, raw->value, raw->value_size) : NULL,
		.value_size = raw->value_size,
		.reason = reason ? reason : "",
		.class = class ? class : "unknown",
		.redrives = redrives < 0       ? 0
			: redrives > INT32_MAX ? INT32_MAX
					       : (int)redrives,
	};

	keep_own(headers, count, arena, &letter);
	letter.broken = why_broken(&letter, headers, count, group, arena);
	/* Then it is known by the place where it lies. */
	if (!letter.origin.topic || letter.origin.partition < 0 || letter.origin.offset < 0)
		letter.origin = (struct letter_origin){arena_format(arena, PREFIX "%s", group),
			raw->partition, raw->offset, raw->timestamp_ms};
	*ret_letter = letter;
}

const struct bus_header *letter_headers(
	const struct letter *letter, struct arena *arena, size_t *ret_count)
{
	struct bus_header *headers = arena_array(arena, letter->header_count + 1, sizeof(*headers));
	const char *count = arena_format(arena, "%d", letter->redrives + 1);

	if (letter->header_count > 0)
		memcpy(headers, letter->headers, letter->header_count * sizeof(*headers));
	headers[letter->header_count] =
		(struct bus_header){.name = LETTER_REDRIVES, .value = count, .size = strlen(count)};
	*ret_count = letter->header_count + 1;
	return headers;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int letter_origin_compare(const struct letter_origin *a, const struct letter_origin *b)
{
	int order = strcmp(a->topic, b->topic);

	if (order == 0)
		order = compare(a->partition, b->partition);
	if (order == 0)
		order = compare(a->offset, b->offset);
	/* A topic that was made anew begins with offset 0 again. */
	return order == 0 ? compare(a->timestamp_ms, b->timestamp_ms) : order;
}

static bool same_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
	if (!a || !b || a_size != b_size)
		return !a && !b;
	return memcmp(a, b, a_size) == 0;
}

bool letter_is_same(const struct letter *a, const struct letter *b)
{
	const struct bus_header *id_a, *id_b;

	if (!same_bytes(a->key, a->key_size, b->key, b->key_size) ||
		!same_bytes(a->value, a->value_size, b->value, b->value_size) ||
		strcmp(a->origin.topic, b->origin.topic) != 0)
		return false;
	id_a = letter_header(a->headers, a->header_count, "id");
	id_b = letter_header(b->headers, b->header_count, "id");
	return id_a && id_b && id_a->size > 0 &&
		same_bytes(id_a->value, id_a->size, id_b->value, id_b->size);
}

bool letter_was_decided(const struct letter *letter)
{
	return strcmp(letter->class, "refused") == 0 || strcmp(letter->class, "database") == 0;
}

const char *letter_key_text(const void *key, size_t key_size, struct arena *arena)
{
	size_t shown = key_size < KEY_SHOWN_MAX ? key_size : KEY_SHOWN_MAX, at = 0;
	size_t text_size = shown * sizeof("\\xff") + sizeof("...");
	char *text;

	if (!key)
		return "-";
	text = arena_alloc(arena, text_size);
	for (size_t i = 0; i < shown; i++) {
		uint8_t byte = ((const uint8_t *)key)[i];
		bool plain = byte > ' ' && byte <= '~' && byte != '\\';

		at += (size_t)snprintf(
			text + at, text_size - at, plain ? "%c" : "\\x%02x", (unsigned)byte);
	}
	if (shown < key_size)
		snprintf(text + at, text_size - at, "...");
	return text;
}
