#include <base/clock.h>
#include <base/fault.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <string.h>

#include "cluster_internal.h"

#define QUEUE_SLACK_MS 1000
#define AGAIN_MS 100

/* On a broker that has just started, and while partitions change hands. */
static int group_fault(struct bus_cluster *cluster, rd_kafka_resp_err_t code, const char *what)
{
	cluster->coordinator_moves = code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
		code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
		code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
	return cluster_fault(cluster, (int)code, what);
}

static int64_t last_try_us(const struct bus_cluster *cluster)
{
	return clock_monotonic_us() + cluster->timeout_ms * US_PER_MS;
}

/* Whether to ask once more, after a pause. */
static bool asks_again(struct bus_cluster *cluster, int result, int64_t until_us)
{
	if (result >= 0 || !cluster->coordinator_moves || clock_monotonic_us() >= until_us)
		return false;
	cluster->coordinator_moves = false;
	(void)poll(NULL, 0, AGAIN_MS);
	return true;
}

/* One admin call from its request to its event. */
static int await(struct bus_cluster *cluster, const char *what, rd_kafka_event_t **ret_event)
{
	rd_kafka_event_t *event =
		rd_kafka_queue_poll(cluster->queue, cluster->timeout_ms + QUEUE_SLACK_MS);
	int r;

	if (event == NULL)
		return cluster_fault(cluster, RD_KAFKA_RESP_ERR__TIMED_OUT, what);
	if (rd_kafka_event_error(event)) {
		r = group_fault(cluster, rd_kafka_event_error(event), what);
		rd_kafka_event_destroy(event);
		return r;
	}
	*ret_event = event;
	return 0;
}

static rd_kafka_AdminOptions_t *options_for(struct bus_cluster *cluster, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(cluster->client, op);
	char words[CLIENT_WORDS_SIZE];

	rd_kafka_AdminOptions_set_request_timeout(
		options, cluster->timeout_ms, words, sizeof(words));
	return options;
}

static void copy_positions(const rd_kafka_topic_partition_list_t *list, struct arena *arena,
	struct bus_position **ret_positions, size_t *ret_count)
{
	struct bus_position *positions = arena_array(arena, (size_t)list->cnt, sizeof(*positions));
	size_t count = 0;

	for (int i = 0; i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *entry = &list->elems[i];

		if (entry->offset < 0)
			continue;
		positions[count++] = (struct bus_position){
			.topic = arena_string(arena, entry->topic),
			.partition = entry->partition,
			.offset = entry->offset,
			.metadata = entry->metadata_size > 0
				? arena_string_of(arena, entry->metadata, entry->metadata_size)
				: NULL,
		};
	}
	*ret_positions = positions;
	*ret_count = count;
}

static int read_committed(struct bus_cluster *cluster, rd_kafka_event_t *event, struct arena *arena,
	struct bus_position **ret_positions, size_t *ret_count)
{
	size_t groups;
	const rd_kafka_group_result_t **results = rd_kafka_ListConsumerGroupOffsets_result_groups(
		rd_kafka_event_ListConsumerGroupOffsets_result(event), &groups);
	const rd_kafka_error_t *error =
		groups == 1 ? rd_kafka_group_result_error(results[0]) : NULL;
	rd_kafka_topic_partition_list_t *list;

	if (error)
		return group_fault(
			cluster, rd_kafka_error_code(error), "read what the group has committed");
	list = rd_kafka_topic_partition_list_copy(rd_kafka_group_result_partitions(results[0]));
	rd_kafka_topic_partition_list_sort(list, NULL, NULL);
	copy_positions(list, arena, ret_positions, ret_count);
	rd_kafka_topic_partition_list_destroy(list);
	return 0;
}

