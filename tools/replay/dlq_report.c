#include "dlq_report.h"

#include <base/clock.h>
#include <base/json_writer.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BAR_MAX 20
#define REASON_SHOWN 100
#define ID_LENGTH_MIN 16

/* One line of the histogram. */
struct bin {
	const char *class, *reason;
	size_t count;
};

/* How much of the text is one id: hexadecimal words joined by hyphens, a digit among them. */
static size_t id_length(const char *text)
{
	size_t length = strspn(text, "0123456789abcdefABCDEF-");

	if (length < ID_LENGTH_MIN || isalnum((unsigned char)text[length]))
		return 0;
	return strcspn(text, "0123456789") < length ? length : 0;
}

const char *dlq_report_reason(const char *reason, struct arena *arena)
{
	char *text = arena_alloc(arena, strlen(reason) + 1), *to = text;
	bool inside = false; /* a word */

	while (*reason) {
		size_t id = inside ? 0 : id_length(reason);

		inside = isalnum((unsigned char)*reason);
		if (id > 0) {
			*to++ = 'I';
			*to++ = 'D';
			reason += id;
		} else if (isdigit((unsigned char)*reason)) {
			*to++ = 'N';
			reason += strspn(reason, "0123456789");
		} else {
			/* Control characters would break the lines. */
			*to++ = iscntrl((unsigned char)*reason) ? ' ' : *reason;
			reason++;
		}
	}
	return text;
}

static int compare_bins(const void *left, const void *right)
{
	const struct bin *a = left, *b = right;
	int order = strcmp(a->class, b->class);

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return order ? order : strcmp(a->reason, b->reason);
}

static struct bin *count_reasons(
	const struct dlq_plan *plan, struct arena *arena, size_t *ret_count)
{
	struct bin *bins = arena_array(arena, plan->count + 1, sizeof(*bins));
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct letter *letter = &plan->entries[i].letter;
		const char *reason = dlq_report_reason(letter->reason, arena);
		size_t bin = 0;

		while (bin < count &&
			(strcmp(bins[bin].class, letter->class) != 0 ||
				strcmp(bins[bin].reason, reason) != 0))
			bin++;
		bins[bin].class = letter->class;
		bins[bin].reason = reason;
		bins[bin].count++;
		count += bin == count;
	}
	qsort(bins, count, sizeof(*bins), compare_bins);
	*ret_count = count;
	return bins;
}

static const char *what_of(const struct dlq_plan_entry *entry, bool executed, struct arena *arena)
{
	bool redrive = entry->outcome == AUDIT_REDRIVEN;

	switch (entry->state) {
	case LETTER_FINISHED:
		return redrive ? "redriven" : "discarded";
	case LETTER_UNFINISHED:
		return redrive ? "once more: its redrive was cut off"
			       : "once more: its discard was cut off";
	case LETTER_OPEN:
		return executed ? "not done yet" : redrive ? "redrive" : "discard";
	case LETTER_GIVEN_UP:
		return entry->note;
	default:
		return arena_format(arena, "%s: %s", letter_state_name(entry->state), entry->note);
	}
}

static const char *target_of(const struct dlq_plan_entry *entry, struct arena *arena)
{
	if (entry->outcome != AUDIT_REDRIVEN)
		return "-";
	return arena_format(arena, "%s [%" PRId32 "]", entry->letter.origin.topic,
		entry->letter.origin.partition);
}

static void table_entries(const struct dlq_report *report, struct arena *arena, struct buffer *out)
{
	const struct dlq_plan *plan = report->plan;
	int key_width = 3, target_width = 7, class_width = 5;

	for (size_t i = 0; i < plan->count; i++) {
		const struct dlq_plan_entry *entry = &plan->entries[i];
		int key = (int)strlen(
			letter_key_text(entry->letter.key, entry->letter.key_size, arena));
		int target = (int)strlen(target_of(entry, arena));
		int class = (int)strlen(entry->letter.class);

		key_width = key > key_width ? key : key_width;
		target_width = target > target_width ? target : target_width;
		class_width = class > class_width ? class : class_width;
	}
	buffer_add_format(out, "\n%-9s  %-20s  %-*s  %-*s  %-*s  %8s  %6s  %s\n", "AT", "SINCE",
		key_width, "KEY", target_width, "GOES-TO", class_width, "CLASS", "REDRIVES",
		"BEHIND", report->executed ? "DONE" : "PLAN");
	for (size_t i = 0; i < plan->count; i++) {
		const struct dlq_plan_entry *entry = &plan->entries[i];
		const struct letter *letter = &entry->letter;
		char since[CLOCK_TEXT_SIZE];

		clock_format(letter->at_ms * US_PER_MS, since);
		/* To the second: "2026-01-31T10:00:00". */
		buffer_add_format(out,
			"%-9s  %.19sZ  %-*s  %-*s  %-*s  %3d of %d  %6" PRId64 "  %s\n",
			arena_format(
				arena, "%" PRId32 ":%" PRId64, letter->partition, letter->offset),
			since, key_width, letter_key_text(letter->key, letter->key_size, arena),
			target_width, target_of(entry, arena), class_width, letter->class,
			letter->redrives, LETTER_REDRIVES_MAX, entry->behind,
			what_of(entry, report->executed, arena));
	}
}

