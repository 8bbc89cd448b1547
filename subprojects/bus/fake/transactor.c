#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_consumer.h"
#include "record.h"

/* Messages whose offsets are in the open transaction. */
#define PROMISES_MAX (4 * BUS_BATCH_MAX)

struct lane {
	struct fake_producer *producer;
	int epoch;
	bool worn; /* after an abort: to be made anew before its next begin */
};

struct bus_transactor {
	struct bus_transactor_config config;
	struct lane lanes[BUS_LANES_MAX];
	int turn;
	bool open, fenced;
	struct bus_consumer *consumer;
	struct bus_message promises[PROMISES_MAX];
	size_t promise_count;
};

static int check_topics(const struct bus_transactor_config *config)
{
	for (int i = 0; config->topics[i]; i++) {
		if (i == BUS_TOPICS_MAX)
			return fault(FAULT_USAGE, "more than %d output topics", BUS_TOPICS_MAX);
		if (cluster_topic(config->topics[i]) == NULL)
			return fault(FAULT_BUS_CONFIG, "topic %s: unknown", config->topics[i]);
	}
	return 0;
}

static void take_id(struct bus_transactor *transactor, int at)
{
	struct lane *lane = &transactor->lanes[at];
	char id[FAKE_TEXT_SIZE];

	snprintf(id, sizeof(id), "%s-%d", transactor->config.transactional_id, at);
	lane->producer = cluster_producer(id);
	producer_fence(lane->producer);
	lane->epoch = lane->producer->epoch;
	lane->worn = false;
}

int bus_transactor_create(const struct bus_transactor_config *config, int timeout_ms,
	struct bus_transactor **ret_transactor)
{
	struct bus_transactor *transactor = calloc(1, sizeof(*transactor));
	int r;

	(void)timeout_ms;
	assert(transactor && config->lanes >= 1 && config->lanes <= BUS_LANES_MAX);
	transactor->config = *config;
	cluster_lock();
	r = fake_step(FAKE_CREATE);
	if (r == 0)
		r = check_topics(config);
	for (int i = 0; i < config->lanes && r == 0; i++)
		take_id(transactor, i);
	cluster_unlock();
	if (r < 0)
		free(transactor);
	else
		*ret_transactor = transactor;
	return r;
}

void bus_transactor_destroy(struct bus_transactor *transactor)
{
	if (transactor == NULL)
		return;
	bus_txn_abort(transactor);
	free(transactor);
}

static struct lane *current(struct bus_transactor *transactor)
{
	return &transactor->lanes[transactor->turn];
}

static void close_transaction(struct bus_transactor *transactor)
{
	transactor->open = false;
	transactor->consumer = NULL;
	transactor->promise_count = 0;
}

static int refuse_fenced(struct bus_transactor *transactor)
{
	transactor->fenced = true;
	close_transaction(transactor);
	return fault(FAULT_STATE, "fenced: another process holds the transactional id %s",
		transactor->config.transactional_id);
}

/* Is the transaction still ours? As a coordinator would find out at the next request. */
static int check_owner(struct bus_transactor *transactor)
{
	struct lane *lane = current(transactor);

	if (lane->epoch != lane->producer->epoch)
		return refuse_fenced(transactor);
	if (lane->producer->expired) {
		take_id(transactor, transactor->turn);
		close_transaction(transactor);
		return BUS_RECREATED;
	}
	return 0;
}

/* What was injected, with what it means for the open transaction. */
static int answer(struct bus_transactor *transactor, int result, bool commit)
{
	struct lane *lane = current(transactor);

	if (result == FAULT_STATE) {
		producer_fence(lane->producer);
		return refuse_fenced(transactor);
	}
	if (result > 0) {
		producer_end(lane->producer, commit);
		if (result == BUS_RECREATED)
			take_id(transactor, transactor->turn);
		else
			lane->worn = true;
		close_transaction(transactor);
	}
	return result;
}

/* Before a step of the open transaction: whose it is, then what a test wants. */
static int before(struct bus_transactor *transactor, enum fake_step step)
{
	int r = check_owner(transactor);

	return r != 0 ? r : answer(transactor, fake_step(step), false);
}

static int begin(struct bus_transactor *transactor)
{
	int turn = (transactor->turn + 1) % transactor->config.lanes;

	if (transactor->lanes[turn].worn) {
		take_id(transactor, turn);
		return BUS_RECREATED;
	}
	transactor->turn = turn;
	transactor->open = true;
	/* Expired while idle: there was nothing to lose. */
	transactor->lanes[turn].producer->expired = false;
	return 0;
}

int bus_txn_begin(struct bus_transactor *transactor)
{
	int r;

	assert(!transactor->open);
	cluster_lock();
	r = transactor->fenced ? refuse_fenced(transactor) : fake_step(FAKE_BEGIN);
	if (r == FAULT_STATE)
		transactor->fenced = true;
	if (r == 0)
		r = begin(transactor);
	cluster_unlock();
	return r;
}

static int append(struct bus_transactor *transactor, const struct bus_record *record)
{
	struct fake_topic *topic = cluster_topic(transactor->config.topics[record->topic]);
	int32_t partition = record->partition;

	if (record_size(record) > BUS_MESSAGE_SIZE_MAX)
		return fault(FAULT_LIMIT, "produce to %s: the message is too large", topic->name);
	if (partition < 0)
		partition = bus_partition_of(record->key, record->key_size, topic->partitions);
	if (partition >= topic->partitions)
		return fault(FAULT_BUS_CONFIG, "produce to %s: unknown partition", topic->name);
	log_append_record(
		&topic->logs[partition], record, ENTRY_OPEN, current(transactor)->producer);
	current(transactor)->producer->open = true;
	return 0;
}

