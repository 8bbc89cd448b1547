#include "report.h"

#include <base/fault.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Whether what is there says nothing yet while more is on its way. A path, a sequence
 * or a doubled mail is right or wrong at any time.
 */
static const bool needs_quiet[INVARIANTS] = {
	[S1] = true,
	[S3] = true,
	[S4] = true,
	[S7] = true,
	[S8] = true,
	[S9] = true,
	[S10] = true,
};

const char *invariant_name(enum invariant invariant)
{
	static const char *const names[INVARIANTS] = {
		"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12"};
	return names[invariant];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[PASS] = "PASS", [FAIL] = "FAIL", [INCONCLUSIVE] = "INCONCLUSIVE"};
	return names[verdict];
}

int invariants_parse(const char *text, unsigned *ret_invariants)
{
	unsigned found = 0;

	if (*text == '\0') {
		*ret_invariants = (1U << INVARIANTS) - 1;
		return 0;
	}
	while (*text) {
		size_t size = strcspn(text, ",");
		unsigned bit = 0;

		for (int i = 0; i < INVARIANTS; i++) {
			const char *name = invariant_name((enum invariant)i);

			if (strlen(name) == size && strncasecmp(name, text, size) == 0)
				bit = 1U << i;
		}
		if (!bit)
			return fault(FAULT_USAGE, "--only: '%.*s' is none of S1 to S12", (int)size,
				text);
		found |= bit;
		text += size + (text[size] == ',');
	}
	*ret_invariants = found;
	return 0;
}

void report_init(struct report *report, unsigned invariants)
{
	memset(report, 0, sizeof(*report));
	for (int i = 0; i < INVARIANTS; i++)
		report->results[i].asked = invariants >> i & 1;
}

void report_looked_at(struct report *report, enum invariant invariant, int64_t count)
{
	report->results[invariant].looked_at += count;
}

__attribute__((format(printf, 3, 0))) static void add_example(struct invariant_result *result,
	const struct where *where, const char *format, va_list arguments)
{
	struct example *example;

	if (result->example_count == REPORT_EXAMPLES_MAX)
		return;
	example = &result->examples[result->example_count++];
	example->where = where ? *where : (struct where){.partition = -1, .offset = -1};
	vsnprintf(example->words, sizeof(example->words), format, arguments);
}

void report_violation(struct report *report, enum invariant invariant, const struct where *where,
	const char *format, ...)
{
	va_list arguments;

	report->results[invariant].violations++;
	va_start(arguments, format);
	add_example(&report->results[invariant], where, format, arguments);
	va_end(arguments);
}

void report_missing(struct report *report, enum invariant invariant, const struct where *where,
	const char *format, ...)
{
	va_list arguments;

	report->results[invariant].missing++;
	va_start(arguments, format);
	add_example(&report->results[invariant], where, format, arguments);
	va_end(arguments);
}

void report_note(struct report *report, enum invariant invariant, const char *format, ...)
{
	struct invariant_result *result = &report->results[invariant];
	va_list arguments;

	if (result->note_count == REPORT_NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(result->notes[result->note_count++], REPORT_TEXT_MAX, format, arguments);
	va_end(arguments);
}

void report_doubt(struct report *report, enum invariant invariant, const char *format, ...)
{
	struct invariant_result *result = &report->results[invariant];
	va_list arguments;

	if (result->doubt[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(result->doubt, sizeof(result->doubt), format, arguments);
	va_end(arguments);
}

void report_unquiet(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->unquiet_count == REPORT_REASONS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(report->unquiet[report->unquiet_count++], REPORT_TEXT_MAX, format, arguments);
	va_end(arguments);
}

enum verdict report_verdict(const struct report *report, enum invariant invariant)
{
	const struct invariant_result *result = &report->results[invariant];
	bool quiet = report->unquiet_count == 0;

	if (result->violations > 0 || (result->missing > 0 && quiet))
		return FAIL;
	if (result->missing > 0 || result->doubt[0] != '\0' || result->looked_at == 0)
		return INCONCLUSIVE;
	return needs_quiet[invariant] && !quiet ? INCONCLUSIVE : PASS;
}

enum verdict report_verdict_of_all(const struct report *report)
{
	enum verdict all = PASS;

	for (int i = 0; i < INVARIANTS; i++) {
		enum verdict verdict = report_verdict(report, (enum invariant)i);

		if (!report->results[i].asked || verdict == PASS)
			continue;
		if (verdict == FAIL)
			return FAIL;
		all = INCONCLUSIVE;
	}
	return all;
}
