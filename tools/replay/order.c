#include "order.h"

#include <base/fault.h>
#include <string.h>

/* The one partition of each topic that murmur2 leads the key to. */
static void make_rows(const struct selection *selection, const struct collection *collection,
	const char *key, struct arena *arena, struct plan *plan)
{
	plan->rows = arena_array(arena, collection->topic_count, sizeof(*plan->rows));
	plan->count = 0;
	for (size_t i = 0; i < collection->topic_count; i++) {
		const struct bus_topic_size *topic = &collection->topics[i];
		int32_t partition = bus_partition_of(key, strlen(key), topic->partitions);
		struct plan_row *row = &plan->rows[plan->count];

		if (selection->topic_count > 0 ? !selection_takes(selection, topic->name, partition)
					       : !collect_reads(collection, topic->name))
			continue;
		*row = (struct plan_row){
			.topic = topic->name, .partition = partition, .current = -1, .wanted = -1};
		for (size_t c = 0; c < collection->committed_count; c++) {
			const struct bus_position *committed = &collection->committed[c];

			if (committed->partition == partition &&
				strcmp(committed->topic, topic->name) == 0)
				row->current = committed->offset;
		}
		plan->count++;
	}
}

static const struct survey_event *first_of(
	const struct order_search *search, const struct plan_row *row)
{
	for (size_t i = 0; i < search->count; i++) {
		if (search->events[i].partition == row->partition &&
			strcmp(search->events[i].topic, row->topic) == 0)
			return &search->events[i];
	}
	return NULL;
}

/* Only rows that hold a message of the order stay. */
static void aim_rows(const struct order_search *search, struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_row row = plan->rows[i];
		const struct survey_event *first = first_of(search, &row);

		if (!first)
			continue;
		/* Going there would jump over what was never read. */
		row.wanted = first->offset < row.current ? first->offset : -1;
		plan->rows[kept++] = row;
	}
	plan->count = kept;
}

int order_plan(struct bus_cluster *cluster, const struct survey_source *source, const char *group,
	const struct selection *selection, const struct collection *collection, struct arena *arena,
	struct order_search *search, struct plan *ret_plan)
{
	struct bus_stretch *stretches;
	struct plan plan;
	int r = collect_check(collection, selection);

	if (r < 0)
		return r;
	make_rows(selection, collection, search->id, arena, &plan);
	r = collect_offsets(cluster, selection, arena, &plan);
	if (r < 0)
		return r;
	stretches = arena_array(arena, plan.count, sizeof(*stretches));
	for (size_t i = 0; i < plan.count; i++)
		stretches[i] = (struct bus_stretch){plan.rows[i].topic, plan.rows[i].partition,
			plan.rows[i].start, plan.rows[i].end};
	r = survey_key(
		source, search->id, stretches, plan.count, arena, &search->events, &search->count);
	if (r < 0)
		return r;
	if (search->count == 0)
		return fault(FAULT_USAGE,
			"no message of order %s is in what group %s reads: it is older than what "
			"is "
			"kept, or the id is another's",
			search->id, group);
	aim_rows(search, &plan);
	*ret_plan = plan;
	return 0;
}
