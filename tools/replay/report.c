#include "report.h"

#include <base/clock.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BOLD "\033[1m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

#define TEXT_COLUMNS 96
#define CELL_SIZE 32
#define EVENTS_SHOWN 40

enum { NUMBERS = 6 };
static const char *const titles[NUMBERS] = {
	"PARTITION", "LOG-START", "CURRENT", "NEW-OFFSET", "LOG-END", "REPLAYS"};

struct cells {
	char text[NUMBERS][CELL_SIZE];
};

static void put_offset(char cell[static CELL_SIZE], int64_t offset)
{
	if (offset < 0)
		snprintf(cell, CELL_SIZE, "-");
	else
		snprintf(cell, CELL_SIZE, "%" PRId64, offset);
}

static void fill_cells(const struct plan_row *row, struct cells *cells)
{
	put_offset(cells->text[0], row->partition);
	put_offset(cells->text[1], row->start);
	put_offset(cells->text[2], row->current);
	put_offset(cells->text[3], row->target);
	put_offset(cells->text[4], row->end);
	if (row->target < 0)
		put_offset(cells->text[5], -1);
	else
		snprintf(cells->text[5], CELL_SIZE, "%s%" PRId64,
			row->counted ? "" : "<=", row->replays);
}

static void widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = (int)strlen(text);
}

static void table_rows(const struct report *report, struct buffer *out)
{
	int group = 5, topic = 5, widths[NUMBERS];
	struct cells cells;

	widen(&group, report->group);
	for (size_t n = 0; n < NUMBERS; n++)
		widths[n] = (int)strlen(titles[n]);
	for (size_t i = 0; i < report->plan->count; i++) {
		widen(&topic, report->plan->rows[i].topic);
		fill_cells(&report->plan->rows[i], &cells);
		for (size_t n = 0; n < NUMBERS; n++)
			widen(&widths[n], cells.text[n]);
	}
	buffer_add_format(
		out, "%s%-*s  %-*s", report->color ? BOLD : "", group, "GROUP", topic, "TOPIC");
	for (size_t n = 0; n < NUMBERS; n++)
		buffer_add_format(out, "  %*s", widths[n], titles[n]);
	buffer_add_format(out, "  NOTE%s\n", report->color ? PLAIN : "");
	for (size_t i = 0; i < report->plan->count; i++) {
		const struct plan_row *row = &report->plan->rows[i];

		fill_cells(row, &cells);
		buffer_add_format(out, "%-*s  %-*s", group, report->group, topic, row->topic);
		for (size_t n = 0; n < NUMBERS; n++)
			buffer_add_format(out, "  %*s", widths[n], cells.text[n]);
		buffer_add_format(out, "%s%s\n", *row->note ? "  " : "", row->note);
	}
}

void report_time(int64_t at_us, struct buffer *out)
{
	char utc[CLOCK_TEXT_SIZE], local[40] = "";
	time_t at = (time_t)(at_us / US_PER_S);
	struct tm parts;

	if (localtime_r(&at, &parts))
		strftime(local, sizeof(local), "%Y-%m-%d %H:%M:%S %z", &parts);
	buffer_add_format(out, "%s (%s here)", clock_format(at_us, utc), local);
}

/* Words with line ends between them, each line behind @indent blanks. */
static void add_wrapped(const char *text, int indent, struct buffer *out)
{
	int column = 0;

	while (*text != '\0') {
		int size = (int)strcspn(text, " ");

		if (column == 0 || column + 1 + size > TEXT_COLUMNS) {
			buffer_add_format(out, "%s%*s", column ? "\n" : "", indent, "");
			column = indent;
		} else {
			buffer_add_byte(out, ' ');
			column++;
		}
		buffer_add(out, text, (size_t)size);
		column += size;
		text += size;
		text += strspn(text, " ");
	}
	buffer_add_byte(out, '\n');
}

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

