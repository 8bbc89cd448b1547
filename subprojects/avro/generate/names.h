/*
 * How names of a schema become names in C.
 */
#pragma once

#include "model.h"

/* "totalAmount", "OrderCreated" → "total_amount", "order_created". */
const char *name_snake(struct arena *arena, const char *name);
const char *name_upper(struct arena *arena, const char *name);

/* The member of a struct: "created_at_us" for a timestamp. */
const char *name_member(struct arena *arena, const struct avro_field *field);

/* The struct or enum of @named in @version: "order_created", "order_created_v1" when not the
 * latest. */
const char *name_type(struct arena *arena, const struct event *event, const struct version *version,
	const struct avro_named *named);

/* With the version in any case, for functions between versions: "order_created_v2". */
const char *name_versioned(
	struct arena *arena, const struct version *version, const struct avro_named *named);

/* "int64_t", "struct uuid", "const char *" …: what a value of @type is in C, arrays excepted. */
const char *name_c_type(struct arena *arena, const struct event *event,
	const struct version *version, const struct avro_type *type);

/* Null is said by has_<member>, not by the value itself. */
bool name_has_flag(const struct avro_type *type);

/* A string literal and an integer constant. */
const char *name_c_text(struct arena *arena, const char *text);
const char *name_c_number(struct arena *arena, int64_t number);
