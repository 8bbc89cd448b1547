#include <base/fault.h>
#include <librdkafka/rdkafka.h>

#include "consumer_internal.h"

#define COMMITTED_TIMEOUT_MS 5000

void consumer_store(struct bus_consumer *consumer, const struct assigned *assigned, int64_t place)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, assigned->topic, assigned->partition)->offset =
		place;
	/* Refused only when the partition is no longer ours: then it is another's to store. */
	rd_kafka_offsets_store(consumer->client, list);
	rd_kafka_topic_partition_list_destroy(list);
}

/* The entry of the message's partition; messages come in runs, so the last one mostly. */
static rd_kafka_topic_partition_t *entry_of(
	rd_kafka_topic_partition_list_t *list, const struct bus_message *message)
{
	rd_kafka_topic_partition_t *entry =
		rd_kafka_topic_partition_list_find(list, message->topic, message->partition);

	if (entry)
		return entry;
	entry = rd_kafka_topic_partition_list_add(list, message->topic, message->partition);
	entry->offset = -1;
	return entry;
}

rd_kafka_topic_partition_list_t *consumer_offsets(const struct bus_batch *batch)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_message *message = &batch->messages[i];
		rd_kafka_topic_partition_t *entry = entry_of(list, message);

		if (entry->offset <= message->offset)
			entry->offset = message->offset + 1;
	}
	return list;
}

int bus_consumer_store(struct bus_consumer *consumer, const struct bus_batch *batch)
{
	rd_kafka_topic_partition_list_t *list = consumer_offsets(batch);

	for (int i = 0; i < list->cnt; i++) {
		struct assigned *assigned = assignment_find(
			&consumer->assignment, list->elems[i].topic, list->elems[i].partition);

		if (assigned)
			consumer_store(consumer, assigned,
				assigned_finish(assigned, list->elems[i].offset));
	}
	rd_kafka_topic_partition_list_destroy(list);
	return 0;
}

void consumer_committed(
	struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *offsets)
{
	for (int i = 0; i < offsets->cnt; i++) {
		struct assigned *assigned = assignment_find(&consumer->assignment,
			offsets->elems[i].topic, offsets->elems[i].partition);
		int64_t place;

		/* No offset at all is negative here. */
		if (assigned == NULL || offsets->elems[i].offset < 0)
			continue;
		place = assigned_finish(assigned, offsets->elems[i].offset);
		/* The transaction brought the offset; only the end behind it is left to store. */
		if (place > offsets->elems[i].offset)
			consumer_store(consumer, assigned, place);
	}
}

static bool is_committed(
	const rd_kafka_topic_partition_list_t *committed, const struct bus_message *message)
{
	const rd_kafka_topic_partition_t *entry =
		rd_kafka_topic_partition_list_find(committed, message->topic, message->partition);

	return entry && entry->offset > message->offset;
}

static void drop(const rd_kafka_topic_partition_list_t *committed, struct bus_batch *batch)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->count; i++) {
		if (is_committed(committed, &batch->messages[i]))
			rd_kafka_message_destroy(batch->messages[i].handle);
		else
			batch->messages[kept++] = batch->messages[i];
	}
	batch->count = kept;
}

/* Both the call and each partition may have failed. */
static int read_committed(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_resp_err_t error =
		rd_kafka_committed(consumer->client, list, COMMITTED_TIMEOUT_MS);

	for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
		error = list->elems[i].err;
	return error ? client_fault((int)error, "read the committed offsets") : 0;
}

int bus_consumer_drop_committed(struct bus_consumer *consumer, struct bus_batch *batch)
{
	rd_kafka_topic_partition_list_t *list = consumer_offsets(batch);
	int r = read_committed(consumer, list);

	if (r == 0) {
		consumer_committed(consumer, list);
		drop(list, batch);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return r;
}

int bus_consumer_commit(struct bus_consumer *consumer)
{
	rd_kafka_resp_err_t error = rd_kafka_commit(consumer->client, NULL, 0);

	/* Nothing stored that is not committed. */
	if (error == RD_KAFKA_RESP_ERR__NO_OFFSET || error == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return client_fault((int)error, "commit the stored offsets");
}
