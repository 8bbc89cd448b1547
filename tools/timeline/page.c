#include "page.h"

#include "words.h"

#include <base/clock.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLACE_COLUMNS 13
#define WHAT_COLUMNS 29
#define HOP_COLUMNS 44
#define DAY_SIZE 10 /* "2026-01-31" of a time in text */
#define CLOCK_AT 11 /* where its "10:00:00.000" begins */
#define CLOCK_COLUMNS 12

#define PLAIN "\033[0m"
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define YELLOW "\033[33m"

struct page {
	const struct timeline *timeline;
	const struct page_options *options;
	struct buffer *out;
};

static const char *colour_of(const char *place)
{
	static const struct {
		const char *place, *colour;
	} colours[] = {{"order", "\033[36m"}, {"payment", "\033[33m"}, {"provider", "\033[33m"},
		{"inventory", "\033[35m"}, {"notification", "\033[34m"}, {"gateway", "\033[32m"},
		{"analytics", DIM}};

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		if (strcmp(colours[i].place, place) == 0)
			return colours[i].colour;
	}
	return "";
}

static void paint(struct page *page, const char *colour)
{
	if (page->options->colour)
		buffer_add_text(page->out, colour);
}

/* Bytes of @text that fill at most @columns, one to a code point; and how many they fill. */
static size_t fit(const char *text, size_t columns, size_t *ret_columns)
{
	size_t size = 0, used = 0;

	while (text[size] != '\0' && used < columns) {
		size++;
		while (((unsigned char)text[size] & 0xc0) == 0x80)
			size++;
		used++;
	}
	*ret_columns = used;
	return size;
}

/* Cut to @columns with "…"; control characters shown as spaces. Returns what it fills. */
static size_t add_cut(struct page *page, const char *text, size_t columns)
{
	size_t used, size = fit(text, columns, &used);

	if (text[size] != '\0')
		size = fit(text, columns - 1, &used);
	for (size_t i = 0; i < size; i++)
		buffer_add_byte(page->out, (unsigned char)text[i] < ' ' ? ' ' : (uint8_t)text[i]);
	if (text[size] == '\0')
		return used;
	buffer_add_text(page->out, "…");
	return used + 1;
}

static void add_padded(struct page *page, const char *text, size_t columns)
{
	for (size_t used = add_cut(page, text, columns); used <= columns; used++)
		buffer_add_byte(page->out, ' ');
}

/* The rest of a line, of which @before columns are taken. */
static void add_rest(struct page *page, const char *text, size_t before)
{
	size_t columns =
		page->options->width > 0 ? (size_t)page->options->width - before : strlen(text) + 1;

	add_cut(page, text, columns);
	/* Padding that nothing follows. */
	while (page->out->size > 0 && page->out->data[page->out->size - 1] == ' ')
		page->out->size--;
	buffer_add_byte(page->out, '\n');
}

__attribute__((format(printf, 2, 3))) static void add_line(
	struct page *page, const char *format, ...);

static void add_line(struct page *page, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	add_rest(page, text, 0);
}

static void write_subject(struct page *page)
{
	const struct timeline *timeline = page->timeline;
	const struct subject *subject = &timeline->subject;
	char id[UUID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];

	uuid_format(&timeline->order_id, id);
	paint(page, BOLD);
	if (!subject->known) {
		add_line(page, "order %s: its own row is not known", id);
		paint(page, PLAIN);
		return;
	}
	add_line(page, "order %s: %s (%s)%s%s", id, subject->status, subject->step,
		subject->refunded ? ", refunded" : "", subject->stuck ? ", stuck" : "");
	paint(page, PLAIN);
	add_line(page, "%" PRId64 ".%02" PRId64 " by %s, customer %s; placed %s%s%s",
		subject->total / 100, subject->total % 100, subject->payment_method,
		subject->customer_id, clock_format(subject->created_us, at),
		subject->reason ? "; " : "", subject->reason ? subject->reason : "");
	if (subject->traceparent)
		add_line(page, "traceparent %s", subject->traceparent);
}

static void write_away(struct page *page)
{
	for (size_t i = 0; i < page->timeline->source_count; i++) {
		const struct source *source = &page->timeline->sources[i];

		if (source->there)
			continue;
		paint(page, YELLOW);
		add_line(page, "%s is away, what only it knows is not shown: %s", source->name,
			source->words);
		paint(page, PLAIN);
	}
}

/* A line of its own where the day changes: times are shown without it. */
static void write_day(struct page *page, const char *at, char day[static DAY_SIZE + 1])
{
	if (strncmp(at, day, DAY_SIZE) == 0)
		return;
	if (day[0] != '\0')
		add_line(page, "%.*s", DAY_SIZE, at);
	snprintf(day, DAY_SIZE + 1, "%.*s", DAY_SIZE, at);
}

