#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <bus/consumer.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumer_internal.h"

/* clang-format off */
static const struct client_option OPTIONS[] = {
	{"enable.auto.commit", "true"},
	{"auto.commit.interval.ms", "200"},
	{"enable.auto.offset.store", "false"},
	{"auto.offset.reset", "earliest"},
	{"isolation.level", "read_committed"},
	{"enable.partition.eof", "true"},
	{"partition.assignment.strategy", "range"},
	/* A killed member is missed after 6 s instead of 45. */
	{"session.timeout.ms", "6000"},
	{"heartbeat.interval.ms", "2000"},
	{"max.poll.interval.ms", "60000"},
	{"fetch.error.backoff.ms", "100"},
	{"queued.max.messages.kbytes", "8192"},
	{"fetch.queue.backoff.ms", "10", .may_be_unknown = true},
	/* A fetch is small, so that the queue is not far over its bound after it. */
	{"fetch.message.max.bytes", "131072"},
	{"fetch.max.bytes", "2097152"},
	{0},
};
/* clang-format on */

/* To be told the places; asked again at the next poll. */
#define PLACES_MS 1000

static void log_assigned(const struct bus_consumer *consumer)
{
	log_info("partitions assigned", LOG_NUMBER("count", consumer->assignment.count));
}

static void take_partitions(
	struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *partitions)
{
	for (int i = 0; i < partitions->cnt; i++) {
		int r = assignment_add(&consumer->assignment, partitions->elems[i].topic,
			partitions->elems[i].partition);

		if (r < 0)
			log_fault(LOG_ERROR, r, "partition is not consumed");
	}
	consumer->assignments++;
	consumer->waiting_us = 0;
	rd_kafka_assign(consumer->client, partitions);
	if (consumer->paused)
		consumer_pause(consumer);
	log_assigned(consumer);
}

/* Where the group left off, into each; where it never was, by auto.offset.reset. */
static rd_kafka_resp_err_t find_places(
	const struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *partitions)
{
	rd_kafka_resp_err_t error = rd_kafka_committed(consumer->client, partitions, PLACES_MS);

	for (int i = 0; !error && i < partitions->cnt; i++) {
		error = partitions->elems[i].err;
		if (partitions->elems[i].offset < 0)
			partitions->elems[i].offset = consumer->begin;
	}
	return error;
}

static void forget_wanted(struct bus_consumer *consumer)
{
	if (consumer->wanted)
		rd_kafka_topic_partition_list_destroy(consumer->wanted);
	consumer->wanted = NULL;
}

/*
 * librdkafka would ask for the places itself, but only once: a coordinator that has just
 * started and answers "not me" leaves the partitions unread for ever (its issue 5586).
 */
void consumer_place(struct bus_consumer *consumer)
{
	rd_kafka_resp_err_t error;

	if (consumer->wanted == NULL)
		return;
	error = find_places(consumer, consumer->wanted);
	if (error && !consumer->places_fail)
		log_warning("partitions wait: where the group left off is not known yet",
			LOG_TEXT("detail", rd_kafka_err2str(error)));
	consumer->places_fail = error != RD_KAFKA_RESP_ERR_NO_ERROR;
	if (error)
		return;
	take_partitions(consumer, consumer->wanted);
	forget_wanted(consumer);
}

/*
 * The range assignor is eager: each rebalance takes everything away first. What
 * was in hand comes again, from the committed offsets, to whoever gets it;
 * librdkafka commits what was stored before it joins again.
 */
static void give_partitions(struct bus_consumer *consumer)
{
	if (consumer->current)
		consumer_empty_batch(consumer->current);
	consumer_empty_stash(consumer);
	forget_wanted(consumer);
	/* A pause outlives what it was said of: it would come back paused. */
	if (consumer->paused)
		consumer_resume(consumer);
	consumer->lost = rd_kafka_assignment_lost(consumer->client);
	assignment_clear(&consumer->assignment);
	consumer->waiting_us = clock_monotonic_us();
	rd_kafka_assign(consumer->client, NULL);
	log_assigned(consumer);
}

static void rebalance(rd_kafka_t *client, rd_kafka_resp_err_t error,
	rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
	struct bus_consumer *consumer = opaque;

	(void)client;
	if (error != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		give_partitions(consumer);
		return;
	}
	consumer->lost = false;
	consumer->wanted = rd_kafka_topic_partition_list_copy(partitions);
	consumer_place(consumer);
}

