/*
 * The report as a table for a person or JSON for a program.
 */
#include "report.h"

#include <base/clock.h>
#include <base/json_writer.h>
#include <inttypes.h>
#include <stddef.h>

/* clang-format off */
static const struct {
	const char *sentence, *things;
} texts[INVARIANTS] = {
	[S1]  = {"every order that was promised exists once", "promises"},
	[S2]  = {"one Idempotency-Key, one order, the same answer again", "keys"},
	[S3]  = {"money kept is the total if completed, else nothing", "orders"},
	[S4]  = {"stock adds up, and nothing cancelled holds any", "products, orders"},
	[S5]  = {"every history is a path of the saga's table", "history rows"},
	[S6]  = {"sequences rise, and were applied as they rose", "messages, rows"},
	[S7]  = {"nothing lost, aborted, doubled or hanging in the log", "messages, rows"},
	[S8]  = {"each outbox row is in its topic once, and no other", "rows"},
	[S9]  = {"no good message among the dead letters", "messages"},
	[S10] = {"analytics equals a recount from the owners", "orders"},
	[S11] = {"nobody was told the same thing twice", "notifications"},
	[S12] = {"the cache answers what the owner answers", "answers"},
};
/* clang-format on */

static const char *colour_of(enum verdict verdict)
{
	return verdict == PASS ? "\033[32m" : verdict == FAIL ? "\033[31;1m" : "\033[33m";
}

static void add_where(struct buffer *out, const struct where *where)
{
	char id[UUID_TEXT_SIZE];

	if (!uuid_is_nil(&where->order))
		buffer_add_format(out, "order %s  ", uuid_format(&where->order, id));
	if (where->topic && where->partition >= 0)
		buffer_add_format(
			out, "%s[%d]@%" PRId64 "  ", where->topic, where->partition, where->offset);
	else if (where->topic)
		buffer_add_format(out, "%s  ", where->topic);
}

static void table_details(const struct report *report, enum invariant i, struct buffer *out)
{
	const struct invariant_result *result = &report->results[i];
	int64_t found = result->violations + result->missing;

	if (result->doubt[0] != '\0')
		buffer_add_format(out, "       %s\n", result->doubt);
	else if (result->looked_at == 0)
		buffer_add_text(out, "       nothing to look at\n");
	if (found > 0)
		buffer_add_format(out, "       %" PRId64 " %s%s\n", found,
			report->unquiet_count > 0 && result->violations == 0 ? "not settled yet"
									     : "violations",
			found > result->example_count ? ", the first of them:" : ":");
	for (int e = 0; e < result->example_count; e++) {
		buffer_add_text(out, "       - ");
		add_where(out, &result->examples[e].where);
		buffer_add_format(out, "%s\n", result->examples[e].words);
	}
	for (int n = 0; n < result->note_count; n++)
		buffer_add_format(out, "       note: %s\n", result->notes[n]);
}

static void table_line(
	const struct report *report, enum invariant i, bool colour, struct buffer *out)
{
	const struct invariant_result *result = &report->results[i];
	enum verdict verdict = report_verdict(report, i);

	buffer_add_format(out,
		"%-4s  %s%-12s%s  %-53s %9" PRId64 " %-16s %6" PRId64 ".%03" PRId64 " s\n",
		invariant_name(i), colour ? colour_of(verdict) : "", verdict_name(verdict),
		colour ? "\033[0m" : "", texts[i].sentence, result->looked_at, texts[i].things,
		result->spent_us / US_PER_S, result->spent_us / US_PER_MS % 1000);
	table_details(report, i, out);
}

void report_table(const struct report *report, bool colour, struct buffer *out)
{
	enum verdict all = report_verdict_of_all(report);

	for (int i = 0; i < report->unquiet_count; i++)
		buffer_add_format(out, "not quiet: %s\n", report->unquiet[i]);
	if (report->unquiet_count > 0)
		buffer_add_text(
			out, "Wait until this has passed, or let --wait SECONDS do it.\n\n");
	buffer_add_format(out, "%-4s  %-12s  %-53s %9s %-16s %12s\n", "", "VERDICT", "INVARIANT",
		"LOOKED AT", "", "TIME");
	for (int i = 0; i < INVARIANTS; i++) {
		if (report->results[i].asked)
			table_line(report, (enum invariant)i, colour, out);
	}
	buffer_add_format(out,
		"\n%s%s%s: %" PRId64 " orders, %" PRId64 " messages and %" PRId64
		" dead letters in %" PRId64 ".%" PRId64 " s (topics %" PRId64 ".%" PRId64
		" s), %" PRId64 " MB\n",
		colour ? colour_of(all) : "", verdict_name(all), colour ? "\033[0m" : "",
		report->orders, report->messages, report->dead_letters, report->spent_us / US_PER_S,
		report->spent_us / (US_PER_S / 10) % 10, report->reading_us / US_PER_S,
		report->reading_us / (US_PER_S / 10) % 10, report->memory_kb / 1024);
}

static void json_example(struct json_writer *writer, const struct example *example)
{
	json_object_begin(writer, NULL);
	json_text(writer, "words", example->words);
	if (!uuid_is_nil(&example->where.order))
		json_uuid(writer, "orderId", &example->where.order);
	if (example->where.topic)
		json_text(writer, "topic", example->where.topic);
	if (example->where.topic && example->where.partition >= 0) {
		json_int(writer, "partition", example->where.partition);
		json_int(writer, "offset", example->where.offset);
	}
	json_object_end(writer);
}

static void json_invariant(
	struct json_writer *writer, const struct report *report, enum invariant i)
{
	const struct invariant_result *result = &report->results[i];

	json_object_begin(writer, NULL);
	json_text(writer, "id", invariant_name(i));
	json_text(writer, "sentence", texts[i].sentence);
	json_text(writer, "verdict", verdict_name(report_verdict(report, i)));
	json_int(writer, "lookedAt", result->looked_at);
	json_int(writer, "violations", result->violations);
	json_int(writer, "missing", result->missing);
	json_int(writer, "us", result->spent_us);
	if (result->doubt[0] != '\0')
		json_text(writer, "doubt", result->doubt);
	json_array_begin(writer, "examples");
	for (int e = 0; e < result->example_count; e++)
		json_example(writer, &result->examples[e]);
	json_array_end(writer);
	json_array_begin(writer, "notes");
	for (int n = 0; n < result->note_count; n++)
		json_text(writer, NULL, result->notes[n]);
	json_array_end(writer);
	json_object_end(writer);
}

void report_json(const struct report *report, struct buffer *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_text(&writer, "verdict", verdict_name(report_verdict_of_all(report)));
	json_bool(&writer, "quiet", report->unquiet_count == 0);
	json_array_begin(&writer, "notQuiet");
	for (int i = 0; i < report->unquiet_count; i++)
		json_text(&writer, NULL, report->unquiet[i]);
	json_array_end(&writer);
	json_int(&writer, "orders", report->orders);
	json_int(&writer, "messages", report->messages);
	json_int(&writer, "deadLetters", report->dead_letters);
	json_int(&writer, "us", report->spent_us);
	json_int(&writer, "readingUs", report->reading_us);
	json_int(&writer, "memoryKb", report->memory_kb);
	json_array_begin(&writer, "invariants");
	for (int i = 0; i < INVARIANTS; i++) {
		if (report->results[i].asked)
			json_invariant(&writer, report, (enum invariant)i);
	}
	json_array_end(&writer);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}
