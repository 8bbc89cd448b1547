/*
 * Spans: what a process did for a trace, for whoever draws the picture of it.
 *
 * A span is recorded when it is over, by any thread: it is copied, encoded, into a place of a
 * ring, and a thread of its own sends it (trace/exporter.h). Recording allocates nothing, takes
 * no lock, never waits and cannot fail: when the ring is full the span is dropped and counted.
 * As long as no exporter runs it does nothing at all.
 *
 * Names and attributes are those of OpenTelemetry's semantic conventions; what they do not know
 * is called "orderlab.…".
 */
#pragma once

#include <base/trace.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stdint.h>

#define SPAN_TEXT_MAX 128 /* of a name or a value; what is longer is cut */

/* The numbers are OTLP's. */
enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER };

enum span_value { SPAN_VALUE_TEXT = 1, SPAN_VALUE_NUMBER, SPAN_VALUE_UUID };

struct span_attribute {
	const char *key;
	enum span_value kind;
	const char *text; /* NULL: the attribute is left out; bytes beyond ASCII become '?' */
	int64_t number;
	const struct uuid *uuid; /* NULL: left out */
};

#define SPAN_TEXT(k, v) ((struct span_attribute){.key = (k), .kind = SPAN_VALUE_TEXT, .text = (v)})
#define SPAN_NUMBER(k, v) \
	((struct span_attribute){.key = (k), .kind = SPAN_VALUE_NUMBER, .number = (int64_t)(v)})
#define SPAN_UUID(k, v) ((struct span_attribute){.key = (k), .kind = SPAN_VALUE_UUID, .uuid = (v)})
#define SPAN_ATTRIBUTES(...) ((const struct span_attribute[]){__VA_ARGS__ __VA_OPT__(, ){0}})

struct span {
	struct trace trace; /* its own ids, and its parent's */
	enum span_kind kind;
	const char *name;
	const char *target; /* behind the name: "process" "order.events"; or NULL */
	int64_t start_us, end_us;
	bool failed;
	const struct span_attribute *attributes; /* SPAN_ATTRIBUTES(); or NULL */
};

/* An exporter runs, and whoever began the trace wants its spans kept. */
bool span_wanted(const struct trace *trace);
/*
 * What to hand on: a child of @parent, for a span that will be recorded; or @parent itself when
 * none will be. So what a message names as its parent is a span that somebody has.
 */
struct trace span_child(const struct trace *parent);
/* Nothing happens unless the span is wanted. */
void span_record(const struct span *span);
/* So many spans were wanted and could not be recorded, for lack of room at the caller's. */
void span_lost(int64_t count);