static void note_commit(rd_kafka_t *client, rd_kafka_resp_err_t error,
	rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
	struct bus_consumer *consumer = opaque;

	(void)client, (void)offsets;
	if (error == RD_KAFKA_RESP_ERR__NO_OFFSET)
		return;
	/* Tried five times a second: a broker that is away is told once. */
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !consumer->commits_fail)
		log_warning("offsets are not committed, their messages may come again",
			LOG_TEXT("detail", rd_kafka_err2str(error)));
	consumer->commits_fail = error != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int configure(const struct bus_consumer_config *config, struct bus_consumer *consumer,
	rd_kafka_conf_t **ret_conf)
{
	struct client_option options[sizeof(OPTIONS) / sizeof(OPTIONS[0]) + 5];
	char wait_ms[16];
	size_t count = 0;

	/* Without gathering an empty fetch returns soon. */
	snprintf(wait_ms, sizeof(wait_ms), "%d", config->gather_ms > 0 ? config->gather_ms : 250);
	options[count++] = (struct client_option){"fetch.wait.max.ms", wait_ms, false};
	options[count++] = (struct client_option){
		"fetch.min.bytes", config->gather_ms > 0 ? "65536" : "1", false};
	/*
	 * Messages fetched ahead take about 1.7 kB each. A client before 2.2 looks only once
	 * a second whether a full queue has room again, so it must hold a second of work.
	 */
	options[count++] = (struct client_option){
		"queued.min.messages", config->gather_ms > 0 ? "10000" : "20000", false};
	if (config->instance)
		options[count++] =
			(struct client_option){"group.instance.id", config->instance, false};
	options[count++] = (struct client_option){"group.id", config->group, false};
	memcpy(options + count, OPTIONS, sizeof(OPTIONS));
	return client_conf_create(config->bootstrap, config->client_id, options, config->options,
		&consumer->watch, ret_conf);
}

static rd_kafka_topic_partition_list_t *topics_list(const char *const *topics)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);

	for (; *topics; topics++)
		rd_kafka_topic_partition_list_add(list, *topics, RD_KAFKA_PARTITION_UA);
	return list;
}

static int join(struct bus_consumer *consumer)
{
	rd_kafka_conf_t *conf = client_conf_copy(consumer->conf, &consumer->watch);
	int r = client_create_consumer(conf, &consumer->client);
	rd_kafka_resp_err_t error;

	if (r < 0)
		return r;
	error = rd_kafka_subscribe(consumer->client, consumer->topics);
	return error ? client_fault((int)error, "subscribe") : 0;
}

/* Gives back what the client holds; stored offsets are committed first, if they can be. */
static void leave(struct bus_consumer *consumer)
{
	consumer_empty_stash(consumer);
	rd_kafka_consumer_close(consumer->client);
	forget_wanted(consumer);
	rd_kafka_destroy(consumer->client);
	consumer->client = NULL;
}

int consumer_rejoin(struct bus_consumer *consumer)
{
	log_info("a client was fenced after its session had timed out; another joins",
		LOG_TEXT("detail", consumer->watch.words));
	leave(consumer);
	consumer->watch.trouble = 0;
	return join(consumer);
}

/* librdkafka has several names for each. */
static int64_t begin_of(const rd_kafka_conf_t *conf)
{
	char name[32] = "";
	size_t size = sizeof(name);

	(void)rd_kafka_conf_get(conf, "auto.offset.reset", name, &size);
	if (strcmp(name, "latest") == 0 || strcmp(name, "largest") == 0 || strcmp(name, "end") == 0)
		return RD_KAFKA_OFFSET_END;
	return RD_KAFKA_OFFSET_BEGINNING;
}

static int open_client(const struct bus_consumer_config *config, struct bus_consumer *consumer)
{
	int r = configure(config, consumer, &consumer->conf);

	if (r < 0)
		return r;
	consumer->begin = begin_of(consumer->conf);
	rd_kafka_conf_set_rebalance_cb(consumer->conf, rebalance);
	rd_kafka_conf_set_offset_commit_cb(consumer->conf, note_commit);
	consumer->topics = topics_list(config->topics);
	return join(consumer);
}

int bus_consumer_create(
	const struct bus_consumer_config *config, struct bus_consumer **ret_consumer)
{
	struct bus_consumer *consumer = calloc(1, sizeof(*consumer));
	int r;

	assert(config->batch_max > 0 && config->batch_max <= BUS_BATCH_MAX);
	if (consumer) {
		consumer->waiting_us = clock_monotonic_us();
		consumer->batch_max = config->batch_max;
		consumer->batch_bytes_max = config->batch_bytes_max;
		consumer->messages = calloc(config->batch_max, sizeof(*consumer->messages));
		consumer->stash = calloc(config->batch_max, sizeof(*consumer->stash));
	}
	if (consumer == NULL || consumer->messages == NULL || consumer->stash == NULL)
		r = fault(FAULT_SYSTEM, "no memory for a consumer");
	else
		r = open_client(config, consumer);
	if (r < 0)
		bus_consumer_destroy(consumer);
	else
		*ret_consumer = consumer;
	return r;
}

void bus_consumer_destroy(struct bus_consumer *consumer)
{
	if (consumer == NULL)
		return;
	if (consumer->client)
		leave(consumer);
	if (consumer->topics)
		rd_kafka_topic_partition_list_destroy(consumer->topics);
	if (consumer->conf)
		rd_kafka_conf_destroy(consumer->conf);
	assignment_clear(&consumer->assignment);
	free(consumer->stash);
	free(consumer->messages);
	free(consumer);
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
	return atomic_load_explicit(&consumer->watch.alive_us, memory_order_relaxed);
}
