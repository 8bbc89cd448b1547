/*
 * How a lane's producer is made and given up: its settings, the coordinator, the
 * topics.
 */
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "outcome.h"

#define QUEUE_KBYTES_MAX 8192
/* Messages fail before the transaction does, so that their error is what is told. */
#define MESSAGE_MARGIN_MS 2000

/* clang-format off */
static const struct client_option OPTIONS[] = {
	{"enable.idempotence", "true"},
	{"acks", "all"},
	{"partitioner", "murmur2_random"},
	{"compression.codec", "lz4"},
	{"linger.ms", "0"},
	{"retry.backoff.ms", "20"},
	{"queue.buffering.max.messages", "2000"},
	/*
	 * rd_kafka_send_offsets_to_transaction() asks for the group's coordinator three times,
	 * then waits for any connection to change, for ever if none does (librdkafka issue 5456;
	 * a cluster that makes its offsets topic just now is enough). This makes one change.
	 */
	{"connections.max.idle.ms", "10000"},
	{0},
};
/* clang-format on */

/* Runs while we poll. Errors are counted: nothing else tells of a message lost for good. */
static void note_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	struct lane *lane = opaque;

	(void)client;
	lane->unreported--;
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	if (lane->failed++ == 0)
		lane->failure = (int)message->err;
}

static int configure(struct lane *lane, rd_kafka_conf_t *conf)
{
	const struct bus_transactor_config *config = lane->config;
	int kbytes = config->queue_kbytes_max > 0 ? config->queue_kbytes_max : QUEUE_KBYTES_MAX;
	int r = client_conf_set(conf, "transactional.id", lane->id);

	if (r == 0)
		r = client_conf_set_number(
			conf, "transaction.timeout.ms", config->transaction_timeout_ms);
	if (r == 0)
		r = client_conf_set_number(conf, "message.timeout.ms",
			config->transaction_timeout_ms - MESSAGE_MARGIN_MS);
	/* A request must not outlive the transaction. */
	if (r == 0 && config->transaction_timeout_ms < CLIENT_SOCKET_TIMEOUT_MS)
		r = client_conf_set_number(
			conf, "socket.timeout.ms", config->transaction_timeout_ms);
	if (r == 0)
		r = client_conf_set_number(conf, "message.max.bytes", BUS_MESSAGE_SIZE_MAX);
	if (r == 0)
		r = client_conf_set_number(conf, "queue.buffering.max.kbytes", kbytes);
	rd_kafka_conf_set_dr_msg_cb(conf, note_report);
	return r;
}

void lane_init(struct lane *lane, const struct bus_transactor_config *config, int index)
{
	*lane = (struct lane){.config = config, .state = TXN_NEW};
	snprintf(lane->id, sizeof(lane->id), "%s-%d", config->transactional_id, index);
}

int lane_open(struct lane *lane)
{
	rd_kafka_conf_t *conf;
	int r;

	if (lane->client)
		return 0;
	lane->unreported = 0;
	lane->watch.trouble = 0;
	r = client_conf_create(lane->config->bootstrap, lane->config->client_id, OPTIONS,
		lane->config->options, &lane->watch, &conf);
	if (r < 0)
		return r;
	r = configure(lane, conf);
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	return client_create_producer(conf, &lane->client);
}

static int init_transactions(struct lane *lane, int64_t until_us)
{
	for (;;) {
		rd_kafka_error_t *error =
			rd_kafka_init_transactions(lane->client, lane_left_ms(until_us));
		enum client_error kind;
		int code;

		if (error == NULL)
			return 0;
		kind = client_error_of(error);
		code = (int)rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
		if (kind != CLIENT_RETRY || clock_monotonic_us() >= until_us)
			return client_fault_seen(
				lane->client, &lane->watch, code, "init_transactions");
	}
}

static int check_topics(struct lane *lane, const struct rd_kafka_metadata *metadata)
{
	for (int i = 0; i < metadata->topic_cnt; i++) {
		if (metadata->topics[i].err)
			return fault(FAULT_BUS_CONFIG, "topic %s: %s", metadata->topics[i].topic,
				rd_kafka_err2str(metadata->topics[i].err));
	}
	(void)lane;
	return 0;
}

/*
 * Topics made after init_transactions and kept: otherwise the first message to one
 * waits about a second for its metadata.
 */
static int open_topics(struct lane *lane, int64_t until_us)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error;
	int r;

	for (int i = 0; lane->config->topics[i]; i++) {
		if (i == BUS_TOPICS_MAX)
			return fault(FAULT_USAGE, "more than %d output topics", BUS_TOPICS_MAX);
		lane->topics[i] = rd_kafka_topic_new(lane->client, lane->config->topics[i], NULL);
		if (lane->topics[i] == NULL)
			return fault(FAULT_USAGE, "topic %s: %s", lane->config->topics[i],
				rd_kafka_err2str(rd_kafka_last_error()));
	}
	error = rd_kafka_metadata(lane->client, 0, NULL, &metadata, lane_left_ms(until_us));
	if (error)
		return client_fault_seen(
			lane->client, &lane->watch, (int)error, "metadata of the output topics");
	r = check_topics(lane, metadata);
	rd_kafka_metadata_destroy(metadata);
	return r;
}

int lane_make(struct lane *lane, int64_t until_us)
{
	int r = lane_open(lane);

	if (r == 0)
		r = init_transactions(lane, until_us);
	if (r == 0)
		r = open_topics(lane, until_us);
	if (r == 0)
		lane_move(lane, TXN_MADE);
	else
		lane_close(lane);
	return r;
}

void lane_close(struct lane *lane)
{
	if (lane->client == NULL)
		return;
	rd_kafka_purge(lane->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	for (int i = 0; i < BUS_TOPICS_MAX; i++) {
		if (lane->topics[i])
			rd_kafka_topic_destroy(lane->topics[i]);
		lane->topics[i] = NULL;
	}
	rd_kafka_destroy(lane->client);
	lane->client = NULL;
}
