/*
 * How a generated struct lies in memory, and JSON made of it and into it: for
 * tools and tests. The codecs do not use this; they are straight-line code.
 *
 * In JSON: names as in the schema; uuid, enum and string as text, bytes as hex
 * digits, decimal as "12.30", timestamp as RFC 3339, null as null.
 */
#pragma once

#include <avro/schema.h>
#include <base/json_writer.h>

struct avro_layout;
struct json_value;

struct avro_member {
	const char *name; /* "totalAmount" */
	enum avro_kind kind;
	bool nullable;
	size_t offset;
	size_t extra;             /* offset of <x>_count, <x>_size or has_<x>, where there is one */
	size_t max;               /* maxLength or maxItems */
	enum avro_kind item_kind; /* of an array */
	size_t item_size;
	size_t item_max;                  /* maxLength of its strings */
	const struct avro_layout *layout; /* of a record, or of an array's records */
	const char *const *symbols;       /* of an enum */
	size_t symbol_count;
};

struct avro_layout {
	const char *name; /* "OrderCreated" */
	size_t size;      /* of the struct */
	const struct avro_member *members;
	size_t member_count;
};

/* An object, @name as in json_writer. Never fails but by the buffer's bound. */
void avro_write_json(const struct avro_layout *layout, const void *record, const char *name,
	struct json_writer *writer);

/*
 * Fills @ret_record, texts and items in the arena. FAULT_INPUT naming the member
 * that is missing, unknown or of the wrong kind, or out of bounds; what was
 * filled so far is then of no use.
 */
int avro_read_json(const struct avro_layout *layout, const struct json_value *object,
	struct arena *arena, void *ret_record);
