#include "exporter.h"

#include <inttypes.h>

static void write_head(struct buffer *out, const char *name, const char *help)
{
	buffer_add_format(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Names of groups may hold anything; those of topics may not. */
static void write_escaped(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			buffer_add_byte(out, '\\');
		if (*text == '\n')
			buffer_add_text(out, "\\n");
		else
			buffer_add_byte(out, (uint8_t)*text);
	}
}

static void write_labels(struct buffer *out, const struct place *place)
{
	buffer_add_text(out, "{consumergroup=\"");
	write_escaped(out, place->group);
	buffer_add_format(
		out, "\",partition=\"%d\",topic=\"%s\"", (int)place->partition, place->topic);
}

static int64_t committed_of(const struct place *place)
{
	return place->committed;
}

static int64_t lag_of(const struct place *place)
{
	return place->lag;
}

static int64_t lost_of(const struct place *place)
{
	return place->lost;
}

typedef int64_t value_of(const struct place *place);

/* One line a place, and none where it is not known. */
static void write_places(const struct look *look, const char *name, const char *help,
	value_of *value, struct buffer *out)
{
	write_head(out, name, help);
	for (size_t i = 0; i < look->count; i++) {
		int64_t number = value(&look->places[i]);

		if (number < 0)
			continue;
		buffer_add_text(out, name);
		write_labels(out, &look->places[i]);
		buffer_add_format(out, "} %" PRId64 "\n", number);
	}
}

static bool is_same_topic(const struct place *left, const struct place *right)
{
	struct place other = *right;

	other.partition = left->partition;
	return place_compare(left, &other) == 0;
}

/* One line a group and topic: the places of both stand together. */
static void write_sums(const struct look *look, const char *name, const char *help, value_of *value,
	struct buffer *out)
{
	write_head(out, name, help);
	for (size_t i = 0, next; i < look->count; i = next) {
		const struct place *first = &look->places[i];
		int64_t sum = 0;

		for (next = i; next < look->count && is_same_topic(first, &look->places[next]);
			next++) {
			int64_t number = value(&look->places[next]);

			sum += number > 0 ? number : 0;
		}
		buffer_add_format(out, "%s{consumergroup=\"", name);
		write_escaped(out, first->group);
		buffer_add_format(out, "\",topic=\"%s\"} %" PRId64 "\n", first->topic, sum);
	}
}

static void write_seconds(const struct look *look, struct buffer *out)
{
	static const char name[] = "kafka_consumergroup_group_lag_seconds";

	write_head(out, name, "How long the first unread message of a partition has waited");
	for (size_t i = 0; i < look->count; i++) {
		const struct place *place = &look->places[i];

		if (place->lag_ms < 0)
			continue;
		buffer_add_text(out, name);
		write_labels(out, place);
		buffer_add_format(out, "} %" PRId64 ".%03" PRId64 "\n", place->lag_ms / 1000,
			place->lag_ms % 1000);
	}
}

static void write_statuses(const struct look *look, struct buffer *out)
{
	static const char name[] = "kafka_consumergroup_status";

	write_head(out, name, "1 for the status that a group has in a partition");
	for (size_t i = 0; i < look->count; i++) {
		const struct place *place = &look->places[i];

		if (place->status == STATUS_NONE)
			continue;
		buffer_add_text(out, name);
		write_labels(out, place);
		buffer_add_format(out, ",status=\"%s\"} 1\n", status_name(place->status));
	}
}

static void write_groups(const struct look *look, struct buffer *out)
{
	static const char name[] = "kafka_consumergroup_members";

	write_head(out, name, "Amount of members in a consumer group");
	for (size_t i = 0; i < look->group_count; i++) {
		if (look_group_is_unknown(&look->groups[i]))
			continue;
		buffer_add_format(out, "%s{consumergroup=\"", name);
		write_escaped(out, look->groups[i].name);
		buffer_add_format(out, "\"} %zu\n", look->groups[i].members);
	}
}

static void write_topics(const struct look *look, struct buffer *out)
{
	static const char name[] = "kafka_topic_partitions";

	write_head(out, name, "Number of partitions for this Topic");
	for (size_t i = 0; i < look->topic_count; i++)
		buffer_add_format(out, "%s{topic=\"%s\"} %d\n", name, look->topics[i].name,
			look->topics[i].partitions);
}

static void write_offsets(
	const struct look *look, const char *name, const char *help, bool ends, struct buffer *out)
{
	write_head(out, name, help);
	for (size_t i = 0; i < look->topic_count; i++) {
		const struct look_topic *topic = &look->topics[i];

		for (int partition = 0; partition < topic->partitions; partition++)
			buffer_add_format(out, "%s{partition=\"%d\",topic=\"%s\"} %" PRId64 "\n",
				name, partition, topic->name,
				(ends ? topic->ends : topic->starts)[partition].offset);
	}
}

void exporter_write(const struct look *look, struct buffer *out)
{
	write_topics(look, out);
	write_offsets(look, "kafka_topic_partition_current_offset",
		"Current Offset of a Broker at Topic/Partition", true, out);
	write_offsets(look, "kafka_topic_partition_oldest_offset",
		"Oldest Offset of a Broker at Topic/Partition", false, out);
	write_groups(look, out);
	write_places(look, "kafka_consumergroup_current_offset",
		"Current Offset of a ConsumerGroup at Topic/Partition", committed_of, out);
	write_sums(look, "kafka_consumergroup_current_offset_sum",
		"Current Offset of a ConsumerGroup at Topic for all partitions", committed_of, out);
	write_places(look, "kafka_consumergroup_lag",
		"Current Approximate Lag of a ConsumerGroup at Topic/Partition", lag_of, out);
	write_sums(look, "kafka_consumergroup_lag_sum",
		"Current Approximate Lag of a ConsumerGroup at Topic for all partitions", lag_of,
		out);
	write_places(look, "kafka_consumergroup_lost_messages",
		"Messages that were deleted before the ConsumerGroup came to them", lost_of, out);
	write_seconds(look, out);
	write_statuses(look, out);
}
