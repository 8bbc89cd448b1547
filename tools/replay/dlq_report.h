/*
 * What replay dlq would do or did, as a table and as JSON. Pure.
 */
#pragma once

#include "dlq_plan.h"

#include <base/buffer.h>

struct dlq_report {
	const struct dlq_plan *plan;
	bool executed;
	const char *trouble; /* what ended it early; NULL: nothing */
};

void dlq_report_table(const struct dlq_report *report, struct arena *arena, struct buffer *out);
void dlq_report_json(const struct dlq_report *report, struct arena *arena, struct buffer *out);
/* A reason with ids as ID and numbers as N: so that the same reason counts as one. */
const char *dlq_report_reason(const char *reason, struct arena *arena);
