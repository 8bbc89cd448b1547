#include "look.h"

#include <base/clock.h>
#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

/* What one group answered. */
struct answer {
	struct bus_group group;
	struct bus_position *committed;
	size_t count;
};

static bool in_names(const char *const *names, const char *name)
{
	if (names == NULL)
		return true;
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

bool look_group_is_unknown(const struct look_group *group)
{
	return group->state == BUS_GROUP_ABSENT && group->committed == 0;
}

static const struct look_topic *topic_of(const struct look *look, const char *name)
{
	for (size_t i = 0; i < look->topic_count; i++) {
		if (strcmp(look->topics[i].name, name) == 0)
			return &look->topics[i];
	}
	return NULL;
}

static int look_topics(const struct look_config *config, struct arena *arena, struct look *look)
{
	struct bus_topic_size *sizes;
	size_t count;
	int r = bus_cluster_topics(config->cluster, arena, &sizes, &count);

	if (r < 0)
		return r;
	look->topics = arena_array(arena, count, sizeof(*look->topics));
	for (size_t i = 0; i < count; i++) {
		if (in_names(config->topics, sizes[i].name))
			look->topics[look->topic_count++] = (struct look_topic){
				.name = sizes[i].name, .partitions = sizes[i].partitions};
	}
	for (const char *const *name = config->topics; name && *name; name++) {
		if (topic_of(look, *name) == NULL)
			return fault(FAULT_USAGE, "--topic: there is no topic '%s'", *name);
	}
	return 0;
}

typedef int asker(struct bus_cluster *cluster, struct bus_position *positions, size_t count);

/* Of all partitions of all topics, one topic after the other, in as few calls as allowed. */
static int ask_all(const struct look_config *config, asker *ask, struct arena *arena,
	const struct look *look, struct bus_position **ret_positions)
{
	struct bus_position *positions;
	size_t count = 0, next = 0;

	for (size_t i = 0; i < look->topic_count; i++)
		count += (size_t)look->topics[i].partitions;
	positions = arena_array(arena, count, sizeof(*positions));
	for (size_t i = 0; i < look->topic_count; i++) {
		for (int32_t partition = 0; partition < look->topics[i].partitions; partition++)
			positions[next++] = (struct bus_position){
				.topic = look->topics[i].name, .partition = partition};
	}
	for (next = 0; next < count; next += BUS_PARTITIONS_MAX) {
		size_t some = count - next < BUS_PARTITIONS_MAX ? count - next : BUS_PARTITIONS_MAX;
		int r = ask(config->cluster, &positions[next], some);

		if (r < 0)
			return r;
	}
	*ret_positions = positions;
	return 0;
}

static int look_offsets(const struct look_config *config, struct arena *arena,
	struct bus_position *starts, struct look *look)
{
	struct bus_position *ends;
	size_t next = 0;
	int r = ask_all(config, bus_cluster_ends, arena, look, &ends);

	if (r < 0)
		return r;
	look->at_us = clock_now_us();
	for (size_t i = 0; i < look->topic_count; i++) {
		look->topics[i].starts = &starts[next];
		look->topics[i].ends = &ends[next];
		next += (size_t)look->topics[i].partitions;
	}
	return 0;
}

static int look_groups(const struct look_config *config, struct arena *arena, struct look *look,
	struct answer *answers)
{
	for (size_t i = 0; i < look->group_count; i++) {
		int r = bus_cluster_group(
			config->cluster, look->groups[i].name, arena, &answers[i].group);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < look->group_count; i++) {
		int r = bus_cluster_committed(config->cluster, look->groups[i].name, arena,
			&answers[i].committed, &answers[i].count);
		if (r < 0)
			return r;
		look->groups[i].state = answers[i].group.state;
		look->groups[i].members = answers[i].group.count;
		look->groups[i].committed = answers[i].count;
	}
	return 0;
}

static void add_place(struct look *look, const char *group, const struct bus_position *position,
	int64_t committed, enum place_owner owner, const struct bus_member *member)
{
	const struct look_topic *topic = topic_of(look, position->topic);
	bool is_there = topic && position->partition < topic->partitions;

	look->places[look->count++] = (struct place){
		.group = group,
		.topic = position->topic,
		.partition = position->partition,
		.committed = committed,
		.start = is_there ? topic->starts[position->partition].offset : PLACE_UNKNOWN,
		.end = is_there ? topic->ends[position->partition].offset : PLACE_UNKNOWN,
		.first_ms = PLACE_UNKNOWN,
		.owner = owner,
		.member = member ? member->id : NULL,
		.host = member ? member->host : NULL,
	};
}

static bool is_at(const struct bus_position *left, const struct bus_position *right)
{
	return left->partition == right->partition && strcmp(left->topic, right->topic) == 0;
}

static const struct bus_member *member_at(
	const struct bus_group *group, const struct bus_position *position)
{
	for (size_t i = 0; i < group->count; i++) {
		for (size_t k = 0; k < group->members[i].assigned_count; k++) {
			if (is_at(&group->members[i].assigned[k], position))
				return &group->members[i];
		}
	}
	return NULL;
}

static bool is_committed(const struct answer *answer, const struct bus_position *position)
{
	for (size_t i = 0; i < answer->count; i++) {
		if (is_at(&answer->committed[i], position))
			return true;
	}
	return false;
}

/* What a group committed, and what its members have without a commit. */
static void add_places(const struct look_config *config, const struct answer *answer,
	const char *name, struct look *look)
{
	const struct bus_group *group = &answer->group;
	bool settled = group->state == BUS_GROUP_STABLE || group->state == BUS_GROUP_EMPTY;

	for (size_t i = 0; i < answer->count; i++) {
		const struct bus_position *position = &answer->committed[i];
		const struct bus_member *member = member_at(group, position);

		if (in_names(config->topics, position->topic))
			add_place(look, name, position, position->offset,
				member            ? PLACE_OWNED
					: settled ? PLACE_UNOWNED
						  : PLACE_UNCLEAR,
				member);
	}
	for (size_t i = 0; i < group->count; i++) {
		const struct bus_member *member = &group->members[i];

		for (size_t k = 0; k < member->assigned_count; k++) {
			if (!is_committed(answer, &member->assigned[k]) &&
				in_names(config->topics, member->assigned[k].topic))
				add_place(look, name, &member->assigned[k], PLACE_UNKNOWN,
					PLACE_OWNED, member);
		}
	}
}

static size_t places_max(const struct answer *answers, size_t count)
{
	size_t most = 0;

	for (size_t i = 0; i < count; i++) {
		most += answers[i].count;
		for (size_t k = 0; k < answers[i].group.count; k++)
			most += answers[i].group.members[k].assigned_count;
	}
	return most;
}

int look_take(const struct look_config *config, struct arena *arena, struct look *ret_look)
{
	struct look look = {0};
	struct bus_position *starts;
	struct answer *answers;
	int r;

	while (config->groups[look.group_count])
		look.group_count++;
	look.groups = arena_array(arena, look.group_count, sizeof(*look.groups));
	answers = arena_array(arena, look.group_count, sizeof(*answers));
	for (size_t i = 0; i < look.group_count; i++)
		look.groups[i].name = config->groups[i];
	r = look_topics(config, arena, &look);
	if (r == 0)
		r = ask_all(config, bus_cluster_starts, arena, &look, &starts);
	if (r == 0)
		r = look_groups(config, arena, &look, answers);
	if (r == 0)
		r = look_offsets(config, arena, starts, &look);
	if (r < 0)
		return r;
	look.places =
		arena_array(arena, places_max(answers, look.group_count), sizeof(*look.places));
	for (size_t i = 0; i < look.group_count; i++)
		add_places(config, &answers[i], look.groups[i].name, &look);
	qsort(look.places, look.count, sizeof(*look.places), place_compare);
	*ret_look = look;
	return 0;
}
