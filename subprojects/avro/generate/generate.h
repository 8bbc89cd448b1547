/*
 * Turns a model into C. What it writes is plain, straight-line code that can be
 * read and stepped through: one function for each pair of writer and reader.
 */
#pragma once

#include "model.h"

/* events.h: structs, functions, enum event_type. */
void generate_header(const struct model *model, struct buffer *out);
/* events.c; @header is the file name it includes. */
void generate_source(const struct model *model, const char *header, struct buffer *out);

/* The third file, what every schema says; @header as above. */
void generate_texts(const struct model *model, const char *header, struct buffer *out);

/* Parts of events.c. */
void generate_readers(const struct model *model, const struct event *event, struct buffer *out);
void generate_writers(const struct model *model, const struct event *event, struct buffer *out);
void generate_layouts(const struct model *model, const struct event *event, struct buffer *out);
void generate_tables(const struct model *model, struct buffer *out);

/* A line behind @depth tabs. */
void put(struct buffer *out, int depth, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The records inside @record and itself, each once, inner ones first: the order
 * in which C wants them. Enums likewise with @kind AVRO_ENUM.
 */
struct named_list {
	const struct avro_named *items[AVRO_NAMED_MAX];
	size_t count;
};
void collect_named(const struct avro_named *record, enum avro_kind kind, struct named_list *list);
