/*
 * What the cases came to, in words, as a table and as JSON. Pure.
 */
#pragma once

#include "cases.h"
#include "lanes.h"

enum verdict {
	VERDICT_HELD = 1,     /* what must hold did */
	VERDICT_LOST,         /* lost as predicted, and kept with the one thing changed */
	VERDICT_NOT_PROVOKED, /* the break did not show: nothing is proven */
	VERDICT_NOTHING_SEEN, /* there was nothing to look at */
	VERDICT_VIOLATED,     /* lost where it must hold */
};

struct result {
	const struct lab_case *subject;
	struct counts broken, kept;
	int64_t took_us;
	enum verdict verdict;
};

enum verdict verdict_of(
	const struct lab_case *subject, const struct counts *broken, const struct counts *kept);
/* For a person, one line. */
const char *verdict_words(enum verdict verdict);

/* The worst of all: 0 as predicted, 1 violated, 3 not shown. */
int report_exit_code(const struct result *results, size_t count);

/* The parts of a case's page, as they are known. */
void report_head(const struct lab_case *subject, struct buffer *out);
void report_variant(const struct lab_case *subject, enum variant variant,
	const struct history *history, const struct counts *counts, const struct lanes_style *style,
	struct buffer *out);
void report_tail(const struct result *result, struct buffer *out);

void report_summary(const struct result *results, size_t count, struct buffer *out);
void report_json(const struct result *results, size_t count, const struct plan *plan, uint64_t seed,
	struct buffer *out);
void report_list(struct buffer *out);
void report_list_json(struct buffer *out);
