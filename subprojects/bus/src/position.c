#include <base/clock.h>
#include <base/fault.h>
#include <bus/transactor.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

#define RETRY_PAUSE_MS 20

/* clang-format off */
static const struct client_option OPTIONS[] = {
	{"enable.auto.commit", "false"},
	/* read_committed is also what makes the broker refuse while a transaction is pending. */
	{"isolation.level", "read_committed"},
	{0},
};
/* clang-format on */

static int open_reader(const struct bus_transactor_config *config, const char *group,
	struct client_watch *watch, rd_kafka_t **ret_client)
{
	rd_kafka_conf_t *conf;
	int r = client_conf_create(
		config->bootstrap, config->client_id, OPTIONS, config->options, watch, &conf);

	if (r < 0)
		return r;
	r = client_conf_set(conf, "group.id", group);
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	return client_create_consumer(conf, ret_client);
}

/* An offset that belongs to an open transaction shows as a time-out: ask again until it is stable.
 */
static int read_stable(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int64_t until_us)
{
	for (;;) {
		int64_t left_us = until_us - clock_monotonic_us();
		rd_kafka_resp_err_t error = rd_kafka_committed(
			client, list, left_us > US_PER_MS ? (int)(left_us / US_PER_MS) : 1);

		for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
			error = list->elems[i].err;
		if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
			return 0;
		if (client_fault_kind((int)error) != FAULT_BUS || clock_monotonic_us() >= until_us)
			return client_fault((int)error, "read the committed position");
		rd_kafka_poll(client, RETRY_PAUSE_MS);
	}
}

static int64_t position_of(
	const rd_kafka_topic_partition_t *entry, char *metadata, size_t metadata_size)
{
	if (metadata_size > 0)
		snprintf(metadata, metadata_size, "%.*s", (int)entry->metadata_size,
			entry->metadata ? (const char *)entry->metadata : "");
	return entry->offset < 0 ? -1 : entry->offset;
}

static int read_list(const struct bus_transactor_config *config, const char *group,
	rd_kafka_topic_partition_list_t *list, int timeout_ms)
{
	struct client_watch watch = {0};
	rd_kafka_t *client;
	int r = open_reader(config, group, &watch, &client);

	if (r < 0)
		return r;
	r = read_stable(client, list, clock_monotonic_us() + timeout_ms * US_PER_MS);
	rd_kafka_destroy(client);
	return r;
}

int bus_position_read(const struct bus_transactor_config *config, const char *group,
	const char *topic, int32_t partition, int timeout_ms, int64_t *ret_offset,
	char *ret_metadata, size_t metadata_size)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int r;

	rd_kafka_topic_partition_list_add(list, topic, partition);
	r = read_list(config, group, list, timeout_ms);
	if (r == 0)
		*ret_offset = position_of(&list->elems[0], ret_metadata, metadata_size);
	rd_kafka_topic_partition_list_destroy(list);
	return r;
}

int bus_positions_read(const struct bus_transactor_config *config, const char *group,
	int timeout_ms, struct bus_position *positions, size_t count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
	int r;

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition);
	r = read_list(config, group, list, timeout_ms);
	for (size_t i = 0; r == 0 && i < count; i++)
		positions[i].offset = position_of(&list->elems[i], NULL, 0);
	rd_kafka_topic_partition_list_destroy(list);
	return r;
}
