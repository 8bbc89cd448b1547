#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <stdlib.h>
#include <string.h>

#include "fake_consumer.h"

static void free_consumer(struct bus_consumer *consumer)
{
	for (size_t i = 0; i < consumer->topic_count; i++)
		free(consumer->topics[i]);
	assignment_clear(&consumer->assignment);
	free(consumer->messages);
	free(consumer);
}

int bus_consumer_create(
	const struct bus_consumer_config *config, struct bus_consumer **ret_consumer)
{
	struct bus_consumer *consumer = calloc(1, sizeof(*consumer));

	assert(config->batch_max > 0 && config->batch_max <= BUS_BATCH_MAX);
	assert(consumer);
	consumer->batch_max = config->batch_max;
	consumer->batch_bytes_max = config->batch_bytes_max;
	consumer->messages = calloc(config->batch_max, sizeof(*consumer->messages));
	assert(consumer->messages);
	for (const char *const *topic = config->topics; *topic; topic++) {
		assert(consumer->topic_count < FAKE_SUBSCRIPTIONS_MAX);
		consumer->topics[consumer->topic_count++] = strdup(*topic);
	}
	cluster_lock();
	consumer->group = cluster_group(config->group);
	fake_consumer_join(consumer);
	cluster_unlock();
	*ret_consumer = consumer;
	return 0;
}

void bus_consumer_destroy(struct bus_consumer *consumer)
{
	if (consumer == NULL)
		return;
	cluster_lock();
	fake_consumer_leave(consumer);
	cluster_unlock();
	free_consumer(consumer);
}

static void commit(struct bus_consumer *consumer, const struct assigned *assigned, int64_t place)
{
	group_offset(consumer->group, assigned->topic, assigned->partition)->offset = place;
}

/* The next message of one partition, or false at its (stable) end. */
static bool next_message(struct bus_consumer *consumer, size_t at, struct bus_message *ret_message)
{
	struct assigned *assigned = &consumer->assignment.partitions[at];
	struct fake_topic *topic = cluster_topic(assigned->topic);
	struct log *log = &topic->logs[assigned->partition];
	int64_t stable = (int64_t)log_stable(log);

	while (consumer->next[at] < stable) {
		int64_t offset = consumer->next[at]++;
		struct entry *entry = log->entries[offset];

		if (entry->state != ENTRY_COMMITTED)
			continue;
		assigned_deliver(assigned, offset);
		*ret_message = entry_message(topic, assigned->partition, offset, entry);
		return true;
	}
	if (consumer->next[at] == (int64_t)log->count && assigned->end != stable) {
		int64_t place = assigned_reach_end(assigned, stable);

		if (place >= 0)
			commit(consumer, assigned, place);
	}
	return false;
}

static void fill(struct bus_consumer *consumer, struct bus_batch *batch)
{
	size_t bytes = 0;

	for (size_t at = 0; at < consumer->assignment.count; at++) {
		while (batch->count < consumer->batch_max && bytes < consumer->batch_bytes_max) {
			struct bus_message *message = &batch->messages[batch->count];

			if (!next_message(consumer, at, message))
				break;
			bytes += message->key_size + message->value_size;
			batch->count++;
		}
	}
}

int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	int r;

	*batch = (struct bus_batch){.messages = consumer->messages};
	cluster_lock();
	r = fake_step(FAKE_POLL);
	while (r == 0) {
		fake_consumer_rebalance(consumer, batch);
		fill(consumer, batch);
		if (batch->count > 0 || !cluster_wait(until_us))
			break;
	}
	cluster_unlock();
	return r;
}

int bus_consumer_wait(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;

	cluster_lock();
	do
		fake_consumer_rebalance(consumer, batch);
	while (cluster_wait(until_us));
	cluster_unlock();
	return 0;
}

static void finish(struct bus_consumer *consumer, const struct bus_message *message)
{
	struct assigned *assigned =
		assignment_find(&consumer->assignment, message->topic, message->partition);

	commit(consumer, assigned, assigned_finish(assigned, message->offset + 1));
}

int bus_consumer_store(struct bus_consumer *consumer, const struct bus_batch *batch)
{
	int r;

	cluster_lock();
	r = fake_step(FAKE_STORE);
	for (size_t i = 0; i < batch->count && r == 0; i++) {
		if (fake_consumer_holds(consumer, &batch->messages[i]))
			finish(consumer, &batch->messages[i]);
	}
	cluster_unlock();
	return r;
}

/* Here what is stored is committed. */
int bus_consumer_commit(struct bus_consumer *consumer)
{
	(void)consumer;
	return 0;
}

void fake_consumer_committed(struct bus_consumer *consumer, const struct bus_message *message)
{
	if (fake_consumer_holds(consumer, message))
		finish(consumer, message);
}

void bus_consumer_release(struct bus_consumer *consumer, struct bus_batch *batch)
{
	(void)consumer;
	batch->count = 0;
}

static size_t drop(struct bus_consumer *consumer, struct bus_batch *batch)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_message *message = &batch->messages[i];
		const struct group_offset *offset =
			group_offset(consumer->group, message->topic, message->partition);

		if (offset->offset > message->offset)
			fake_consumer_committed(consumer, message);
		else
			batch->messages[kept++] = *message;
	}
	return kept;
}

/* An offset in an open transaction is no answer yet. */
static bool is_pending(struct bus_consumer *consumer, const struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (group_offset(
			    consumer->group, batch->messages[i].topic, batch->messages[i].partition)
				->pending)
			return true;
	}
	return false;
}

int bus_consumer_drop_committed(struct bus_consumer *consumer, struct bus_batch *batch)
{
	int r;

	cluster_lock();
	r = fake_step(FAKE_DROP);
	if (r == 0 && is_pending(consumer, batch))
		r = fault(FAULT_BUS, "read the committed offsets: a transaction is pending");
	if (r == 0)
		batch->count = drop(consumer, batch);
	cluster_unlock();
	return r;
}

int bus_consumer_assigned(const struct bus_consumer *consumer)
{
	return (int)consumer->assignment.count;
}

int64_t bus_consumer_assignments(const struct bus_consumer *consumer)
{
	return consumer->assignments;
}

int64_t bus_consumer_waiting_us(const struct bus_consumer *consumer)
{
	return consumer->waiting_us;
}

int64_t bus_consumer_alive_us(const struct bus_consumer *consumer)
{
	(void)consumer;
	return clock_monotonic_us();
}
