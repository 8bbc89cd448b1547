/*
 * Avro schemas (specification 1.12, "Schema Declaration"), as much of them as
 * events are made of, and whether one version can read another.
 *
 * For build time and tests: codecs are generated from this, no message is ever
 * read through it. All of a schema lives in the arena given, texts included.
 *
 * Stricter than Avro: every string and bytes has a maxLength, every array a
 * maxItems; no map, fixed, float, double, no union but with null, no recursion.
 */
#pragma once

#include <base/arena.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AVRO_NAME_MAX 64    /* bytes of a name */
#define AVRO_FIELDS_MAX 64  /* of one record */
#define AVRO_SYMBOLS_MAX 64 /* of one enum */
#define AVRO_NAMED_MAX 16   /* records and enums of one schema */
#define AVRO_BOUND_MAX 1000000

enum avro_kind {
	AVRO_BOOLEAN = 1,
	AVRO_INT,
	AVRO_LONG,
	AVRO_STRING,
	AVRO_BYTES,
	AVRO_UUID,      /* string */
	AVRO_DECIMAL,   /* bytes, precision 18, scale 2 */
	AVRO_TIMESTAMP, /* long, timestamp-micros */
	AVRO_ENUM,
	AVRO_RECORD,
	AVRO_ARRAY,
};

const char *avro_kind_name(enum avro_kind kind);

struct avro_type {
	enum avro_kind kind;
	bool nullable;                  /* a union with null … */
	size_t null_branch;             /* … which is this branch of it */
	size_t max;                     /* maxLength in bytes, or maxItems */
	const struct avro_named *named; /* of a record or enum */
	const struct avro_type *items;  /* of an array */
};

struct avro_names {
	const char *const *list;
	size_t count;
};

struct avro_field {
	const char *name;
	struct avro_names aliases;
	struct avro_type type;
	bool has_default;
	/* The default: null and the empty array need no value. */
	int64_t default_number;   /* boolean, int, long, timestamp; an enum's symbol */
	const char *default_text; /* string, bytes, uuid; NULL: null */
};

/* A record or an enum. */
struct avro_named {
	const char *name;
	const char *namespace;
	struct avro_names aliases;
	const struct avro_field *fields; /* of a record */
	size_t field_count;
	struct avro_names symbols; /* of an enum */
	bool has_symbol_default;
	size_t symbol_default; /* stands for a writer's symbol that is not known here */
};

struct avro_schema {
	const struct avro_named *record;
	/* CRC-64-AVRO of the schema without white space and docs: what an id is given to. */
	uint64_t fingerprint;
};

/* 0, or FAULT_INPUT saying where in the schema and what is wanted. */
int avro_schema_parse(
	const char *text, size_t size, struct arena *arena, const struct avro_schema **ret_schema);

/*
 * Can @reader read all that @writer writes ("Schema Resolution")? 0, or
 * FAULT_INPUT whose words name the path and the reason. Bounds count: a reader
 * that would refuse the writer's longest text cannot read it.
 */
int avro_schema_resolve(const struct avro_schema *reader, const struct avro_schema *writer);

/* The writer's field that @field of a reader takes its value from, or NULL: its default. */
const struct avro_field *avro_field_source(
	const struct avro_field *field, const struct avro_named *writer);

/* The symbol of @reader that stands for @symbol of @writer, or -1. */
int avro_symbol_source(
	const struct avro_named *reader, const struct avro_named *writer, size_t symbol);
