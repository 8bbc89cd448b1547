#include "collect.h"

#include "csv.h"
#include "file.h"

#include <base/fault.h>
#include <string.h>

int collect_group(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct collection *ret_collection)
{
	struct collection found = {0};
	int r = bus_cluster_topics(cluster, arena, &found.topics, &found.topic_count);

	if (r == 0)
		r = bus_cluster_group(cluster, group, arena, &found.group);
	if (r == 0)
		r = bus_cluster_committed(
			cluster, group, arena, &found.committed, &found.committed_count);
	if (r < 0)
		return r;
	if (found.group.state == BUS_GROUP_ABSENT && found.committed_count == 0)
		return fault(FAULT_USAGE,
			"there is no group %s: it has no members and has committed nothing", group);
	*ret_collection = found;
	return 0;
}

static const struct bus_position *position_find(
	const struct bus_position *positions, size_t count, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < count; i++) {
		if (positions[i].partition == partition && strcmp(positions[i].topic, topic) == 0)
			return &positions[i];
	}
	return NULL;
}

static int64_t offset_in(
	const struct bus_position *positions, size_t count, const char *topic, int32_t partition)
{
	const struct bus_position *position = position_find(positions, count, topic, partition);

	return position ? position->offset : -1;
}

static int check_partition(
	const struct collection *collection, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < collection->topic_count; i++) {
		if (strcmp(collection->topics[i].name, topic) != 0)
			continue;
		if (partition < collection->topics[i].partitions)
			return 0;
		return fault(FAULT_USAGE, "topic %s has no partition %d: it has %d, from 0 on",
			topic, (int)partition, collection->topics[i].partitions);
	}
	return fault(FAULT_USAGE, "there is no topic %s", topic);
}

int collect_check(const struct collection *collection, const struct selection *selection)
{
	for (size_t i = 0; i < selection->topic_count; i++) {
		const struct selection_topic *topic = &selection->topics[i];
		int r = check_partition(collection, topic->name, 0);

		for (size_t p = 0; r == 0 && p < topic->count; p++)
			r = check_partition(collection, topic->name, topic->partitions[p]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Where each selector other than the plain ones points to. */
struct wanted {
	struct bus_position *positions;
	size_t count;
};

static int read_wanted(struct bus_cluster *cluster, const char *group,
	const struct selection *selection, struct arena *arena, struct wanted *wanted)
{
	const char *text;
	size_t size;
	int r;

	if (selection->selector == SELECT_GROUP) {
		r = bus_cluster_committed(
			cluster, selection->group, arena, &wanted->positions, &wanted->count);
		if (r == 0 && wanted->count == 0)
			return fault(FAULT_USAGE, "--to-group: group %s has committed nothing",
				selection->group);
		return r;
	}
	if (selection->selector != SELECT_FILE)
		return 0;
	r = file_read(selection->file, arena, &text, &size);
	if (r < 0)
		return r;
	return csv_read(
		selection->file, text, size, group, arena, &wanted->positions, &wanted->count);
}

bool collect_reads(const struct collection *collection, const char *topic)
{
	for (size_t i = 0; i < collection->committed_count; i++) {
		if (strcmp(collection->committed[i].topic, topic) == 0)
			return true;
	}
	return false;
}

/* Is the partition one that the selection is about? */
static bool takes(const struct selection *selection, const struct collection *collection,
	const struct wanted *wanted, const char *topic, int32_t partition)
{
	if (selection->selector == SELECT_FILE)
		return position_find(wanted->positions, wanted->count, topic, partition) != NULL;
	if (selection->topic_count > 0)
		return selection_takes(selection, topic, partition);
	/* All topics of the group: those that it has an offset of, with all their partitions. */
	return collect_reads(collection, topic);
}

static int make_rows(const struct selection *selection, const struct collection *collection,
	const struct wanted *wanted, struct arena *arena, struct plan *plan)
{
	plan->rows = arena_array(arena, BUS_PARTITIONS_MAX, sizeof(*plan->rows));
	plan->count = 0;
	for (size_t t = 0; t < collection->topic_count; t++) {
		const struct bus_topic_size *topic = &collection->topics[t];

		for (int32_t p = 0; p < topic->partitions; p++) {
			if (!takes(selection, collection, wanted, topic->name, p))
				continue;
			if (plan->count == BUS_PARTITIONS_MAX)
				return fault(FAULT_USAGE,
					"more than %d partitions: name fewer with --topic",
					BUS_PARTITIONS_MAX);
			plan->rows[plan->count++] = (struct plan_row){
				.topic = topic->name,
				.partition = p,
				.current = offset_in(collection->committed,
					collection->committed_count, topic->name, p),
				.wanted =
					offset_in(wanted->positions, wanted->count, topic->name, p),
			};
		}
	}
	return 0;
}

int collect_offsets(struct bus_cluster *cluster, const struct selection *selection,
	struct arena *arena, struct plan *plan)
{
	struct bus_position *positions = arena_array(arena, plan->count, sizeof(*positions));
	int r;

	for (size_t i = 0; i < plan->count; i++)
		positions[i] = (struct bus_position){
			plan->rows[i].topic, plan->rows[i].partition, 0, NULL};
	r = bus_cluster_starts(cluster, positions, plan->count);
	for (size_t i = 0; r == 0 && i < plan->count; i++)
		plan->rows[i].start = positions[i].offset;
	if (r == 0 && selection->selector == SELECT_TIME) {
		r = bus_cluster_at(cluster, selection->at_us / 1000, positions, plan->count);
		for (size_t i = 0; r == 0 && i < plan->count; i++)
			plan->rows[i].wanted = positions[i].offset;
	}
	if (r == 0)
		r = bus_cluster_ends(cluster, positions, plan->count);
	for (size_t i = 0; r == 0 && i < plan->count; i++)
		plan->rows[i].end = positions[i].offset;
	return r;
}

int collect_plan(struct bus_cluster *cluster, const char *group, const struct selection *selection,
	const struct collection *collection, struct arena *arena, struct plan *ret_plan)
{
	struct wanted wanted = {0};
	struct plan plan;
	int r = collect_check(collection, selection);

	if (r == 0)
		r = read_wanted(cluster, group, selection, arena, &wanted);
	for (size_t i = 0; r == 0 && selection->selector == SELECT_FILE && i < wanted.count; i++)
		r = check_partition(
			collection, wanted.positions[i].topic, wanted.positions[i].partition);
	if (r == 0)
		r = make_rows(selection, collection, &wanted, arena, &plan);
	if (r == 0 && plan.count == 0)
		r = fault(FAULT_USAGE,
			"group %s has committed nothing: name what it reads with --topic", group);
	if (r == 0)
		r = collect_offsets(cluster, selection, arena, &plan);
	if (r == 0)
		*ret_plan = plan;
	return r;
}
