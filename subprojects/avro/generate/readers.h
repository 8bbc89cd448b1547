/*
 * What readers.c and skips.c share.
 */
#pragma once

#include "generate.h"

/* A version to read into and a version that was written. */
struct place {
	struct arena *arena;
	const struct event *event;
	const struct version *reader, *writer;
	struct buffer *out;
	struct done *done;
};

/* Functions that stand in the output already. */
struct done {
	/* Of the reader and the writer at hand. */
	struct {
		const struct avro_named *reader, *writer;
	} pairs[AVRO_NAMED_MAX * AVRO_NAMED_MAX];
	size_t pair_count;
	/* Of any version: skipping is the same for all readers. */
	const struct avro_named *skipped[AVRO_NAMED_MAX * VERSIONS_MAX];
	size_t skipped_count;
};

/* "order_created_item_v1": what was written, always with its version. */
const char *written_type(const struct place *place, const struct avro_named *named);

/* The expression that reads what @writer wrote; records, arrays, bytes and enums aside. */
const char *read_call(
	const struct place *place, const struct avro_type *reader, const struct avro_type *writer);

/* The record of a type or of its items; NULL: there is none. */
const struct avro_named *record_inside(const struct avro_type *type);

/* Opens the condition of a nullable value, and closes it. Returns the depth inside. */
int put_branch(const struct place *place, const struct avro_type *writer);
void put_branch_end(const struct place *place, const struct avro_type *writer);

/* A field that the reader has not; a function for a record that it has not. */
void put_skip_field(const struct place *place, const struct avro_field *field);
void put_skip_record(const struct place *place, const struct avro_named *record);
