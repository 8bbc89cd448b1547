/*
 * Avro's binary encoding (specification 1.12, "Binary Encoding"), the primitive
 * reads and writes that generated codecs are made of.
 *
 * A reader never reads past its end, never allocates by an unchecked length,
 * and refuses what is not canonical enough to be safe: over-long varints,
 * lengths above the bound, text that is not UTF-8 or holds U+0000. After the
 * first failure all further reads answer zero, so a decoder reads all fields
 * and checks .failure once.
 */
#pragma once

#include <base/arena.h>
#include <base/buffer.h>
#include <base/money.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Confluent's wire format: byte 0, schema id in 4 bytes big-endian, datum. */
#define AVRO_HEADER_SIZE 5

struct avro_reader {
	const uint8_t *next, *end;
	struct arena *arena; /* texts, bytes and arrays go there */
	const char *failure; /* static words, NULL while all is well */
	const char *field;   /* the field being read now, set by the decoder */
	const char *failed;  /* the one that was being read at the failure */
};

void avro_reader_init(
	struct avro_reader *reader, const void *bytes, size_t size, struct arena *arena);
bool avro_read_boolean(struct avro_reader *reader);
int32_t avro_read_int(struct avro_reader *reader);
int64_t avro_read_long(struct avro_reader *reader);
/* NUL-terminated, at most @length_max bytes. "" after a failure, never NULL. */
const char *avro_read_string(struct avro_reader *reader, size_t length_max);
const void *avro_read_bytes(struct avro_reader *reader, size_t length_max, size_t *ret_size);
/* Logical type uuid over string. */
struct uuid avro_read_uuid(struct avro_reader *reader);
/* Logical type decimal(18,2) over bytes. */
money_t avro_read_decimal(struct avro_reader *reader);
/* One block count of an array or map (0 ends it); negative counts' byte sizes are read over. */
size_t avro_read_block(struct avro_reader *reader, size_t items_so_far, size_t items_max);
/* Union branch below @branches. */
size_t avro_read_branch(struct avro_reader *reader, size_t branches);
size_t avro_read_enum(struct avro_reader *reader, size_t symbols);
/* Logical type timestamp-micros over long: microseconds since 1970, years 0001 to 9999. */
int64_t avro_read_timestamp(struct avro_reader *reader);

/* What a writer has and its reader has not: checked as if read, kept nowhere. */
void avro_skip_string(struct avro_reader *reader, size_t length_max);
void avro_skip_bytes(struct avro_reader *reader, size_t length_max);

/*
 * Room for @block more items behind the @count there are, in the arena; returns
 * where the items are now. Grows by doubling, never beyond @items_max.
 */
struct avro_items {
	size_t count; /* raised by the caller */
	size_t capacity;
	size_t items_max;
	size_t item_size;
};
void *avro_items_room(
	struct avro_reader *reader, struct avro_items *items, void *now, size_t block);

void avro_fail(struct avro_reader *reader, const char *why);
/* 0, or FAULT_INPUT naming @type, the field and why; also when bytes are left over. */
int avro_reader_check(const struct avro_reader *reader, const char *type);

/*
 * What an encoder asks before it writes anything: would a reader take this?
 * 0, or FAULT_INPUT naming @path ("OrderCreated.customerId").
 */
int avro_check_string(const char *path, const char *text, size_t length_max);
int avro_check_bytes(const char *path, const void *bytes, size_t size, size_t length_max);
int avro_check_decimal(const char *path, money_t amount);
int avro_check_timestamp(const char *path, int64_t at_us);
int avro_check_count(const char *path, const void *items, size_t count, size_t items_max);
int avro_check_enum(const char *path, size_t symbol, size_t symbols);

void avro_write_boolean(struct buffer *out, bool value);
void avro_write_int(struct buffer *out, int32_t value);
void avro_write_long(struct buffer *out, int64_t value);
void avro_write_string(struct buffer *out, const char *text);
void avro_write_bytes(struct buffer *out, const void *bytes, size_t size);
void avro_write_uuid(struct buffer *out, const struct uuid *id);
void avro_write_decimal(struct buffer *out, money_t amount);

void avro_write_header(struct buffer *out, uint32_t schema_id);
/* 0, or FAULT_INPUT: too short, or the magic byte is not 0. */
int avro_read_header(const void *bytes, size_t size, uint32_t *ret_schema_id);