int bus_txn_produce(struct bus_transactor *transactor, const struct bus_record *record)
{
	int r;

	assert(transactor->open);
	cluster_lock();
	r = before(transactor, FAKE_PRODUCE);
	if (r == 0)
		r = append(transactor, record);
	cluster_unlock();
	return r;
}

static void send_offset(
	struct bus_transactor *transactor, const char *group, const struct bus_position *position)
{
	struct group_offset *offset =
		group_offset(cluster_group(group), position->topic, position->partition);

	offset->pending = current(transactor)->producer;
	offset->pending_offset = position->offset;
	snprintf(offset->pending_metadata, sizeof(offset->pending_metadata), "%s",
		position->metadata ? position->metadata : "");
	current(transactor)->producer->open = true;
}

int bus_txn_positions(struct bus_transactor *transactor, const char *group,
	const struct bus_position *positions, size_t count)
{
	int r;

	assert(transactor->open);
	cluster_lock();
	r = before(transactor, FAKE_POSITIONS);
	for (size_t i = 0; i < count && r == 0; i++)
		send_offset(transactor, group, &positions[i]);
	cluster_unlock();
	return r;
}

static int promise(struct bus_transactor *transactor, struct bus_consumer *consumer,
	const struct bus_message *message)
{
	const struct bus_position position = {
		message->topic, message->partition, message->offset + 1, NULL};

	/* Lost in a rebalance: the group's new owner is the one to commit it. */
	if (!fake_consumer_holds(consumer, message))
		return answer(transactor, BUS_ABORTED, false);
	assert(transactor->promise_count < PROMISES_MAX);
	transactor->promises[transactor->promise_count++] = *message;
	transactor->consumer = consumer;
	send_offset(transactor, consumer->group->name, &position);
	return 0;
}

int bus_txn_offsets(struct bus_transactor *transactor, struct bus_consumer *consumer,
	const struct bus_batch *batch)
{
	int r;

	assert(transactor->open);
	assert(transactor->consumer == NULL || transactor->consumer == consumer);
	cluster_lock();
	r = before(transactor, FAKE_OFFSETS);
	for (size_t i = 0; i < batch->count && r == 0; i++)
		r = promise(transactor, consumer, &batch->messages[i]);
	cluster_unlock();
	return r;
}

static int commit(struct bus_transactor *transactor)
{
	int r = fake_step(FAKE_COMMITTED);

	if (r > 0)
		return answer(transactor, r, true);
	producer_end(current(transactor)->producer, true);
	for (size_t i = 0; i < transactor->promise_count; i++)
		fake_consumer_committed(transactor->consumer, &transactor->promises[i]);
	close_transaction(transactor);
	return r;
}

int bus_txn_commit(struct bus_transactor *transactor)
{
	int r;

	assert(transactor->open);
	cluster_lock();
	r = before(transactor, FAKE_COMMIT);
	if (r == 0)
		r = commit(transactor);
	cluster_unlock();
	return r;
}

int bus_txn_abort(struct bus_transactor *transactor)
{
	int r = 0;

	cluster_lock();
	if (transactor->open)
		r = before(transactor, FAKE_ABORT);
	if (transactor->open && r == 0) {
		current(transactor)->worn = current(transactor)->producer->open;
		producer_end(current(transactor)->producer, false);
		close_transaction(transactor);
	}
	cluster_unlock();
	return r == BUS_ABORTED ? 0 : r;
}

int bus_transactor_poll(struct bus_transactor *transactor, int timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;

	(void)transactor;
	cluster_lock();
	while (cluster_wait(until_us))
		;
	cluster_unlock();
	return 0;
}

int bus_position_read(const struct bus_transactor_config *config, const char *group,
	const char *topic, int32_t partition, int timeout_ms, int64_t *ret_offset,
	char *ret_metadata, size_t metadata_size)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	const struct group_offset *offset;
	int r;

	(void)config;
	cluster_lock();
	r = fake_step(FAKE_READ);
	offset = group_offset(cluster_group(group), topic, partition);
	while (r == 0 && offset->pending && cluster_wait(until_us))
		;
	if (r == 0 && offset->pending)
		r = fault(FAULT_BUS, "read the committed position: a transaction is pending");
	if (r == 0) {
		*ret_offset = offset->offset;
		if (metadata_size > 0)
			snprintf(ret_metadata, metadata_size, "%s", offset->metadata);
	}
	cluster_unlock();
	return r;
}

int bus_positions_read(const struct bus_transactor_config *config, const char *group,
	int timeout_ms, struct bus_position *positions, size_t count)
{
	int64_t offsets[256];
	int r = 0;

	assert(count <= sizeof(offsets) / sizeof(offsets[0]));
	for (size_t i = 0; r == 0 && i < count; i++)
		r = bus_position_read(config, group, positions[i].topic, positions[i].partition,
			timeout_ms, &offsets[i], NULL, 0);
	for (size_t i = 0; r == 0 && i < count; i++)
		positions[i].offset = offsets[i];
	return r;
}
