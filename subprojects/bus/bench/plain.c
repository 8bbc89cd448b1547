#include <base/clock.h>
#include <base/fault.h>
#include <base/uuid.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

static int raise(rd_kafka_error_t *error, const char *what)
{
	int r = 0;

	if (error)
		r = fault(FAULT_BUS, "%s: %s", what, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return r;
}

static int open_producer(const struct bench *bench, rd_kafka_t **ret_client)
{
	char words[256];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const char *const settings[][2] = {{"bootstrap.servers", bench->bootstrap},
		{"transactional.id", bench->topic}, {"compression.codec", "lz4"},
		{"queue.buffering.max.messages", "1000000"}};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], words, sizeof(words)))
			return fault(FAULT_USAGE, "%s", words);
	}
	*ret_client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
	if (*ret_client == NULL)
		return fault(FAULT_USAGE, "%s", words);
	return raise(rd_kafka_init_transactions(*ret_client, 30000), "init_transactions");
}

static int produce(rd_kafka_t *client, const struct bench *bench, int64_t number)
{
	char event[4096], key[UUID_TEXT_SIZE];
	struct uuid id = uuid_make(clock_now_us());

	uuid_format(&id, key);
	bench_fill(event, (size_t)bench->event_bytes, number);
	return rd_kafka_producev(client, RD_KAFKA_V_TOPIC(bench->topic),
		       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, 36),
		       RD_KAFKA_V_VALUE(event, (size_t)bench->event_bytes),
		       RD_KAFKA_V_HEADER("id", key, 36),
		       RD_KAFKA_V_HEADER("type", "OrderCreated", 12),
		       RD_KAFKA_V_HEADER("traceparent", BENCH_TRACE, 55),
		       RD_KAFKA_V_HEADER("sequence", "1", 1), RD_KAFKA_V_END)
		? fault(FAULT_BUS, "produce failed")
		: 0;
}

static int transaction(rd_kafka_t *client, const struct bench *bench, int64_t number)
{
	rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("bench");
	rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
	int r = raise(rd_kafka_begin_transaction(client), "begin");

	rd_kafka_topic_partition_list_add(offsets, bench->topic, 0)->offset = number;
	for (int64_t i = 0; i < bench->events && r == 0; i++)
		r = produce(client, bench, i);
	if (r == 0)
		r = raise(rd_kafka_send_offsets_to_transaction(client, offsets, group, -1),
			"send_offsets");
	if (r == 0)
		r = raise(rd_kafka_commit_transaction(client, -1), "commit");
	rd_kafka_topic_partition_list_destroy(offsets);
	rd_kafka_consumer_group_metadata_destroy(group);
	return r;
}

int bench_plain(const struct bench *bench, struct cost *ret_cost)
{
	rd_kafka_t *client;
	int r = open_producer(bench, &client);

	if (r == 0)
		r = transaction(client, bench, 0);
	cost_begin(ret_cost);
	for (int64_t i = 0; i < bench->transactions && r == 0; i++)
		r = transaction(client, bench, i);
	cost_end(ret_cost);
	rd_kafka_destroy(client);
	return r;
}