static void write_record(struct page *page, const struct record *record, int64_t since_us,
	int64_t delta_us, const char *at)
{
	struct arena *arena = page->timeline->arena;
	char since[WORDS_DURATION_SIZE], delta[WORDS_DURATION_SIZE], step[WORDS_DURATION_SIZE + 1];
	char line[80];

	/* The same moment as the line before. */
	snprintf(step, sizeof(step), "%s%s", delta_us == 0 ? "" : "+",
		delta_us == 0 ? "" : words_duration(delta_us, delta));
	int before = snprintf(line, sizeof(line), "%.*s %9s %10s ", CLOCK_COLUMNS, at + CLOCK_AT,
		words_duration(since_us, since), step);

	buffer_add_text(page->out, line);
	paint(page, words_is_bad(record) ? RED : colour_of(record->place));
	add_padded(page, record->place, PLACE_COLUMNS);
	add_padded(page, words_what(record, arena), WHAT_COLUMNS);
	paint(page, PLAIN);
	add_rest(page, words_detail(record, arena),
		(size_t)before + PLACE_COLUMNS + 1 + WHAT_COLUMNS + 1);
}

static void write_records(struct page *page)
{
	const struct timeline *timeline = page->timeline;
	char day[DAY_SIZE + 1] = "", at[CLOCK_TEXT_SIZE];
	int64_t first_us = 0, before_us = 0;

	paint(page, BOLD);
	add_line(page, "%-12s %9s %10s %-13s %-29s %s", "TIME (UTC)", "SINCE", "+DELTA", "WHERE",
		"WHAT", "DETAIL");
	paint(page, PLAIN);
	for (size_t i = 0; i < timeline->count; i++) {
		const struct record *record = &timeline->records[i];

		if (record->at_us == 0)
			continue;
		if (first_us == 0)
			first_us = before_us = record->at_us;
		write_day(page, clock_format(record->at_us, at), day);
		write_record(page, record, record->at_us - first_us, record->at_us - before_us, at);
		before_us = record->at_us;
	}
}

static void write_facts(struct page *page)
{
	struct arena *arena = page->timeline->arena;
	bool first = true;

	for (size_t i = 0; i < page->timeline->count; i++) {
		const struct record *record = &page->timeline->records[i];

		if (record->at_us != 0)
			continue;
		if (first) {
			paint(page, BOLD);
			buffer_add_text(page->out, "\nWITHOUT A TIME OF ITS OWN\n");
			paint(page, PLAIN);
			first = false;
		}
		paint(page, words_is_bad(record) ? RED : colour_of(record->place));
		add_padded(page, record->place, PLACE_COLUMNS);
		add_padded(page, words_what(record, arena), WHAT_COLUMNS);
		paint(page, PLAIN);
		add_rest(page, words_detail(record, arena), PLACE_COLUMNS + 1 + WHAT_COLUMNS + 1);
	}
}

static void write_hop(struct page *page, const struct hop *hop, int64_t total_us)
{
	char duration[WORDS_DURATION_SIZE];

	add_padded(page, hop->step ? hop->step : "after its end", 16);
	add_padded(page, hop->what, HOP_COLUMNS);
	buffer_add_format(page->out, "%10s", words_duration(hop->us, duration));
	if (hop->step && total_us > 0 && hop->us >= 0)
		buffer_add_format(
			page->out, " %3" PRId64 " %%", (hop->us * 100 + total_us / 2) / total_us);
	buffer_add_byte(page->out, '\n');
}

static void write_hops(struct page *page, const struct hops *hops)
{
	struct hop total = {.step = hops->ended ? "in all" : "so far",
		.what = "from its first step to its last",
		.us = hops->total_us};

	if (hops->count == 0)
		return;
	paint(page, BOLD);
	buffer_add_text(page->out, "\nWHERE THE TIME WENT\n");
	paint(page, PLAIN);
	for (size_t i = 0; i < hops->count && hops->list[i].step; i++)
		write_hop(page, &hops->list[i], hops->total_us);
	write_hop(page, &total, hops->total_us);
	for (size_t i = 0; i < hops->count; i++) {
		if (!hops->list[i].step)
			write_hop(page, &hops->list[i], hops->total_us);
	}
	if (hops->backwards)
		add_line(page,
			"A negative time: what was said is dated by its sender's clock, what "
			"was taken by the taker's. They differ.");
}

static void write_notes(struct page *page)
{
	const struct timeline *timeline = page->timeline;

	if (timeline->note_count == 0 && !timeline->full)
		return;
	paint(page, BOLD);
	buffer_add_text(page->out, "\nTO NOTE\n");
	paint(page, PLAIN);
	for (size_t i = 0; i < timeline->note_count; i++)
		add_line(page, "- %s", timeline->notes[i]);
	if (timeline->full)
		add_line(page, "- there is more: only the first %d records were taken",
			TIMELINE_RECORDS_MAX);
}

void page_write(const struct timeline *timeline, const struct hops *hops,
	const struct page_options *options, struct buffer *out)
{
	struct page page = {timeline, options, out};

	write_subject(&page);
	write_away(&page);
	buffer_add_byte(out, '\n');
	write_records(&page);
	write_facts(&page);
	write_hops(&page, hops);
	write_notes(&page);
}
