/*
 * What a run came to, as a table for a person or JSON for a program.
 */
#pragma once

#include "tally.h"

#include <base/buffer.h>

/* Sums and percentiles of @sums, which ran by @plan. */
void report_table(const struct plan *plan, const struct tally_sums *sums, struct buffer *out);
void report_json(const struct plan *plan, const struct tally_sums *sums, struct buffer *out);

/* True when every accepted order ended, none twice, and any was accepted at all. */
bool report_is_good(const struct tally_sums *sums);
