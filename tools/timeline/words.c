#include "words.h"

#include <base/buffer.h>
#include <base/clock.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_MAX 4096

const char *words_what(const struct record *record, struct arena *arena)
{
	const char *what = record->what ? record->what : "an event";

	switch (record->kind) {
	case RECORD_TOOK:
		return arena_format(arena, "takes %s", what);
	case RECORD_STEP:
		/* A command or the clock is not an event that was taken. */
		return record->topic ? arena_format(arena, "takes %s", what) : what;
	case RECORD_SAID:
		return arena_format(arena, "says %s", what);
	case RECORD_AGAIN:
		return arena_format(arena, "again %s", what);
	case RECORD_ALONE:
	case RECORD_MESSAGE:
		return arena_format(arena, "holds %s", what);
	case RECORD_LOG:
		return arena_format(arena, "log: %s", what);
	case RECORD_ROW:
	case RECORD_COUNTED:
	case RECORD_DEAD:
	case RECORD_WAIT:
	case RECORD_LOG_END:
	case RECORD_FACT:
	case RECORD_GONE:
		break;
	}
	return what;
}

__attribute__((format(printf, 2, 3))) static void add(struct buffer *out, const char *format, ...);

static void add(struct buffer *out, const char *format, ...)
{
	char text[DETAIL_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (out->size > 0)
		buffer_add_text(out, ", ");
	buffer_add_text(out, text);
}

/* Who takes an event names its place only: the topic stands where it was said. */
static void add_position(const struct record *record, struct buffer *out)
{
	const bool taking = record->kind == RECORD_TOOK || record->kind == RECORD_STEP;
	const char *topic = taking || !record->topic ? "" : record->topic;
	const char *space = *topic ? " " : "";

	if (record->offset >= 0)
		add(out, "%s%s%" PRId32 "@%" PRId64, topic, space, record->partition,
			record->offset);
	else if (record->kind == RECORD_SAID && record->topic)
		add(out, "%s", record->topic);
}

const char *words_detail(const struct record *record, struct arena *arena)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	/* Of these the words matter more than the place. */
	if (record->kind == RECORD_DEAD || record->kind == RECORD_WAIT ||
		record->kind == RECORD_LOG)
		add(&out, "%s", record->detail ? record->detail : "");
	add_position(record, &out);
	if (record->kind == RECORD_SAID && record->sequence > 0)
		add(&out, "#%" PRId64, record->sequence);
	if (record->outcome && strcmp(record->outcome, "applied") != 0)
		add(&out, "%s", record->outcome);
	if (record->kind == RECORD_ALONE)
		add(&out, "in nobody's outbox");
	if (record->kind != RECORD_DEAD && record->kind != RECORD_WAIT &&
		record->kind != RECORD_LOG && record->detail && *record->detail)
		add(&out, "%s", record->detail);
	if (record->astray)
		add(&out, "not its key's partition");
	if (record->deliveries > 1)
		add(&out, "came %" PRId32 " times, counted once", record->deliveries);
	if (record->xid != 0 &&
		(record->kind == RECORD_SAID || (record->kind == RECORD_STEP && !record->topic)))
		add(&out, "xid %" PRId64, record->xid);
	return out.size > 0 ? arena_string_of(arena, out.data, out.size) : "";
}

bool words_is_bad(const struct record *record)
{
	return record->kind == RECORD_DEAD || record->kind == RECORD_WAIT ||
		(record->outcome &&
			(strcmp(record->outcome, "poison") == 0 ||
				strcmp(record->outcome, "parked") == 0));
}

char *words_duration(int64_t us, char text[static WORDS_DURATION_SIZE])
{
	const char *sign = us < 0 ? "-" : "";
	int64_t left = us < 0 ? -us : us;
	int64_t seconds = left / US_PER_S;

	if (left < US_PER_S)
		snprintf(text, WORDS_DURATION_SIZE, "%s%" PRId64 ".%" PRId64 " ms", sign,
			left / 1000, left / 100 % 10);
	else if (seconds < 60)
		snprintf(text, WORDS_DURATION_SIZE, "%s%" PRId64 ".%02" PRId64 " s", sign, seconds,
			left / 10000 % 100);
	else if (seconds < 3600)
		snprintf(text, WORDS_DURATION_SIZE, "%s%" PRId64 "m %02" PRId64 "s", sign,
			seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(text, WORDS_DURATION_SIZE, "%s%" PRId64 "h %02" PRId64 "m", sign,
			seconds / 3600, seconds / 60 % 60);
	else
		snprintf(text, WORDS_DURATION_SIZE, "%s%" PRId64 "d %02" PRId64 "h", sign,
			seconds / 86400, seconds / 3600 % 24);
	return text;
}
