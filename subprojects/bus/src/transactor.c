#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <bus/transactor.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "consumer_internal.h"
#include "lane.h"

struct bus_transactor {
	struct bus_transactor_config config;
	struct lane lanes[BUS_LANES_MAX];
	struct lane *lane; /* whose turn it is, or was last */
	/* Offsets in the open transaction, to be told to their consumer after the commit. */
	struct bus_consumer *consumer;
	rd_kafka_topic_partition_list_t *offsets;
};

static void forget_offsets(struct bus_transactor *transactor)
{
	if (transactor->offsets)
		rd_kafka_topic_partition_list_destroy(transactor->offsets);
	transactor->offsets = NULL;
	transactor->consumer = NULL;
}

/* An outcome or a fault that ends the transaction ends its promise too. */
static int conclude(struct bus_transactor *transactor, int result)
{
	if (transactor->lane->state != TXN_OPEN)
		forget_offsets(transactor);
	return result;
}

/* All lanes are fenced before the first is used: else an older owner could go on in one. */
static int make_lanes(struct bus_transactor *transactor, int timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	int r = 0;

	for (int i = 0; i < transactor->config.lanes && r == 0; i++)
		r = lane_open(&transactor->lanes[i]);
	for (int i = 0; i < transactor->config.lanes && r == 0; i++)
		r = lane_make(&transactor->lanes[i], until_us);
	return r;
}

int bus_transactor_create(const struct bus_transactor_config *config, int timeout_ms,
	struct bus_transactor **ret_transactor)
{
	struct bus_transactor *transactor = calloc(1, sizeof(*transactor));
	int r;

	assert(config->lanes >= 1 && config->lanes <= BUS_LANES_MAX);
	if (transactor == NULL)
		return fault(FAULT_SYSTEM, "no memory for a transactor");
	transactor->config = *config;
	for (int i = 0; i < BUS_LANES_MAX; i++)
		lane_init(&transactor->lanes[i], &transactor->config, i);
	/* So that the first begin takes the first lane. */
	transactor->lane = &transactor->lanes[config->lanes - 1];
	r = make_lanes(transactor, timeout_ms);
	if (r < 0)
		bus_transactor_destroy(transactor);
	else
		*ret_transactor = transactor;
	return r;
}

void bus_transactor_destroy(struct bus_transactor *transactor)
{
	if (transactor == NULL)
		return;
	if (transactor->lane->state == TXN_OPEN)
		(void)lane_abort(transactor->lane);
	forget_offsets(transactor);
	for (int i = 0; i < BUS_LANES_MAX; i++)
		lane_close(&transactor->lanes[i]);
	free(transactor);
}

static int refuse_fenced(const struct bus_transactor *transactor)
{
	for (int i = 0; i < transactor->config.lanes; i++) {
		if (transactor->lanes[i].state == TXN_FENCED)
			return fault(FAULT_STATE,
				"fenced: another process holds the transactional id %s",
				transactor->config.transactional_id);
	}
	return 0;
}

int bus_txn_begin(struct bus_transactor *transactor)
{
	int64_t until_us =
		clock_monotonic_us() + transactor->config.transaction_timeout_ms * US_PER_MS;
	ptrdiff_t turn = transactor->lane - transactor->lanes + 1;
	struct lane *lane = &transactor->lanes[turn % transactor->config.lanes];
	int r = refuse_fenced(transactor);

	assert(transactor->lane->state != TXN_OPEN);
	if (r == 0 && lane->state != TXN_READY) {
		r = lane_make(lane, until_us);
		/*
		 * To make a producer is to fence whoever holds the id, and that may be a
		 * successor who fenced us while we had none. What we knew is old now.
		 */
		return r == 0 ? BUS_RECREATED : r;
	}
	if (r == 0)
		r = lane_begin(lane);
	if (r == 0)
		transactor->lane = lane;
	return r;
}

int bus_txn_produce(struct bus_transactor *transactor, const struct bus_record *record)
{
	return conclude(transactor, lane_produce(transactor->lane, record));
}

static void add_position(rd_kafka_topic_partition_list_t *list, const struct bus_position *position)
{
	rd_kafka_topic_partition_t *entry =
		rd_kafka_topic_partition_list_add(list, position->topic, position->partition);

	entry->offset = position->offset;
	if (position->metadata) {
		/* Freed with the list. */
		entry->metadata = strdup(position->metadata);
		entry->metadata_size = entry->metadata ? strlen(position->metadata) : 0;
	}
}

int bus_txn_positions(struct bus_transactor *transactor, const char *group,
	const struct bus_position *positions, size_t count)
{
	rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata_new(group);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
	int r;

	for (size_t i = 0; i < count; i++)
		add_position(list, &positions[i]);
	r = lane_send_offsets(transactor->lane, list, member);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(member);
	return conclude(transactor, r);
}

static void promise_offsets(struct bus_transactor *transactor, struct bus_consumer *consumer,
	const rd_kafka_topic_partition_list_t *list)
{
	assert(transactor->consumer == NULL || transactor->consumer == consumer);
	transactor->consumer = consumer;
	if (transactor->offsets == NULL)
		transactor->offsets = rd_kafka_topic_partition_list_new(list->cnt);
	for (int i = 0; i < list->cnt; i++)
		rd_kafka_topic_partition_list_add(
			transactor->offsets, list->elems[i].topic, list->elems[i].partition)
			->offset = list->elems[i].offset;
}

int bus_txn_offsets(struct bus_transactor *transactor, struct bus_consumer *consumer,
	const struct bus_batch *batch)
{
	rd_kafka_consumer_group_metadata_t *member =
		rd_kafka_consumer_group_metadata(consumer->client);
	rd_kafka_topic_partition_list_t *list = consumer_offsets(batch);
	int r = 0;

	if (list->cnt > 0) {
		r = lane_send_offsets(transactor->lane, list, member);
		if (r == 0)
			promise_offsets(transactor, consumer, list);
	}
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(member);
	return conclude(transactor, r);
}

int bus_txn_commit(struct bus_transactor *transactor)
{
	int r = lane_commit(transactor->lane);

	if (r == 0 && transactor->offsets)
		consumer_committed(transactor->consumer, transactor->offsets);
	return conclude(transactor, r);
}

int bus_txn_abort(struct bus_transactor *transactor)
{
	/* What failed earlier is closed already. */
	if (transactor->lane->state != TXN_OPEN)
		return 0;
	return conclude(transactor, lane_abort(transactor->lane));
}

int bus_transactor_poll(struct bus_transactor *transactor, int timeout_ms)
{
	int r = 0;

	for (int i = 0; i < transactor->config.lanes && r == 0; i++)
		r = lane_poll(&transactor->lanes[i], i == 0 ? timeout_ms : 0);
	return r;
}