static int committed_once(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_position **ret_positions, size_t *ret_count)
{
	rd_kafka_ListConsumerGroupOffsets_t *request =
		rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
	rd_kafka_AdminOptions_t *options =
		options_for(cluster, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	rd_kafka_event_t *event;
	int r;

	rd_kafka_ListConsumerGroupOffsets(cluster->client, &request, 1, options, cluster->queue);
	r = await(cluster, "read what the group has committed", &event);
	if (r == 0) {
		r = read_committed(cluster, event, arena, ret_positions, ret_count);
		rd_kafka_event_destroy(event);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ListConsumerGroupOffsets_destroy(request);
	return r;
}

int bus_cluster_committed(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_position **ret_positions, size_t *ret_count)
{
	int64_t until_us = last_try_us(cluster);
	int r;

	do {
		r = committed_once(cluster, group, arena, ret_positions, ret_count);
	} while (asks_again(cluster, r, until_us));
	return r;
}

static int members_fault(const char *group)
{
	return fault(FAULT_STATE, "group %s has members: stop them first", group);
}

/* A group with members is refused with an error about a member, not about the group. */
static bool has_members(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
		code == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP ||
		code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
		code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
}

static int check_moved(struct bus_cluster *cluster, rd_kafka_event_t *event, const char *group,
	struct bus_position *positions, size_t count)
{
	size_t groups;
	const rd_kafka_group_result_t **results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
		rd_kafka_event_AlterConsumerGroupOffsets_result(event), &groups);
	const rd_kafka_error_t *error = rd_kafka_group_result_error(results[0]);
	const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(results[0]);
	size_t refused = 0;

	if (error && has_members(rd_kafka_error_code(error)))
		return members_fault(group);
	if (error)
		return group_fault(cluster, rd_kafka_error_code(error), "move the group");
	for (size_t i = 0; i < count; i++) {
		const rd_kafka_topic_partition_t *entry =
			rd_kafka_topic_partition_list_find((rd_kafka_topic_partition_list_t *)list,
				positions[i].topic, positions[i].partition);

		if (entry && has_members(entry->err))
			return members_fault(group);
		positions[i].metadata = entry && entry->err ? rd_kafka_err2str(entry->err) : NULL;
		refused += positions[i].metadata != NULL;
	}
	if (refused > 0)
		return fault(FAULT_LIMIT, "group %s: %zu of %zu partitions were not moved", group,
			refused, count);
	return 0;
}

static int commit_once(struct bus_cluster *cluster, const char *group,
	struct bus_position *positions, size_t count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
	rd_kafka_AlterConsumerGroupOffsets_t *request;
	rd_kafka_AdminOptions_t *options =
		options_for(cluster, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
	rd_kafka_event_t *event;
	int r;

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)
			->offset = positions[i].offset;
	request = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_AlterConsumerGroupOffsets(cluster->client, &request, 1, options, cluster->queue);
	r = await(cluster, "move the group", &event);
	if (r == 0) {
		r = check_moved(cluster, event, group, positions, count);
		rd_kafka_event_destroy(event);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_AlterConsumerGroupOffsets_destroy(request);
	return r;
}

int bus_cluster_commit(struct bus_cluster *cluster, const char *group,
	struct bus_position *positions, size_t count)
{
	int64_t until_us = last_try_us(cluster);
	int r;

	do {
		r = commit_once(cluster, group, positions, count);
	} while (asks_again(cluster, r, until_us));
	return r;
}

static enum bus_group_state state_of(const rd_kafka_ConsumerGroupDescription_t *description)
{
	switch (rd_kafka_ConsumerGroupDescription_state(description)) {
	case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY:
		return BUS_GROUP_EMPTY;
	case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE:
		return BUS_GROUP_STABLE;
	case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE:
	case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE:
		return BUS_GROUP_REBALANCING;
	default:
		return BUS_GROUP_ABSENT;
	}
}

static void copy_assigned(const rd_kafka_MemberDescription_t *description, struct arena *arena,
	struct bus_member *member)
{
	const rd_kafka_MemberAssignment_t *assignment =
		rd_kafka_MemberDescription_assignment(description);
	const rd_kafka_topic_partition_list_t *list =
		assignment ? rd_kafka_MemberAssignment_partitions(assignment) : NULL;

	if (list == NULL)
		return;
	member->assigned = arena_array(arena, (size_t)list->cnt, sizeof(*member->assigned));
	member->assigned_count = (size_t)list->cnt;
	for (int i = 0; i < list->cnt; i++)
		member->assigned[i] = (struct bus_position){
			.topic = arena_string(arena, list->elems[i].topic),
			.partition = list->elems[i].partition,
		};
}

static void copy_group(const rd_kafka_ConsumerGroupDescription_t *description, struct arena *arena,
	struct bus_group *group)
{
	group->state = state_of(description);
	group->count = rd_kafka_ConsumerGroupDescription_member_count(description);
	group->members = arena_array(arena, group->count, sizeof(*group->members));
	for (size_t i = 0; i < group->count; i++) {
		const rd_kafka_MemberDescription_t *from =
			rd_kafka_ConsumerGroupDescription_member(description, i);
		const char *instance = rd_kafka_MemberDescription_group_instance_id(from);

		group->members[i] = (struct bus_member){
			.id = arena_string(arena, rd_kafka_MemberDescription_consumer_id(from)),
			.instance = instance ? arena_string(arena, instance) : NULL,
			.client_id =
				arena_string(arena, rd_kafka_MemberDescription_client_id(from)),
			.host = arena_string(arena, rd_kafka_MemberDescription_host(from)),
		};
		copy_assigned(from, arena, &group->members[i]);
	}
}

static int read_group(struct bus_cluster *cluster, rd_kafka_event_t *event, struct arena *arena,
	struct bus_group *ret_group)
{
	size_t groups;
	const rd_kafka_ConsumerGroupDescription_t **all =
		rd_kafka_DescribeConsumerGroups_result_groups(
			rd_kafka_event_DescribeConsumerGroups_result(event), &groups);
	const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(all[0]);

	/* Newer brokers say so in words, older ones with the state Dead. */
	if (error && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
		*ret_group = (struct bus_group){.state = BUS_GROUP_ABSENT};
		return 0;
	}
	if (error)
		return group_fault(cluster, rd_kafka_error_code(error), "describe the group");
	copy_group(all[0], arena, ret_group);
	return 0;
}

static int group_once(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_group *ret_group)
{
	rd_kafka_AdminOptions_t *options =
		options_for(cluster, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
	rd_kafka_event_t *event;
	int r;

	rd_kafka_DescribeConsumerGroups(cluster->client, &group, 1, options, cluster->queue);
	r = await(cluster, "describe the group", &event);
	if (r == 0) {
		r = read_group(cluster, event, arena, ret_group);
		rd_kafka_event_destroy(event);
	}
	rd_kafka_AdminOptions_destroy(options);
	return r;
}

int bus_cluster_group(struct bus_cluster *cluster, const char *group, struct arena *arena,
	struct bus_group *ret_group)
{
	int64_t until_us = last_try_us(cluster);
	int r;

	do {
		r = group_once(cluster, group, arena, ret_group);
	} while (asks_again(cluster, r, until_us));
	return r;
}
