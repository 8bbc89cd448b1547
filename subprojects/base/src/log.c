#include "utf8.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/json_writer.h>
#include <base/log.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE_MAX 8192
/* Text values are cut to this when a line did not fit whole. */
#define CUT_TEXT_SIZE ((size_t)256)

static const char *log_service = "-";
static enum log_level log_level_least = LOG_INFO;

static _Thread_local struct {
	struct trace trace;
	struct uuid order_id;
	bool has_order;
} context;

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

void log_init(const char *service, enum log_level level)
{
	log_service = service;
	log_level_least = level;
}

int log_level_parse(const char *text, enum log_level *ret_level)
{
	for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
		if (strcmp(text, level_names[level]) == 0) {
			*ret_level = level;
			return 0;
		}
	}
	return fault(
		FAULT_USAGE, "log level '%.32s' is not one of debug, info, warning, error", text);
}

void log_context(const struct trace *trace, const struct uuid *order_id)
{
	context.trace = trace ? *trace : (struct trace){0};
	context.order_id = order_id ? *order_id : (struct uuid){0};
	context.has_order = order_id != NULL;
}

static void line_text(
	struct json_writer *writer, const char *name, const char *text, size_t text_size_max)
{
	if (!text) {
		json_null(writer, name);
		return;
	}
	size_t size = strlen(text);
	json_text_of(writer, name, text, utf8_cut(text, size, text_size_max));
}

static void line_fields(
	struct json_writer *writer, const struct log_field *field, size_t text_size_max)
{
	for (; field->name; field++) {
		if (field->kind == LOG_FIELD_NUMBER)
			json_int(writer, field->name, field->number);
		else if (field->kind == LOG_FIELD_UUID && field->uuid)
			json_uuid(writer, field->name, field->uuid);
		else
			line_text(writer, field->name, field->text, text_size_max);
	}
}

static void line_context(struct json_writer *writer)
{
	char trace_id[33];

	if (trace_is_set(&context.trace))
		json_text(writer, "trace_id", trace_format_id(&context.trace, trace_id));
	if (context.has_order)
		json_uuid(writer, "order_id", &context.order_id);
}

/* How much of a line is written: what does not fit whole is tried again shorter. */
enum line_form { LINE_WHOLE, LINE_CUT, LINE_BARE };

static void line_build(struct buffer *line, enum log_level level, const struct log_field *fields,
	const char *message, enum line_form form)
{
	struct json_writer writer;
	char time[CLOCK_TEXT_SIZE];
	size_t text_size_max = form == LINE_WHOLE ? SIZE_MAX : CUT_TEXT_SIZE;

	buffer_reset(line);
	json_writer_init(&writer, line);
	json_object_begin(&writer, NULL);
	json_text(&writer, "time", clock_format(clock_now_us(), time));
	json_text(&writer, "level", level_names[level]);
	line_text(&writer, "service", log_service, text_size_max);
	line_text(&writer, "message", message, text_size_max);
	line_context(&writer);
	if (form != LINE_WHOLE)
		json_bool(&writer, "cut", true);
	if (form != LINE_BARE)
		line_fields(&writer, fields, text_size_max);
	json_object_end(&writer);
	buffer_add_byte(line, '\n');
}

void log_write(enum log_level level, const struct log_field *fields, const char *message)
{
	if (level < log_level_least)
		return;
	/* syslog.h has macros of our names with higher numbers: a mix-up is loud, not a crash. */
	if (level > LOG_ERROR)
		level = LOG_ERROR;

	/* The line lives on the stack: as size_max is below the capacity, it is never grown. */
	char memory[LINE_SIZE_MAX + 1];
	struct buffer line = {
		.data = memory, .capacity = sizeof(memory), .size_max = LINE_SIZE_MAX};
	int saved = errno;

	line_build(&line, level, fields, message, LINE_WHOLE);
	if (line.failed)
		line_build(&line, level, fields, message, LINE_CUT);
	if (line.failed)
		line_build(&line, level, fields, message, LINE_BARE);

	ssize_t written;
	do
		written = write(STDERR_FILENO, line.data, line.size);
	while (written < 0 && errno == EINTR);
	errno = saved;
}

void log_fault(enum log_level level, int result, const char *message)
{
	log_write(level,
		LOG_FIELDS(LOG_TEXT("fault", fault_name(result)), LOG_TEXT("detail", fault_text())),
		message);
}
