#include "bounds.h"
#include "text.h"

#include <avro/wire.h>
#include <base/fault.h>
#include <string.h>

/* A long in zigzag takes ten bytes of seven bits, the last with one bit in it. */
#define VARINT_SIZE_MAX 10
/* Wider decimals may come from writers that pad with sign bytes; more is no money. */
#define DECIMAL_SIZE_MAX 16

void avro_reader_init(
	struct avro_reader *reader, const void *bytes, size_t size, struct arena *arena)
{
	*reader = (struct avro_reader){
		.next = bytes,
		.end = (const uint8_t *)bytes + size,
		.arena = arena,
	};
}

void avro_fail(struct avro_reader *reader, const char *why)
{
	if (reader->failure != NULL)
		return;
	reader->failure = why;
	reader->failed = reader->field;
	/* Nothing is left to read, so that every later read ends at once. */
	reader->next = reader->end;
}

static size_t left(const struct avro_reader *reader)
{
	return (size_t)(reader->end - reader->next);
}

bool avro_read_boolean(struct avro_reader *reader)
{
	uint8_t byte;

	if (left(reader) == 0) {
		avro_fail(reader, "cut short");
		return false;
	}
	byte = *reader->next++;
	if (byte > 1)
		avro_fail(reader, "a boolean is 0 or 1");
	return byte == 1;
}

int64_t avro_read_long(struct avro_reader *reader)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < VARINT_SIZE_MAX; i++) {
		if (left(reader) == i) {
			avro_fail(reader, "cut short");
			return 0;
		}
		uint8_t byte = reader->next[i];
		bits |= (uint64_t)(byte & 0x7f) << (7 * i);
		if ((byte & 0x80) != 0)
			continue;
		if ((byte == 0 && i > 0) || (i == VARINT_SIZE_MAX - 1 && byte > 1))
			break;
		reader->next += i + 1;
		/* Zigzag: the sign sits in the lowest bit. */
		return (int64_t)(bits >> 1 ^ (~(bits & 1) + 1));
	}
	avro_fail(reader, "a number in more bytes than it needs");
	return 0;
}

int32_t avro_read_int(struct avro_reader *reader)
{
	int64_t number = avro_read_long(reader);

	if (number < INT32_MIN || number > INT32_MAX) {
		avro_fail(reader, "a number beyond int");
		return 0;
	}
	return (int32_t)number;
}

/* The bytes behind a length, still in place; NULL after a failure. */
static const uint8_t *take(struct avro_reader *reader, size_t length_max, size_t *ret_size)
{
	int64_t length = avro_read_long(reader);
	const uint8_t *bytes = reader->next;

	if (reader->failure != NULL)
		return NULL;
	if (length < 0 || (uint64_t)length > length_max) {
		avro_fail(reader, length < 0 ? "a negative length" : "too long");
		return NULL;
	}
	if ((size_t)length > left(reader)) {
		avro_fail(reader, "cut short");
		return NULL;
	}
	reader->next += length;
	*ret_size = (size_t)length;
	return bytes;
}

static const char *take_text(struct avro_reader *reader, size_t length_max, size_t *ret_size)
{
	const uint8_t *text = take(reader, length_max, ret_size);

	if (text != NULL && !text_is_valid(text, *ret_size)) {
		avro_fail(reader, "text that is not UTF-8, or holds U+0000");
		return NULL;
	}
	return (const char *)text;
}

const char *avro_read_string(struct avro_reader *reader, size_t length_max)
{
	size_t size;
	const char *text = take_text(reader, length_max, &size);

	return text == NULL ? "" : arena_string_of(reader->arena, text, size);
}

const void *avro_read_bytes(struct avro_reader *reader, size_t length_max, size_t *ret_size)
{
	size_t size;
	const uint8_t *bytes = take(reader, length_max, &size);

	*ret_size = bytes == NULL ? 0 : size;
	return bytes == NULL ? "" : arena_copy(reader->arena, bytes, size);
}

void avro_skip_string(struct avro_reader *reader, size_t length_max)
{
	size_t size;

	take_text(reader, length_max, &size);
}

void avro_skip_bytes(struct avro_reader *reader, size_t length_max)
{
	size_t size;

	take(reader, length_max, &size);
}

struct uuid avro_read_uuid(struct avro_reader *reader)
{
	struct uuid id = {0};
	size_t size;
	const uint8_t *text = take(reader, UUID_LENGTH, &size);

