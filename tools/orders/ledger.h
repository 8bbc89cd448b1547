/*
 * The ledger: one line a request, tab-separated, for whoever checks afterwards
 * that what was promised is there.
 *
 *   n key due kind status http order end answered_us arrived_us ended_us cancel
 *
 * Latencies count from when the request was due; "-" stands for what there is
 * not. A status is ok, fail or unknown, an end completed, cancelled or open. Cancel
 * is the HTTP status of the customer's cancellation, 0 when no answer came.
 * Columns are only ever added at the end.
 */
#pragma once

#include "tally.h"

struct ledger_line {
	int64_t n;
	const char *key;
	int64_t due_wall_us;
	const char *kind;
	enum tally_status status;
	int http_status;
	struct uuid order_id;
	enum tally_end end;
	int64_t answered_us, arrived_us, ended_us; /* since due; -1: none */
	bool cancel_asked;
	int cancel_status; /* HTTP; 0: no answer */
};

/* The names of the columns. */
void ledger_write_head(FILE *file);
void ledger_write(FILE *file, const struct ledger_line *line);
