#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <librdkafka/rdkafka.h>

#include "consumer_internal.h"

void consumer_empty_batch(struct bus_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		rd_kafka_message_destroy(batch->messages[i].handle);
	batch->count = 0;
}

void consumer_empty_stash(struct bus_consumer *consumer)
{
	for (size_t i = 0; i < consumer->stash_count; i++)
		rd_kafka_message_destroy(consumer->stash[i]);
	consumer->stash_count = 0;
}

static rd_kafka_topic_partition_list_t *assigned_list(const struct assignment *assignment)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)assignment->count);

	for (size_t i = 0; i < assignment->count; i++)
		rd_kafka_topic_partition_list_add(
			list, assignment->partitions[i].topic, assignment->partitions[i].partition);
	return list;
}

void consumer_pause(struct bus_consumer *consumer)
{
	rd_kafka_topic_partition_list_t *list = assigned_list(&consumer->assignment);

	rd_kafka_pause_partitions(consumer->client, list);
	rd_kafka_topic_partition_list_destroy(list);
}

void consumer_resume(struct bus_consumer *consumer)
{
	rd_kafka_topic_partition_list_t *list = assigned_list(&consumer->assignment);

	rd_kafka_resume_partitions(consumer->client, list);
	rd_kafka_topic_partition_list_destroy(list);
}

/* An event that is not a message: the end of a partition, or trouble. */
static void take_event(struct bus_consumer *consumer, const rd_kafka_message_t *event)
{
	struct assigned *assigned;
	int64_t place;

	if (event->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		client_note(&consumer->watch, consumer->client, (int)event->err,
			rd_kafka_message_errstr(event));
		return;
	}
	assigned = assignment_find(
		&consumer->assignment, rd_kafka_topic_name(event->rkt), event->partition);
	if (assigned == NULL)
		return;
	place = assigned_reach_end(assigned, event->offset);
	if (place >= 0)
		consumer_store(consumer, assigned, place);
}

/* The next message, or NULL when the time is over. */
static rd_kafka_message_t *next_message(struct bus_consumer *consumer, int64_t until_us)
{
	for (;;) {
		int64_t left_us = until_us - clock_monotonic_us();
		int wait_ms = left_us > 0 ? (int)((left_us + 999) / 1000) : 0;
		rd_kafka_message_t *event = rd_kafka_consumer_poll(consumer->client, wait_ms);

		if (event == NULL || event->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			return event;
		take_event(consumer, event);
		rd_kafka_message_destroy(event);
	}
}

static void append(struct bus_batch *batch, rd_kafka_message_t *message)
{
	batch->messages[batch->count++] = (struct bus_message){
		.topic = rd_kafka_topic_name(message->rkt),
		.partition = message->partition,
		.offset = message->offset,
		.timestamp_ms = rd_kafka_message_timestamp(message, NULL),
		.key = message->key,
		.key_size = message->key_len,
		.value = message->payload,
		.value_size = message->len,
		.handle = message,
	};
}

static void deliver(struct bus_consumer *consumer, const rd_kafka_message_t *message)
{
	struct assigned *assigned = assignment_find(
		&consumer->assignment, rd_kafka_topic_name(message->rkt), message->partition);

	if (assigned)
		assigned_deliver(assigned, message->offset);
}

static void fill(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	size_t bytes = 0;

	while (batch->count < consumer->batch_max && bytes < consumer->batch_bytes_max) {
		rd_kafka_message_t *message =
			next_message(consumer, batch->count > 0 ? 0 : until_us);

		if (message == NULL)
			break;
		deliver(consumer, message);
		bytes += message->key_len + message->len;
		append(batch, message);
	}
}

/* What came while paused is first, and a batch of its own. */
static void unstash(struct bus_consumer *consumer, struct bus_batch *batch)
{
	for (size_t i = 0; i < consumer->stash_count; i++)
		append(batch, consumer->stash[i]);
	consumer->stash_count = 0;
}

/*
 * A member whose session timed out has no id any more, and librdkafka's OffsetCommit that was
 * under way, or that it sends all the same, is answered as if another had taken the instance
 * (its issue 3437 and pull request 5585). Nobody has: it was given nothing since.
 */
static bool fenced_by_itself(const struct bus_consumer *consumer)
{
	return consumer->watch.trouble == FAULT_STATE && consumer->lost;
}

/* A fence lasts, or is ended by the next poll; all else is told once and may mend. */
static int trouble(struct bus_consumer *consumer)
{
	int kind = consumer->watch.trouble;

	if (kind == 0 || fenced_by_itself(consumer))
		return 0;
	if (kind != FAULT_STATE)
		consumer->watch.trouble = 0;
	return fault((enum fault)kind, "consume: %s", consumer->watch.words);
}

int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch)
{
	*batch = (struct bus_batch){.messages = consumer->messages};
	if (fenced_by_itself(consumer)) {
		int r = consumer_rejoin(consumer);

		if (r < 0)
			return r;
	}
	consumer->current = batch;
	if (consumer->paused)
		consumer_resume(consumer);
	consumer->paused = false;
	consumer_place(consumer);
	unstash(consumer, batch);
	if (batch->count == 0)
		fill(consumer, timeout_ms, batch);
	consumer->current = NULL;
	return batch->count > 0 ? 0 : trouble(consumer);
}

int bus_consumer_wait(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	rd_kafka_message_t *message;

	consumer->current = batch;
	if (!consumer->paused)
		consumer_pause(consumer);
	consumer->paused = true;
	consumer_place(consumer);
	while ((message = next_message(consumer, until_us)) != NULL) {
		/* A paused partition gives none; should one slip through, it keeps its turn. */
		assert(consumer->stash_count < consumer->batch_max);
		deliver(consumer, message);
		consumer->stash[consumer->stash_count++] = message;
	}
	consumer->current = NULL;
	return consumer->watch.trouble == FAULT_STATE ? trouble(consumer) : 0;
}

void bus_consumer_release(struct bus_consumer *consumer, struct bus_batch *batch)
{
	(void)consumer;
	consumer_empty_batch(batch);
}
