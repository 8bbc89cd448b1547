/*
 * What checks.c and writers.c share.
 */
#pragma once

#include "generate.h"

/* The functions that check, measure and write one record of one version. */
struct writer {
	struct arena *arena;
	const struct event *event;
	const struct version *version;
	const struct avro_named *record;
	const char *type; /* its name in C */
	struct buffer *out;
};

/* The name in C of a record or enum of this version. */
const char *writer_type(const struct writer *place, const struct avro_named *named);

/* The condition under which a nullable value is there. */
const char *writer_condition(
	const struct writer *place, const struct avro_field *field, const char *member);

/* int check_x(const struct x *record) */
void put_check(const struct writer *place);
