#include "report.h"

#include <base/clock.h>
#include <base/json_writer.h>
#include <inttypes.h>
#include <string.h>

#define EXIT_VIOLATED 1
#define EXIT_NOT_SHOWN 3
#define TEXT_WIDTH 96

static const struct {
	const char *word, *words;
} VERDICTS[] = {
	[VERDICT_HELD] = {"held", "order held"},
	[VERDICT_LOST] = {"lost", "order lost as predicted; kept with the one thing changed"},
	[VERDICT_NOT_PROVOKED] = {"not_provoked", "not provoked this time: nothing is shown"},
	[VERDICT_NOTHING_SEEN] = {"nothing_seen",
		"nothing to look at: place some orders first (./lab orders --count 100)"},
	[VERDICT_VIOLATED] = {"violated", "ORDER LOST WHERE IT MUST HOLD"},
};

/* What is counted, by its name in the table and in JSON. */
#define COLUMN(table, json, field) \
	{ \
		table, json, offsetof(struct counts, field) \
	}
static const struct {
	const char *table, *json;
	size_t offset;
} COLUMNS[] = {COLUMN("MESSAGES", "messages", messages), COLUMN("KEYS", "keys", keys),
	COLUMN("OUT-OF-ORDER", "outOfOrder", late), COLUMN("STALE", "stale", stale),
	COLUMN("LOST", "lost", lost), COLUMN("AGAIN", "again", again)};
#define COLUMN_COUNT (sizeof(COLUMNS) / sizeof(COLUMNS[0]))

static int64_t column_of(const struct counts *counts, size_t column)
{
	return *(const int64_t *)((const char *)counts + COLUMNS[column].offset);
}

/* What never came is no proof of a wrong order. */
static bool is_lost(const struct counts *broken)
{
	return broken->late + broken->stale > 0;
}

enum verdict verdict_of(
	const struct lab_case *subject, const struct counts *broken, const struct counts *kept)
{
	if (counts_violations(kept) > 0)
		return VERDICT_VIOLATED;
	if (kept->messages == 0)
		return VERDICT_NOTHING_SEEN;
	if (subject->broken == NULL)
		return VERDICT_HELD;
	return is_lost(broken) ? VERDICT_LOST : VERDICT_NOT_PROVOKED;
}

const char *verdict_words(enum verdict verdict)
{
	return VERDICTS[verdict].words;
}

int report_exit_code(const struct result *results, size_t count)
{
	int code = 0;

	for (size_t i = 0; i < count; i++) {
		if (results[i].verdict == VERDICT_VIOLATED)
			return EXIT_VIOLATED;
		if (results[i].verdict != VERDICT_HELD && results[i].verdict != VERDICT_LOST)
			code = EXIT_NOT_SHOWN;
	}
	return code;
}

/* @text behind @title, broken at blanks, its later lines under its first. */
static void add_wrapped(const char *title, const char *text, struct buffer *out)
{
	size_t column = 10;

	buffer_add_format(out, "  %-8s", title);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column + word > TEXT_WIDTH) {
			out->data[--out->size] = '\0';
			buffer_add_format(out, "\n%10s", "");
			column = 10;
		}
		buffer_add(out, text, word);
		text += word;
		column += word + 1;
		if (*text == ' ') {
			buffer_add_byte(out, ' ');
			text++;
		}
	}
	buffer_add_byte(out, '\n');
}

void report_head(const struct lab_case *subject, struct buffer *out)
{
	buffer_add_format(out, "%s: %s\n", subject->name, subject->line);
}

static void add_counts(const struct counts *counts, struct buffer *out)
{
	buffer_add_format(out,
		"  counted %" PRId64 " messages, %" PRId64 " keys: %" PRId64
		" out of order, %" PRId64 " stale, %" PRId64 " lost; %" PRId64 " came again\n",
		counts->messages, counts->keys, counts->late, counts->stale, counts->lost,
		counts->again);
}

void report_variant(const struct lab_case *subject, enum variant variant,
	const struct history *history, const struct counts *counts, const struct lanes_style *style,
	struct buffer *out)
{
	bool breaks = variant == VARIANT_BROKEN;

