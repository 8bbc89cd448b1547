/*
 * W3C Trace Context, level 1: the traceparent that travels from HTTP through
 * outbox, message headers and every hop (https://www.w3.org/TR/trace-context/).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_TEXT_SIZE 56 /* 55 characters and a NUL */

struct trace {
	uint8_t trace_id[16]; /* all zero: no trace */
	uint8_t span_id[8];
	uint8_t parent_id[8]; /* of the span this one is a child of; all zero: a root, or unknown */
	uint8_t flags;
};

/*
 * Of so many new traces of one the flag "sampled" is set, by their trace id: from 0, none, to 1,
 * all, which is also how it begins. For the whole process; set before its threads start.
 */
void trace_sample(double ratio);

/* A new root with random ids. */
struct trace trace_make(void);
/* The same trace, flags too, with a new span id. */
struct trace trace_child(const struct trace *parent);
/* Version 00, or a higher one read by its first 55 bytes as the standard says. 0 or FAULT_INPUT. */
int trace_parse(const char *text, size_t size, struct trace *ret_trace);
char *trace_format(const struct trace *trace, char text[static TRACE_TEXT_SIZE]);
/* 32 hex digits of the trace id and a NUL. */
char *trace_format_id(const struct trace *trace, char text[static 33]);
bool trace_is_set(const struct trace *trace);
/* Whoever began the trace wants its spans kept. */
bool trace_is_sampled(const struct trace *trace);
