#include "cluster.h"

#include <assert.h>
#include <base/clock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct cluster cluster;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_condition(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct cluster *cluster_lock(void)
{
	pthread_once(&once, init_condition);
	pthread_mutex_lock(&mutex);
	return &cluster;
}

void cluster_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

bool cluster_wait(int64_t until_us)
{
	const struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};

	if (cluster.must_not_wait || clock_monotonic_us() >= until_us)
		return false;
	pthread_cond_timedwait(&changed, &mutex, &until);
	return true;
}

void cluster_wake(void)
{
	pthread_cond_broadcast(&changed);
}

struct fake_topic *cluster_topic(const char *name)
{
	for (size_t i = 0; i < cluster.topic_count; i++) {
		if (strcmp(cluster.topics[i].name, name) == 0)
			return &cluster.topics[i];
	}
	return NULL;
}

struct fake_topic *cluster_add_topic(const char *name, int partitions)
{
	struct fake_topic *topic = &cluster.topics[cluster.topic_count++];

	assert(cluster.topic_count <= FAKE_TOPICS_MAX);
	snprintf(topic->name, sizeof(topic->name), "%s", name);
	topic->partitions = partitions;
	topic->logs = calloc((size_t)partitions, sizeof(*topic->logs));
	assert(topic->logs);
	return topic;
}

struct fake_group *cluster_group(const char *name)
{
	struct fake_group *group;

	for (size_t i = 0; i < cluster.group_count; i++) {
		if (strcmp(cluster.groups[i].name, name) == 0)
			return &cluster.groups[i];
	}
	assert(cluster.group_count < FAKE_GROUPS_MAX);
	group = &cluster.groups[cluster.group_count++];
	snprintf(group->name, sizeof(group->name), "%s", name);
	return group;
}

struct fake_producer *cluster_producer(const char *id)
{
	struct fake_producer *producer;

	for (size_t i = 0; i < cluster.producer_count; i++) {
		if (strcmp(cluster.producers[i].id, id) == 0)
			return &cluster.producers[i];
	}
	assert(cluster.producer_count < FAKE_PRODUCERS_MAX);
	producer = &cluster.producers[cluster.producer_count++];
	snprintf(producer->id, sizeof(producer->id), "%s", id);
	return producer;
}

struct group_offset *group_offset(struct fake_group *group, const char *topic, int32_t partition)
{
	struct group_offset *offset;

	for (size_t i = 0; i < group->offset_count; i++) {
		offset = &group->offsets[i];
		if (offset->partition == partition && strcmp(offset->topic, topic) == 0)
			return offset;
	}
	assert(group->offset_count < FAKE_OFFSETS_MAX);
	offset = &group->offsets[group->offset_count++];
	snprintf(offset->topic, sizeof(offset->topic), "%s", topic);
	offset->partition = partition;
	offset->offset = -1;
	return offset;
}

static bool end_entries(struct log *log, const struct fake_producer *producer, bool commit)
{
	bool any = false;

	for (size_t i = log_stable(log); i < log->count; i++) {
		struct entry *entry = log->entries[i];

		if (entry->state != ENTRY_OPEN || entry->producer != producer)
			continue;
		entry->state = commit ? ENTRY_COMMITTED : ENTRY_ABORTED;
		any = true;
	}
	return any;
}

static void end_offsets(struct fake_group *group, const struct fake_producer *producer, bool commit)
{
	for (size_t i = 0; i < group->offset_count; i++) {
		struct group_offset *offset = &group->offsets[i];

		if (offset->pending != producer)
			continue;
		offset->pending = NULL;
		if (!commit)
			continue;
		offset->offset = offset->pending_offset;
		memcpy(offset->metadata, offset->pending_metadata, sizeof(offset->metadata));
	}
}

void producer_end(struct fake_producer *producer, bool commit)
{
	for (size_t i = 0; i < cluster.topic_count; i++) {
		for (int p = 0; p < cluster.topics[i].partitions; p++) {
			struct log *log = &cluster.topics[i].logs[p];

			if (end_entries(log, producer, commit))
				log_append_marker(log);
		}
	}
	for (size_t i = 0; i < cluster.group_count; i++)
		end_offsets(&cluster.groups[i], producer, commit);
	producer->open = false;
	cluster_wake();
}

void producer_fence(struct fake_producer *producer)
{
	producer_end(producer, false);
	producer->epoch++;
	producer->expired = false;
}

static void free_topic(struct fake_topic *topic)
{
	for (int p = 0; p < topic->partitions; p++) {
		struct log *log = &topic->logs[p];

		for (size_t i = 0; i < log->count; i++)
			free(log->entries[i]);
		free(log->entries);
	}
	free(topic->logs);
}

void fake_reset(void)
{
	cluster_lock();
	for (size_t i = 0; i < cluster.group_count; i++)
		assert(cluster.groups[i].member_count == 0);
	for (size_t i = 0; i < cluster.topic_count; i++)
		free_topic(&cluster.topics[i]);
	memset(&cluster, 0, sizeof(cluster));
	fake_steps_reset();
	cluster_unlock();
}