	add_wrapped(breaks ? "broken" : "kept", breaks ? subject->broken : subject->kept, out);
	lanes_draw(history, style, out);
	lanes_draw_key(history, style, out);
	add_counts(counts, out);
}

void report_tail(const struct result *result, struct buffer *out)
{
	add_wrapped("why", result->subject->why, out);
	add_wrapped("here", result->subject->here, out);
	buffer_add_format(out, "  => %s (%" PRId64 ".%" PRId64 " s)\n\n",
		verdict_words(result->verdict), result->took_us / US_PER_S,
		result->took_us / (US_PER_S / 10) % 10);
}

/* What one of the two plays showed. */
static const char *play_word(const struct result *result, enum variant variant)
{
	if (variant == VARIANT_BROKEN)
		return is_lost(&result->broken) ? "lost, as predicted" : "NOT PROVOKED";
	if (counts_violations(&result->kept) > 0)
		return "VIOLATED";
	return result->kept.messages > 0 ? "held" : "NOTHING SEEN";
}

static void add_row(const struct result *result, enum variant variant, struct buffer *out)
{
	bool breaks = variant == VARIANT_BROKEN;

	buffer_add_format(out, "%-18s %-7s", result->subject->name, breaks ? "broken" : "kept");
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		buffer_add_format(out, " %*" PRId64, (int)strlen(COLUMNS[column].table),
			column_of(breaks ? &result->broken : &result->kept, column));
	buffer_add_format(out, "  %s\n", play_word(result, variant));
}

void report_summary(const struct result *results, size_t count, struct buffer *out)
{
	buffer_add_format(out, "%-18s %-7s", "CASE", "PLAYED");
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		buffer_add_format(out, " %s", COLUMNS[column].table);
	buffer_add_text(out, "  ORDER\n");
	for (size_t i = 0; i < count; i++) {
		if (results[i].subject->broken)
			add_row(&results[i], VARIANT_BROKEN, out);
		add_row(&results[i], VARIANT_KEPT, out);
	}
}

static void json_counts(struct json_writer *writer, const char *name, const struct counts *counts)
{
	json_object_begin(writer, name);
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		json_int(writer, COLUMNS[column].json, column_of(counts, column));
	json_object_end(writer);
}

static void json_result(struct json_writer *writer, const struct result *result)
{
	json_object_begin(writer, NULL);
	json_text(writer, "name", result->subject->name);
	json_text(writer, "verdict", VERDICTS[result->verdict].word);
	json_int(writer, "tookMs", result->took_us / US_PER_MS);
	if (result->subject->broken)
		json_counts(writer, "broken", &result->broken);
	json_counts(writer, "kept", &result->kept);
	json_object_end(writer);
}

void report_json(const struct result *results, size_t count, const struct plan *plan, uint64_t seed,
	struct buffer *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_bool(&writer, "good", report_exit_code(results, count) == 0);
	json_int(&writer, "keys", plan->keys);
	json_int(&writer, "messagesPerKey", plan->messages);
	json_int(&writer, "seed", (int64_t)seed);
	json_array_begin(&writer, "cases");
	for (size_t i = 0; i < count; i++)
		json_result(&writer, &results[i]);
	json_array_end(&writer);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}

void report_list(struct buffer *out)
{
	buffer_add_format(out, "%-18s %-7s %s\n", "CASE", "MUST", "ABOUT");
	for (size_t i = 0; i < CASE_COUNT; i++)
		buffer_add_format(out, "%-18s %-7s %s\n", CASES[i].name,
			CASES[i].broken ? "break" : "hold", CASES[i].line);
}

void report_list_json(struct buffer *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_array_begin(&writer, NULL);
	for (size_t i = 0; i < CASE_COUNT; i++) {
		json_object_begin(&writer, NULL);
		json_text(&writer, "name", CASES[i].name);
		json_bool(&writer, "breaks", CASES[i].broken != NULL);
		json_text(&writer, "about", CASES[i].line);
		json_text(&writer, "why", CASES[i].why);
		json_text(&writer, "here", CASES[i].here);
		json_object_end(&writer);
	}
	json_array_end(&writer);
	buffer_add_byte(out, '\n');
}