static void table_reasons(const struct dlq_plan *plan, struct arena *arena, struct buffer *out)
{
	size_t count, max = 1;
	const struct bin *bins = count_reasons(plan, arena, &count);
	int class_width = 5;

	for (size_t i = 0; i < count; i++) {
		int class = (int)strlen(bins[i].class);

		class_width = class > class_width ? class : class_width;
		max = bins[i].count > max ? bins[i].count : max;
	}
	buffer_add_format(out, "\n%-*s  %7s  %-*s  %s\n", class_width, "CLASS", "LETTERS", BAR_MAX,
		"", "REASON");
	for (size_t i = 0; i < count; i++) {
		int bar = (int)((bins[i].count * BAR_MAX + max - 1) / max);

		buffer_add_format(out, "%-*s  %7zu  %.*s%*s  %.*s%s\n", class_width, bins[i].class,
			bins[i].count, bar, "####################", BAR_MAX - bar, "", REASON_SHOWN,
			bins[i].reason, strlen(bins[i].reason) > REASON_SHOWN ? "..." : "");
	}
}

/* Behind those that went, or would go. */
static int64_t behind_of(const struct dlq_report *report)
{
	const struct dlq_plan *plan = report->plan;
	int64_t behind = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct dlq_plan_entry *entry = &plan->entries[i];

		if (report->executed ? entry->state == LETTER_FINISHED : dlq_plan_is_due(entry))
			behind += entry->behind;
	}
	return behind;
}

static void table_totals(const struct dlq_report *report, struct buffer *out)
{
	const struct dlq_plan *plan = report->plan;
	size_t due = dlq_plan_due(plan);

	buffer_add_byte(out, '\n');
	if (report->executed)
		buffer_add_format(out,
			"%zu done, with %" PRId64 " messages that waited behind them; %zu not done",
			dlq_plan_count(plan, LETTER_FINISHED), behind_of(report), due);
	else
		buffer_add_format(out,
			"%zu would go, with %" PRId64 " messages that wait behind them", due,
			behind_of(report));
	buffer_add_format(out, "; %zu cannot, %zu repeat another, %zu left for later\n",
		dlq_plan_cannot(plan), dlq_plan_count(plan, LETTER_REPEAT),
		dlq_plan_count(plan, LETTER_LATER));
	if (plan->cut)
		buffer_add_format(out, "there are more than %zu: run it again for the rest\n",
			plan->count_max);
	if (!report->executed && due > 0)
		buffer_add_text(out, "nothing was changed: --execute does it\n");
}

void dlq_report_table(const struct dlq_report *report, struct arena *arena, struct buffer *out)
{
	const struct dlq_plan *plan = report->plan;

	buffer_add_format(out, "dlq.%s: ", plan->facts.group);
	if (plan->count > 0)
		buffer_add_format(
			out, "%zu open dead letters%s", plan->count, plan->cut ? " and more" : "");
	else
		buffer_add_text(out,
			plan->unmeant ? "no open dead letter is meant" : "no open dead letters");
	if (plan->unmeant > 0)
		buffer_add_format(out, ", %zu others", plan->unmeant);
	buffer_add_byte(out, '\n');
	if (plan->count == 0)
		return;
	table_entries(report, arena, out);
	table_reasons(plan, arena, out);
	table_totals(report, out);
}

static void json_entry(
	struct json_writer *writer, const struct dlq_plan_entry *entry, struct arena *arena)
{
	const struct letter *letter = &entry->letter;

	json_object_begin(writer, NULL);
	json_int(writer, "partition", letter->partition);
	json_int(writer, "offset", letter->offset);
	json_time(writer, "since", letter->at_ms * US_PER_MS);
	json_text(writer, "key", letter_key_text(letter->key, letter->key_size, arena));
	json_object_begin(writer, "origin");
	json_text(writer, "topic", letter->origin.topic);
	json_int(writer, "partition", letter->origin.partition);
	json_int(writer, "offset", letter->origin.offset);
	json_int(writer, "timestampMs", letter->origin.timestamp_ms);
	json_object_end(writer);
	json_text(writer, "class", letter->class);
	json_text(writer, "reason", letter->reason);
	json_int(writer, "redrives", letter->redrives);
	json_int(writer, "behind", entry->behind);
	json_text(writer, "outcome", audit_outcome_name(entry->outcome));
	json_text(writer, "state", letter_state_name(entry->state));
	if (entry->note)
		json_text(writer, "note", entry->note);
	json_object_end(writer);
}

static void json_reasons(
	struct json_writer *writer, const struct dlq_plan *plan, struct arena *arena)
{
	size_t count;
	const struct bin *bins = count_reasons(plan, arena, &count);

	json_array_begin(writer, "reasons");
	for (size_t i = 0; i < count; i++) {
		json_object_begin(writer, NULL);
		json_text(writer, "class", bins[i].class);
		json_text(writer, "reason", bins[i].reason);
		json_int(writer, "letters", (int64_t)bins[i].count);
		json_object_end(writer);
	}
	json_array_end(writer);
}

void dlq_report_json(const struct dlq_report *report, struct arena *arena, struct buffer *out)
{
	const struct dlq_plan *plan = report->plan;
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_text(&writer, "group", plan->facts.group);
	json_bool(&writer, "executed", report->executed);
	if (report->trouble)
		json_text(&writer, "trouble", report->trouble);
	json_object_begin(&writer, "counts");
	for (int state = LETTER_OPEN; state < LETTER_STATES; state++)
		json_int(&writer,
			state == LETTER_GIVEN_UP ? "givenUp"
						 : letter_state_name((enum letter_state)state),
			(int64_t)dlq_plan_count(plan, (enum letter_state)state));
	json_int(&writer, "settledRead", (int64_t)plan->settled);
	json_int(&writer, "notMeant", (int64_t)plan->unmeant);
	json_object_end(&writer);
	json_bool(&writer, "cut", plan->cut);
	json_reasons(&writer, plan, arena);
	json_array_begin(&writer, "letters");
	for (size_t i = 0; i < plan->count; i++)
		json_entry(&writer, &plan->entries[i], arena);
	json_array_end(&writer);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}