static void table_totals(const struct report *report, struct buffer *out)
{
	struct plan_totals totals = plan_total(report->plan);

	buffer_add_byte(out, '\n');
	if (!totals.counted)
		buffer_add_format(out,
			"at most %" PRId64
			" messages come again: offsets, transaction markers among them, not "
			"counted by reading\n",
			totals.replays);
	else if (totals.replays == 0)
		buffer_add_text(out, "no message comes again\n");
	else
		buffer_add_format(out,
			"%" PRId64 " message%s of %" PRId64
			" key%s come%s again, counted by reading\n",
			totals.replays, plural(totals.replays), report->keys, plural(report->keys),
			totals.replays == 1 ? "s" : "");
	if (totals.skips > 0)
		buffer_add_format(out, "%sat most %" PRId64 " messages will never come%s\n",
			report->color ? YELLOW : "", totals.skips, report->color ? PLAIN : "");
	if (report->selection->selector == SELECT_TIME) {
		buffer_add_text(out, "from ");
		report_time(report->selection->at_us, out);
		buffer_add_text(out, " on\n");
	}
}

static void table_effects(const struct report *report, struct buffer *out)
{
	const struct group_description *group = report->description;

	buffer_add_byte(out, '\n');
	if (!group) {
		buffer_add_format(out,
			"%s is not a group of this system: whether its effects may happen twice is "
			"for you to know\n",
			report->group);
		return;
	}
	buffer_add_format(
		out, "effects of %s, and what keeps each from happening twice\n", report->group);
	for (size_t i = 0; i < group->count; i++) {
		add_wrapped(group->effects[i].effect, 2, out);
		add_wrapped(group->effects[i].kept, 6, out);
	}
}

static void table_order(const struct report *report, struct buffer *out)
{
	buffer_add_format(out, "order %s: %zu message%s\n", report->order, report->event_count,
		plural((int64_t)report->event_count));
	for (size_t i = 0; i < report->event_count && i < EVENTS_SHOWN; i++) {
		const struct survey_event *event = &report->events[i];
		char at[CLOCK_TEXT_SIZE];

		buffer_add_format(out, "  %s  %s/%" PRId32 "/%-8" PRId64 "  %s\n",
			clock_format(event->timestamp_ms * US_PER_MS, at), event->topic,
			event->partition, event->offset, event->type);
	}
	if (report->event_count > EVENTS_SHOWN)
		buffer_add_format(out, "  and %zu more\n", report->event_count - EVENTS_SHOWN);
	buffer_add_text(out,
		"a group has one place in a partition, so what stands behind the first of them "
		"comes "
		"too\n\n");
}

void report_members(const struct bus_group *group, struct buffer *out)
{
	buffer_add_format(out, "%zu member%s: ", group->count, plural((int64_t)group->count));
	for (size_t i = 0; i < group->count; i++) {
		const struct bus_member *member = &group->members[i];
		const char *host = member->host ? member->host : "";

		buffer_add_format(out, "%s%s (%s)", i > 0 ? ", " : "",
			member->instance ? member->instance : member->id, host + (*host == '/'));
	}
}

static void table_outcome(const struct report *report, struct buffer *out)
{
	struct plan_totals totals = plan_total(report->plan);

	buffer_add_byte(out, '\n');
	switch (report->outcome) {
	case REPORT_DRY_RUN:
		buffer_add_text(out, "dry run: nothing was changed; --execute does it\n");
		if (report->members->count > 0) {
			buffer_add_format(out, "%s has ", report->group);
			report_members(report->members, out);
			buffer_add_text(out, "; --execute is refused until they have stopped\n");
		}
		break;
	case REPORT_MOVED:
		buffer_add_format(out, "done: %zu partition%s moved, read back and as planned\n",
			totals.moves, plural((int64_t)totals.moves));
		break;
	case REPORT_PARTLY:
		buffer_add_text(out, "partly done: the notes say what was not moved\n");
		break;
	case REPORT_NOTHING_TO_DO:
		buffer_add_text(out, "done: the group stands there already\n");
		break;
	}
	if (report->undo)
		buffer_add_format(out,
			"where it stood is in %s; back again: replay --group %s --from-file %s "
			"--execute\n",
			report->undo, report->group, report->undo);
	if (report->export)
		buffer_add_format(out, "the plan is in %s\n", report->export);
}

void report_table(const struct report *report, struct buffer *out)
{
	if (report->order)
		table_order(report, out);
	table_rows(report, out);
	table_totals(report, out);
	table_effects(report, out);
	table_outcome(report, out);
}
