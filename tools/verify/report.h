/*
 * What was found, invariant by invariant, and what that comes to.
 *
 * A violation is certain whenever it is seen. Something missing is a violation only
 * when the system was quiet: before that it may still be on its way.
 */
#pragma once

#include <base/buffer.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stdint.h>

/* S1 to S12. */
enum invariant { S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12, INVARIANTS };

enum verdict { PASS = 1, FAIL, INCONCLUSIVE };

#define REPORT_EXAMPLES_MAX 5
#define REPORT_NOTES_MAX 4
#define REPORT_REASONS_MAX 8
#define REPORT_TEXT_MAX 200

/* Where to look; what is not known is nil, NULL or below 0. */
struct where {
	struct uuid order;
	const char *topic; /* a constant */
	int partition;
	int64_t offset;
};

struct example {
	struct where where;
	char words[REPORT_TEXT_MAX];
};

struct invariant_result {
	bool asked;
	int64_t looked_at;
	int64_t violations, missing;
	int64_t spent_us;
	struct example examples[REPORT_EXAMPLES_MAX];
	int example_count;
	char notes[REPORT_NOTES_MAX][REPORT_TEXT_MAX];
	int note_count;
	char doubt[REPORT_TEXT_MAX]; /* why nothing can be said; "": something can */
};

struct report {
	struct invariant_result results[INVARIANTS];
	char unquiet[REPORT_REASONS_MAX][REPORT_TEXT_MAX]; /* what moved; none: quiet */
	int unquiet_count;
	int64_t orders, messages, dead_letters, spent_us, reading_us;
	int64_t memory_kb;
};

const char *invariant_name(enum invariant invariant);
/* "S3,S7" or "" for all: a bit each. 0 or FAULT_USAGE. */
int invariants_parse(const char *text, unsigned *ret_invariants);

void report_init(struct report *report, unsigned invariants);
void report_looked_at(struct report *report, enum invariant invariant, int64_t count);
void report_violation(struct report *report, enum invariant invariant, const struct where *where,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void report_missing(struct report *report, enum invariant invariant, const struct where *where,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Said beside the verdict. */
void report_note(struct report *report, enum invariant invariant, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Nothing can be said about it, for this reason. The first one stays. */
void report_doubt(struct report *report, enum invariant invariant, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The system is not quiet, for this reason. */
void report_unquiet(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

enum verdict report_verdict(const struct report *report, enum invariant invariant);
/* FAIL before INCONCLUSIVE before PASS. */
enum verdict report_verdict_of_all(const struct report *report);
const char *verdict_name(enum verdict verdict);

void report_table(const struct report *report, bool colour, struct buffer *out);
void report_json(const struct report *report, struct buffer *out);
