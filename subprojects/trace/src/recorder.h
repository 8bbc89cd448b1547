/*
 * Where spans wait to be sent: what the recording threads and the exporter share.
 */
#pragma once

#include "ring.h"

#include <base/metrics.h>

struct recorder {
	struct ring *ring;
	/* Called when so many wait that the exporter had better not sleep on. Must not wait. */
	void (*crowded)(void);
	size_t crowd;
};

/* NULL: spans are not wanted. Only while no thread records. */
void recorder_set(const struct recorder *recorder);

/* Spans by what became of them. */
enum span_result {
	SPANS_EXPORTED,
	SPANS_FULL,    /* dropped: they came faster than they were sent */
	SPANS_UNSENT,  /* dropped: the collector did not take them */
	SPANS_REFUSED, /* dropped: the collector will not have them */
	SPANS_RESULTS,
};

void recorder_count(enum span_result result, int64_t count);
int64_t recorder_counted(enum span_result result);
void recorder_register_metrics(void);
