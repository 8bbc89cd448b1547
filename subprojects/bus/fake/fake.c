/*
 * What a test does to the cluster and sees of it.
 */
#include <assert.h>
#include <stdio.h>

#include "cluster.h"

void fake_topic(const char *topic, int partitions)
{
	cluster_lock();
	assert(cluster_topic(topic) == NULL);
	cluster_add_topic(topic, partitions);
	cluster_unlock();
}

void fake_may_wait(bool may_wait)
{
	cluster_lock()->must_not_wait = !may_wait;
	cluster_unlock();
}

int64_t fake_feed(const char *name, const struct bus_record *record)
{
	const struct fake_topic *topic;
	int32_t partition = record->partition;
	struct log *log;
	int64_t offset;

	cluster_lock();
	topic = cluster_topic(name);
	assert(topic && partition < topic->partitions);
	if (partition < 0)
		partition = bus_partition_of(record->key, record->key_size, topic->partitions);
	log = &topic->logs[partition];
	offset = (int64_t)log->count;
	log_append_record(log, record, ENTRY_COMMITTED, NULL);
	cluster_wake();
	cluster_unlock();
	return offset;
}

/* Calls for the committed messages below the stable end, until @index of them are passed. */
static size_t walk(const char *name, size_t index, struct bus_message *ret_message)
{
	const struct fake_topic *topic = cluster_topic(name);
	size_t count = 0;

	assert(topic);
	for (int32_t p = 0; p < topic->partitions; p++) {
		struct log *log = &topic->logs[p];
		size_t stable = log_stable(log);

		for (size_t i = 0; i < stable; i++) {
			if (log->entries[i]->state != ENTRY_COMMITTED)
				continue;
			if (count++ == index && ret_message)
				*ret_message = entry_message(topic, p, (int64_t)i, log->entries[i]);
		}
	}
	return count;
}

size_t fake_count(const char *topic)
{
	size_t count;

	cluster_lock();
	count = walk(topic, 0, NULL);
	cluster_unlock();
	return count;
}

struct bus_message fake_message(const char *topic, size_t index)
{
	struct bus_message message = {0};
	size_t count;

	cluster_lock();
	count = walk(topic, index, &message);
	cluster_unlock();
	assert(index < count);
	return message;
}

int64_t fake_committed(const char *group, const char *topic, int32_t partition)
{
	int64_t offset;

	cluster_lock();
	offset = group_offset(cluster_group(group), topic, partition)->offset;
	cluster_unlock();
	return offset;
}

void fake_commit(const char *group, const char *topic, int32_t partition, int64_t offset)
{
	cluster_lock();
	group_offset(cluster_group(group), topic, partition)->offset = offset;
	cluster_unlock();
}

void fake_fence(const char *transactional_id)
{
	cluster_lock();
	for (int i = 0; i < BUS_LANES_MAX; i++) {
		char id[FAKE_TEXT_SIZE];

		snprintf(id, sizeof(id), "%s-%d", transactional_id, i);
		producer_fence(cluster_producer(id));
	}
	cluster_unlock();
}

void fake_expire_transactions(void)
{
	struct cluster *cluster = cluster_lock();

	for (size_t i = 0; i < cluster->producer_count; i++) {
		struct fake_producer *producer = &cluster->producers[i];

		if (!producer->open)
			continue;
		producer_end(producer, false);
		producer->expired = true;
	}
	cluster_unlock();
}
