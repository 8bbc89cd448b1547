#include "report.h"

#include <base/json_writer.h>

static void json_known(struct json_writer *writer, const char *name, int64_t number)
{
	if (number < 0)
		json_null(writer, name);
	else
		json_int(writer, name, number);
}

static void json_maybe(struct json_writer *writer, const char *name, const char *text)
{
	if (text)
		json_text(writer, name, text);
	else
		json_null(writer, name);
}

static void json_rates(struct json_writer *writer, const struct place_rates *rates)
{
	if (!rates->known)
		return;
	json_object_begin(writer, "rates");
	json_int(writer, "inMilliPerSecond", rates->in_milli);
	json_int(writer, "outMilliPerSecond", rates->out_milli);
	json_int(writer, "lagMilliPerSecond", rates->trend_milli);
	json_known(writer, "catchUpMs", rates->catch_up_ms);
	json_object_end(writer);
}

static void json_place(struct json_writer *writer, const struct place *place)
{
	json_object_begin(writer, NULL);
	json_text(writer, "group", place->group);
	json_text(writer, "topic", place->topic);
	json_int(writer, "partition", place->partition);
	json_known(writer, "currentOffset", place->committed);
	json_known(writer, "logStartOffset", place->start);
	json_known(writer, "logEndOffset", place->end);
	json_known(writer, "lag", place->lag);
	json_known(writer, "lagMs", place->lag_ms);
	json_int(writer, "lost", place->lost);
	json_bool(writer, "onlyMarkers", place->only_markers);
	if (place->status == STATUS_NONE)
		json_null(writer, "status");
	else
		json_text(writer, "status", status_name(place->status));
	json_maybe(writer, "consumerId", place->member);
	json_maybe(writer, "host", place->host);
	json_rates(writer, &place->rates);
	json_object_end(writer);
}

static void json_group(
	struct json_writer *writer, const struct look *look, const struct look_group *group)
{
	static const char *const states[] = {
		[BUS_GROUP_ABSENT] = "absent",
		[BUS_GROUP_EMPTY] = "empty",
		[BUS_GROUP_STABLE] = "stable",
		[BUS_GROUP_REBALANCING] = "rebalancing",
	};
	int64_t lag = 0;

	for (size_t i = 0; i < look->count; i++) {
		if (look->places[i].group == group->name && look->places[i].lag > 0)
			lag += look->places[i].lag;
	}
	json_object_begin(writer, NULL);
	json_text(writer, "group", group->name);
	json_text(writer, "state", states[group->state]);
	json_int(writer, "members", (int64_t)group->members);
	json_int(writer, "lag", lag);
	json_object_end(writer);
}

void report_json(const struct look *look, const struct report_options *options, struct buffer *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_time(&writer, "at", look->at_us);
	json_array_begin(&writer, "groups");
	for (size_t i = 0; i < look->group_count; i++)
		json_group(&writer, look, &look->groups[i]);
	json_array_end(&writer);
	json_array_begin(&writer, "partitions");
	for (size_t i = 0; i < look->count; i++) {
		if (report_shows(&look->places[i], options))
			json_place(&writer, &look->places[i]);
	}
	json_array_end(&writer);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}
