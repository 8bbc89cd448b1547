#include "cluster_internal.h"

#include <assert.h>
#include <base/fault.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct client_option OPTIONS[] = {
	{"enable.auto.commit", "false"},
	/* The end a reader of committed messages may reach: the last stable offset. */
	{"isolation.level", "read_committed"},
	{0},
};
/* clang-format on */

int cluster_fault(struct bus_cluster *cluster, int code, const char *what)
{
	return client_fault_seen(cluster->client, &cluster->watch, code, what);
}

int bus_cluster_create(const struct bus_cluster_config *config, struct bus_cluster **ret_cluster)
{
	struct bus_cluster *cluster = calloc(1, sizeof(*cluster));
	rd_kafka_conf_t *conf;
	int r;

	if (cluster == NULL)
		return fault(FAULT_SYSTEM, "no memory for a client");
	cluster->timeout_ms = config->timeout_ms;
	r = client_conf_create(config->bootstrap, config->client_id, OPTIONS, config->options,
		&cluster->watch, &conf);
	if (r == 0)
		r = client_create_consumer(conf, &cluster->client);
	if (r < 0) {
		free(cluster);
		return r;
	}
	cluster->queue = rd_kafka_queue_new(cluster->client);
	*ret_cluster = cluster;
	return 0;
}

void bus_cluster_destroy(struct bus_cluster *cluster)
{
	if (cluster == NULL)
		return;
	rd_kafka_queue_destroy(cluster->queue);
	rd_kafka_destroy(cluster->client);
	free(cluster);
}

static int compare_names(const void *left, const void *right)
{
	const struct bus_topic_size *a = left, *b = right;

	return strcmp(a->name, b->name);
}

int bus_cluster_topics(struct bus_cluster *cluster, struct arena *arena,
	struct bus_topic_size **ret_topics, size_t *ret_count)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error =
		rd_kafka_metadata(cluster->client, 1, NULL, &metadata, cluster->timeout_ms);
	struct bus_topic_size *topics;
	size_t count = 0;

	if (error)
		return cluster_fault(cluster, (int)error, "list the topics");
	topics = arena_array(arena, (size_t)metadata->topic_cnt, sizeof(*topics));
	for (int i = 0; i < metadata->topic_cnt; i++) {
		const rd_kafka_metadata_topic_t *topic = &metadata->topics[i];

		if (strncmp(topic->topic, "__", 2) != 0)
			topics[count++] = (struct bus_topic_size){
				arena_string(arena, topic->topic), topic->partition_cnt};
	}
	rd_kafka_metadata_destroy(metadata);
	qsort(topics, count, sizeof(*topics), compare_names);
	*ret_topics = topics;
	*ret_count = count;
	return 0;
}

/* The list comes back in an order of its own choosing. */
static int take_answers(
	const rd_kafka_topic_partition_list_t *list, struct bus_position *positions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_find(
			list, positions[i].topic, positions[i].partition);

		assert(entry);
		if (entry->err)
			return fault((enum fault)client_fault_kind((int)entry->err),
				"topic %s, partition %d: %s", entry->topic, (int)entry->partition,
				rd_kafka_err2str(entry->err));
	}
	for (size_t i = 0; i < count; i++) {
		const rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_find(
			list, positions[i].topic, positions[i].partition);

		positions[i].offset = entry->offset < 0 ? -1 : entry->offset;
	}
	return 0;
}

/* @when: a timestamp, or one of librdkafka's two names for the ends (kafka's own -1 and -2). */
static int ask_offsets(
	struct bus_cluster *cluster, int64_t when, struct bus_position *positions, size_t count)
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t error;
	int r;

	assert(count <= BUS_PARTITIONS_MAX);
	if (count == 0)
		return 0;
	list = rd_kafka_topic_partition_list_new((int)count);
	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)
			->offset = when;
	error = rd_kafka_offsets_for_times(cluster->client, list, cluster->timeout_ms);
	/* Unknown ones fail the whole call too, and only their own entries say which. */
	r = take_answers(list, positions, count);
	if (r == 0 && error)
		r = cluster_fault(cluster, (int)error, "ask for offsets");
	rd_kafka_topic_partition_list_destroy(list);
	return r;
}

int bus_cluster_starts(struct bus_cluster *cluster, struct bus_position *positions, size_t count)
{
	return ask_offsets(cluster, RD_KAFKA_OFFSET_BEGINNING, positions, count);
}

int bus_cluster_ends(struct bus_cluster *cluster, struct bus_position *positions, size_t count)
{
	return ask_offsets(cluster, RD_KAFKA_OFFSET_END, positions, count);
}

int bus_cluster_at(struct bus_cluster *cluster, int64_t timestamp_ms,
	struct bus_position *positions, size_t count)
{
	/* Below 0 are names for something else. */
	return ask_offsets(cluster, timestamp_ms < 0 ? 0 : timestamp_ms, positions, count);
}
