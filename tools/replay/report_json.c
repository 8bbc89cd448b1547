#include "report.h"

#include <base/clock.h>
#include <base/json_writer.h>

static void json_offset(struct json_writer *writer, const char *name, int64_t offset)
{
	if (offset < 0)
		json_null(writer, name);
	else
		json_int(writer, name, offset);
}

static void json_maybe(struct json_writer *writer, const char *name, const char *text)
{
	if (text)
		json_text(writer, name, text);
	else
		json_null(writer, name);
}

static void json_rows(struct json_writer *writer, const struct plan *plan)
{
	json_array_begin(writer, "partitions");
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_row *row = &plan->rows[i];

		json_object_begin(writer, NULL);
		json_text(writer, "topic", row->topic);
		json_int(writer, "partition", row->partition);
		json_int(writer, "logStart", row->start);
		json_offset(writer, "current", row->current);
		json_offset(writer, "newOffset", row->target);
		json_int(writer, "logEnd", row->end);
		json_int(writer, "replays", row->replays);
		json_bool(writer, "counted", row->counted);
		json_int(writer, "skips", row->skips);
		json_text(writer, "note", row->note);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void json_members(struct json_writer *writer, const struct bus_group *group)
{
	json_array_begin(writer, "members");
	for (size_t i = 0; i < group->count; i++) {
		const struct bus_member *member = &group->members[i];

		json_object_begin(writer, NULL);
		json_text(writer, "id", member->id);
		json_maybe(writer, "instance", member->instance);
		json_maybe(writer, "host", member->host);
		json_int(writer, "partitions", (int64_t)member->assigned_count);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void json_effects(struct json_writer *writer, const struct group_description *group)
{
	json_array_begin(writer, "effects");
	for (size_t i = 0; group && i < group->count; i++) {
		json_object_begin(writer, NULL);
		json_text(writer, "effect", group->effects[i].effect);
		json_text(writer, "kept", group->effects[i].kept);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void json_order(struct json_writer *writer, const struct report *report)
{
	json_object_begin(writer, "order");
	json_text(writer, "id", report->order);
	json_array_begin(writer, "events");
	for (size_t i = 0; i < report->event_count; i++) {
		const struct survey_event *event = &report->events[i];

		json_object_begin(writer, NULL);
		json_text(writer, "topic", event->topic);
		json_int(writer, "partition", event->partition);
		json_int(writer, "offset", event->offset);
		json_time(writer, "at", event->timestamp_ms * US_PER_MS);
		json_text(writer, "type", event->type);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_object_end(writer);
}

static const char *outcome_name(enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_DRY_RUN:
		return "dryRun";
	case REPORT_MOVED:
		return "moved";
	case REPORT_PARTLY:
		return "partlyMoved";
	case REPORT_NOTHING_TO_DO:
		return "nothingToDo";
	}
	return "?";
}

void report_json(const struct report *report, struct buffer *out)
{
	struct plan_totals totals = plan_total(report->plan);
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_text(&writer, "group", report->group);
	json_text(&writer, "outcome", outcome_name(report->outcome));
	json_int(&writer, "replays", totals.replays);
	json_bool(&writer, "counted", totals.counted);
	json_offset(&writer, "keys", report->keys);
	json_int(&writer, "skips", totals.skips);
	json_int(&writer, "behind", totals.behind);
	json_int(&writer, "moves", (int64_t)totals.moves);
	if (report->selection->selector == SELECT_TIME)
		json_time(&writer, "at", report->selection->at_us);
	if (report->order)
		json_order(&writer, report);
	json_rows(&writer, report->plan);
	json_members(&writer, report->members);
	json_effects(&writer, report->description);
	json_maybe(&writer, "undo", report->undo);
	json_maybe(&writer, "export", report->export);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}