	if (text != NULL && uuid_parse((const char *)text, size, &id) < 0)
		avro_fail(reader, "not a UUID");
	return id;
}

/*
 * Two's complement, highest byte first. Bytes that do not fit an int64 may only
 * repeat the sign.
 */
static bool decimal_value(const uint8_t *bytes, size_t size, money_t *ret_amount)
{
	const uint8_t sign = (bytes[0] & 0x80) != 0 ? 0xff : 0;
	uint64_t bits = sign == 0 ? 0 : UINT64_MAX;

	for (size_t i = 0; i < size; i++) {
		if (i + sizeof(bits) < size && bytes[i] != sign)
			return false;
		bits = bits << 8 | bytes[i];
	}
	*ret_amount = (money_t)bits;
	return (*ret_amount < 0) == (sign != 0) && *ret_amount >= -MONEY_MAX &&
		*ret_amount <= MONEY_MAX;
}

money_t avro_read_decimal(struct avro_reader *reader)
{
	size_t size;
	const uint8_t *bytes = take(reader, DECIMAL_SIZE_MAX, &size);
	money_t amount;

	if (bytes == NULL)
		return 0;
	if (size == 0) {
		avro_fail(reader, "an amount without bytes");
		return 0;
	}
	if (!decimal_value(bytes, size, &amount)) {
		avro_fail(reader, "an amount beyond 18 digits");
		return 0;
	}
	return amount;
}

int64_t avro_read_timestamp(struct avro_reader *reader)
{
	int64_t at_us = avro_read_long(reader);

	if (at_us < TIMESTAMP_MIN_US || at_us > TIMESTAMP_MAX_US) {
		avro_fail(reader, "a time outside the years 1 to 9999");
		return 0;
	}
	return at_us;
}

size_t avro_read_block(struct avro_reader *reader, size_t items_so_far, size_t items_max)
{
	int64_t count = avro_read_long(reader);

	if (count < 0) {
		/* The size in bytes would let a reader skip the block; we read it all. */
		int64_t size = avro_read_long(reader);

		if (size < 0 || count == INT64_MIN) {
			avro_fail(reader, "a negative length");
			return 0;
		}
		count = -count;
	}
	if (reader->failure != NULL)
		return 0;
	if ((uint64_t)count > items_max - items_so_far) {
		avro_fail(reader, "too many items");
		return 0;
	}
	return (size_t)count;
}

void *avro_items_room(struct avro_reader *reader, struct avro_items *items, void *now, size_t block)
{
	const size_t wanted = items->count + block;
	size_t capacity = items->capacity * 2;
	void *room;

	if (wanted <= items->capacity)
		return now;
	if (capacity > items->items_max)
		capacity = items->items_max;
	if (capacity < wanted)
		capacity = wanted;
	room = arena_array(reader->arena, capacity, items->item_size);
	if (items->count > 0)
		memcpy(room, now, items->count * items->item_size);
	items->capacity = capacity;
	return room;
}

size_t avro_read_branch(struct avro_reader *reader, size_t branches)
{
	int64_t branch = avro_read_long(reader);

	if (branch < 0 || (uint64_t)branch >= branches) {
		avro_fail(reader, "no such branch of the union");
		return 0;
	}
	return (size_t)branch;
}

size_t avro_read_enum(struct avro_reader *reader, size_t symbols)
{
	int64_t symbol = avro_read_long(reader);

	if (symbol < 0 || (uint64_t)symbol >= symbols) {
		avro_fail(reader, "no such symbol of the enum");
		return 0;
	}
	return (size_t)symbol;
}

int avro_reader_check(const struct avro_reader *reader, const char *type)
{
	if (reader->failure != NULL)
		return fault(FAULT_INPUT, "%s.%s: %s", type,
			reader->failed == NULL ? "?" : reader->failed, reader->failure);
	if (reader->next != reader->end)
		return fault(FAULT_INPUT, "%s: %zu bytes left over", type, left(reader));
	return 0;
}

int avro_read_header(const void *bytes, size_t size, uint32_t *ret_schema_id)
{
	const uint8_t *byte = bytes;

	if (size < AVRO_HEADER_SIZE)
		return fault(FAULT_INPUT, "%zu bytes: too short for a schema id", size);
	if (byte[0] != 0)
		return fault(FAULT_INPUT, "first byte %u: not Confluent's wire format", byte[0]);
	*ret_schema_id = (uint32_t)byte[1] << 24 | (uint32_t)byte[2] << 16 |
		(uint32_t)byte[3] << 8 | byte[4];
	return 0;
}
