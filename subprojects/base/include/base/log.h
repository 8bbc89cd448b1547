/*
 * The log: one JSON object a line on stderr.
 *
 *   {"time":"…Z","level":"info","service":"order","message":"…","trace_id":"…",
 *    "order_id":"…", … the fields given}
 *
 * The thread's context (trace and order) goes into every line that thread
 * writes. A line is one write(2) of at most 8 KiB, longer ones are cut and say
 * so; thread-safe, never fails, never blocks on anything but stderr.
 */
#pragma once

#include <base/trace.h>
#include <base/uuid.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* @service is kept, not copied. Lines below @level are dropped. */
void log_init(const char *service, enum log_level level);
int log_level_parse(const char *text, enum log_level *ret_level);

/* What this thread works on; NULL clears. Copied. */
void log_context(const struct trace *trace, const struct uuid *order_id);

enum log_field_kind { LOG_FIELD_TEXT = 1, LOG_FIELD_NUMBER, LOG_FIELD_UUID };

struct log_field {
	const char *name;
	enum log_field_kind kind;
	const char *text;
	int64_t number;
	const struct uuid *uuid;
};

#define LOG_TEXT(n, v) ((struct log_field){.name = (n), .kind = LOG_FIELD_TEXT, .text = (v)})
#define LOG_NUMBER(n, v) \
	((struct log_field){.name = (n), .kind = LOG_FIELD_NUMBER, .number = (int64_t)(v)})
#define LOG_UUID(n, v) ((struct log_field){.name = (n), .kind = LOG_FIELD_UUID, .uuid = (v)})

/* @fields ends with an entry whose name is NULL. Use the macros. */
void log_write(enum log_level level, const struct log_field *fields, const char *message);

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define log_debug(message, ...) log_write(LOG_DEBUG, LOG_FIELDS(__VA_ARGS__), (message))
#define log_info(message, ...) log_write(LOG_INFO, LOG_FIELDS(__VA_ARGS__), (message))
#define log_warning(message, ...) log_write(LOG_WARNING, LOG_FIELDS(__VA_ARGS__), (message))
#define log_error(message, ...) log_write(LOG_ERROR, LOG_FIELDS(__VA_ARGS__), (message))
/* A fault, at the one place that answers it: adds "fault" and "detail". */
void log_fault(enum log_level level, int result, const char *message);
