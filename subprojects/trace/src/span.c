#include "otlp.h"
#include "recorder.h"

#include <trace/span.h>

static const struct recorder *recorder;

/* clang-format off */
#define SPANS(result) METRIC(METRIC_COUNTER, "orderlab_trace_spans_total", "result=\"" result "\"", "Spans that were recorded, by what became of them.")
static struct metric spans[SPANS_RESULTS] = {
	[SPANS_EXPORTED] = SPANS("exported"),
	[SPANS_FULL]     = SPANS("dropped_full"),
	[SPANS_UNSENT]   = SPANS("dropped_unsent"),
	[SPANS_REFUSED]  = SPANS("dropped_refused"),
};
/* clang-format on */

void recorder_set(const struct recorder *in_use)
{
	recorder = in_use;
}

void recorder_register_metrics(void)
{
	for (size_t i = 0; i < SPANS_RESULTS; i++)
		metric_register(&spans[i]);
}

void recorder_count(enum span_result result, int64_t count)
{
	metric_add(&spans[result], count);
}

int64_t recorder_counted(enum span_result result)
{
	return metric_get(&spans[result]);
}

bool span_wanted(const struct trace *trace)
{
	return recorder != NULL && trace_is_sampled(trace);
}

struct trace span_child(const struct trace *parent)
{
	return span_wanted(parent) ? trace_child(parent) : *parent;
}

void span_record(const struct span *span)
{
	struct ring_cell *cell;

	if (!span_wanted(&span->trace))
		return;
	cell = ring_claim(recorder->ring);
	if (!cell) {
		span_lost(1);
		return;
	}
	cell->size = otlp_span(span, cell->bytes, sizeof(cell->bytes));
	ring_publish(recorder->ring, cell);
	if (ring_count(recorder->ring) >= recorder->crowd)
		recorder->crowded();
}

void span_lost(int64_t count)
{
	recorder_count(SPANS_FULL, count);
}
