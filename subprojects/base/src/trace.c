#include "hex.h"
#include "random.h"

#include <base/fault.h>
#include <base/trace.h>

#include <assert.h>
#include <string.h>

#define TRACE_SIZE ((size_t)55)
#define FLAG_SAMPLED 0x01
#define NUMBERS UINT64_C(0x8000000000000000) /* of 63 bits */

/* Traces whose number is below are sampled. */
static uint64_t sampled_below = NUMBERS;

static bool all_zero(const uint8_t *bytes, size_t size)
{
	uint8_t any = 0;
	for (size_t i = 0; i < size; i++)
		any |= bytes[i];
	return any == 0;
}

/* Random and not all zero, which the standard forbids. */
static void random_id(uint8_t *bytes, size_t size)
{
	do
		random_fill(bytes, size);
	while (all_zero(bytes, size));
}

/* The last 63 bits of the trace id: what OpenTelemetry's TraceIdRatioBased goes by. */
static uint64_t number_of(const struct trace *trace)
{
	uint64_t number = 0;

	for (size_t i = 8; i < sizeof(trace->trace_id); i++)
		number = number << 8 | trace->trace_id[i];
	return number & (NUMBERS - 1);
}

void trace_sample(double ratio)
{
	assert(ratio >= 0 && ratio <= 1);
	sampled_below = (uint64_t)(ratio * (double)NUMBERS);
}

struct trace trace_make(void)
{
	struct trace trace = {0};
	random_id(trace.trace_id, sizeof(trace.trace_id));
	random_id(trace.span_id, sizeof(trace.span_id));
	if (number_of(&trace) < sampled_below)
		trace.flags = FLAG_SAMPLED;
	return trace;
}

struct trace trace_child(const struct trace *parent)
{
	struct trace trace = *parent;
	memcpy(trace.parent_id, parent->span_id, sizeof(trace.parent_id));
	random_id(trace.span_id, sizeof(trace.span_id));
	return trace;
}

/* Whether a text of @size bytes may be of @version: later ones may go on behind a dash. */
static bool version_allows(uint8_t version, const char *text, size_t size)
{
	if (version == 0xff)
		return false;
	if (version == 0)
		return size == TRACE_SIZE;
	return size == TRACE_SIZE || text[TRACE_SIZE] == '-';
}

int trace_parse(const char *text, size_t size, struct trace *ret_trace)
{
	struct trace trace = {0};
	uint8_t version;

	if (size < TRACE_SIZE || text[2] != '-' || text[35] != '-' || text[52] != '-' ||
		!hex_parse(text, &version, 1, false) ||
		!hex_parse(text + 3, trace.trace_id, sizeof(trace.trace_id), false) ||
		!hex_parse(text + 36, trace.span_id, sizeof(trace.span_id), false) ||
		!hex_parse(text + 53, &trace.flags, 1, false))
		return fault(FAULT_INPUT, "not a traceparent");
	if (!version_allows(version, text, size))
		return fault(FAULT_INPUT, "traceparent of version %02x has a wrong form", version);
	if (all_zero(trace.trace_id, sizeof(trace.trace_id)) ||
		all_zero(trace.span_id, sizeof(trace.span_id)))
		return fault(FAULT_INPUT, "traceparent with an id of zeros");
	/* Flags this version does not know are passed on as zero (level 1, §3.2.2.5). */
	trace.flags &= FLAG_SAMPLED;
	*ret_trace = trace;
	return 0;
}

char *trace_format(const struct trace *trace, char text[static TRACE_TEXT_SIZE])
{
	char *at = text;

	*at++ = '0';
	*at++ = '0';
	*at++ = '-';
	at = hex_format(trace->trace_id, sizeof(trace->trace_id), at);
	*at++ = '-';
	at = hex_format(trace->span_id, sizeof(trace->span_id), at);
	*at++ = '-';
	at = hex_format(&trace->flags, 1, at);
	*at = '\0';
	return text;
}

char *trace_format_id(const struct trace *trace, char text[static 33])
{
	*hex_format(trace->trace_id, sizeof(trace->trace_id), text) = '\0';
	return text;
}

bool trace_is_set(const struct trace *trace)
{
	return !all_zero(trace->trace_id, sizeof(trace->trace_id));
}

bool trace_is_sampled(const struct trace *trace)
{
	return trace->flags & FLAG_SAMPLED;
}
