/*
 * The parts of reading a schema that lie in files of their own, inside avro only.
 */
#pragma once

#include <avro/schema.h>
#include <json/json.h>

/* What is known while one schema is read. */
struct parse {
	struct arena *arena;
	const struct avro_named *named[AVRO_NAMED_MAX];
	enum avro_kind kinds[AVRO_NAMED_MAX];
	size_t named_count;
	const char *namespace;
	const char *where; /* "OrderCreated.items.price", for words */
};

/* FAULT_INPUT with the place. */
int schema_refuse(const struct parse *parse, const char *why);

/* The text of member @name, or NULL when it is absent or no text. */
const char *schema_text(const struct json_value *object, const char *name);

/* A name, an object or a union. */
int schema_parse_type(
	struct parse *parse, const struct json_value *value, struct avro_type *ret_type);

/* A record or an enum, which is known by its name from then on. */
int schema_parse_named(struct parse *parse, const struct json_value *object, enum avro_kind kind,
	struct avro_type *ret_type);

/* @value may be NULL: no default. Sets the default of @field, whose type is known. */
int schema_parse_default(
	struct parse *parse, const struct json_value *value, struct avro_field *field);

/* CRC-64-AVRO of @root as compact JSON without "doc". */
uint64_t schema_fingerprint(const struct json_value *root);
