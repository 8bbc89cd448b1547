#include <base/outbox.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)16)
#define REASON_SIZE_MAX 256

const char *outcome_name(enum outcome outcome)
{
	switch (outcome) {
	case APPLIED:
		return "applied";
	case IGNORED:
		return "ignored";
	case POISON:
		return "poison";
	case NOT_YET:
		return "not_yet";
	case PARKED:
		return "parked";
	}
	return "unknown";
}

void outbox_init(struct outbox *outbox, struct arena *arena, int64_t now_us)
{
	*outbox = (struct outbox){.arena = arena, .now_us = now_us};
}

size_t outbox_mark(const struct outbox *outbox)
{
	return outbox->count;
}

void outbox_rewind(struct outbox *outbox, size_t mark)
{
	assert(mark <= outbox->count);
	outbox->count = mark;
}

/* Doubles the room: a batch of one message should not pay for one of thousands. */
static void outbox_grow(struct outbox *outbox)
{
	size_t capacity = outbox->capacity ? outbox->capacity * 2 : CAPACITY_FIRST;
	struct emission *emissions =
		arena_array(outbox->arena, capacity, sizeof(*outbox->emissions));
	if (outbox->count)
		memcpy(emissions, outbox->emissions, outbox->count * sizeof(*emissions));
	outbox->emissions = emissions;
	outbox->capacity = capacity;
}

struct emission *outbox_add(struct outbox *outbox, const char *topic, const char *type,
	const struct uuid *key, const void *payload, size_t payload_size)
{
	assert(outbox->count < OUTBOX_EMISSIONS_MAX);
	if (outbox->count == outbox->capacity)
		outbox_grow(outbox);

	struct emission *emission = &outbox->emissions[outbox->count++];
	*emission = (struct emission){
		.id = uuid_make(outbox->now_us),
		.topic = topic,
		.type = type,
		.key = *key,
		.payload = payload,
		.payload_size = payload_size,
		.trace = outbox->trace,
		.sequence = outbox->sequence ? ++*outbox->sequence : 0,
		.occurred_at_us = outbox->now_us,
		.cause = outbox->cause,
	};
	return emission;
}

__attribute__((format(printf, 2, 0))) static void outbox_reason(
	struct outbox *outbox, const char *format, va_list arguments)
{
	char reason[REASON_SIZE_MAX];
	vsnprintf(reason, sizeof(reason), format, arguments);
	outbox->reason = arena_string(outbox->arena, reason);
}

enum outcome ignored(struct outbox *outbox, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	outbox_reason(outbox, format, arguments);
	va_end(arguments);
	return IGNORED;
}

enum outcome poison(struct outbox *outbox, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	outbox_reason(outbox, format, arguments);
	va_end(arguments);
	return POISON;
}

enum outcome not_yet(struct outbox *outbox, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	outbox_reason(outbox, format, arguments);
	va_end(arguments);
	return NOT_YET;
}
