/*
 * A look that was measured and judged, as a table for a person or JSON for a program.
 */
#pragma once

#include "look.h"

#include <base/buffer.h>

struct report_options {
	bool colour;
	bool rates;         /* also how fast, where to, and until when */
	bool only_with_lag; /* rows whose lag is not 0, or that lost messages */
};

/* Rows, a line that sums them up, and notes on what numbers do not say. */
void report_table(const struct look *look, const struct report_options *options,
	struct arena *arena, struct buffer *out);
/* The same on one line. */
void report_json(const struct look *look, const struct report_options *options, struct buffer *out);

/* True for rows that --only-with-lag shows. */
bool report_shows(const struct place *place, const struct report_options *options);

/* The place with the most lag above @lag_max, or NULL; *ret_count gets how many are above. */
const struct place *report_worst(const struct look *look, int64_t lag_max, size_t *ret_count);
