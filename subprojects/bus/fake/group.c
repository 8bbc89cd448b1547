/*
 * Groups: members join, and all of them have to, before partitions are given out
 * (KIP-429's "eager" protocol); then the range assignor, topic by topic.
 */
#include <assert.h>
#include <base/clock.h>
#include <string.h>

#include "fake_consumer.h"

void fake_consumer_join(struct bus_consumer *consumer)
{
	struct fake_group *group = consumer->group;

	assert(group->member_count < FAKE_MEMBERS_MAX);
	group->members[group->member_count++] = consumer;
	group->generation++;
}

void fake_consumer_leave(struct bus_consumer *consumer)
{
	struct fake_group *group = consumer->group;
	size_t kept = 0;

	for (size_t i = 0; i < group->member_count; i++) {
		if (group->members[i] != consumer)
			group->members[kept++] = group->members[i];
	}
	group->member_count = kept;
	group->generation++;
	cluster_wake();
}

static bool is_subscribed(const struct bus_consumer *consumer, const char *topic)
{
	for (size_t i = 0; i < consumer->topic_count; i++) {
		if (strcmp(consumer->topics[i], topic) == 0)
			return true;
	}
	return false;
}

static void take_range(struct bus_consumer *consumer, const struct fake_topic *topic)
{
	const struct fake_group *group = consumer->group;
	int rank = 0, members = 0, share, extra, first;

	for (size_t i = 0; i < group->member_count; i++) {
		if (!is_subscribed(group->members[i], topic->name))
			continue;
		if (group->members[i] == consumer)
			rank = members;
		members++;
	}
	share = topic->partitions / members;
	extra = topic->partitions % members;
	first = rank * share + (rank < extra ? rank : extra);
	for (int p = first; p < first + share + (rank < extra); p++) {
		const struct group_offset *offset = group_offset(consumer->group, topic->name, p);
		size_t at = consumer->assignment.count;
		int r = assignment_add(&consumer->assignment, topic->name, p);

		assert(r == 0);
		consumer->next[at] = offset->offset > 0 ? offset->offset : 0;
	}
}

static bool all_joined(const struct fake_group *group)
{
	for (size_t i = 0; i < group->member_count; i++) {
		if (group->members[i]->joined != group->generation)
			return false;
	}
	return true;
}

void fake_consumer_rebalance(struct bus_consumer *consumer, struct bus_batch *batch)
{
	struct fake_group *group = consumer->group;

	if (consumer->joined != group->generation) {
		batch->count = 0;
		assignment_clear(&consumer->assignment);
		consumer->joined = group->generation;
		consumer->waiting_us = clock_monotonic_us();
		cluster_wake();
	}
	if (consumer->assigned == group->generation || !all_joined(group))
		return;
	for (size_t i = 0; i < consumer->topic_count; i++) {
		const struct fake_topic *topic = cluster_topic(consumer->topics[i]);

		if (topic)
			take_range(consumer, topic);
	}
	consumer->assigned = group->generation;
	consumer->assignments++;
	consumer->waiting_us = 0;
}

bool fake_consumer_holds(struct bus_consumer *consumer, const struct bus_message *message)
{
	return consumer->joined == consumer->group->generation &&
		assignment_find(&consumer->assignment, message->topic, message->partition) != NULL;
}
