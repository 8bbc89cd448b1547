#include "log_end.h"

#include "world.h"

#include <base/clock.h>
#include <librdkafka/rdkafka.h>

#define TIMEOUT_US (20 * US_PER_S)

static rd_kafka_t *open_client(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[200];
	rd_kafka_t *client;

	expect_int(rd_kafka_conf_set(
			   conf, "bootstrap.servers", world_bootstrap(), words, sizeof(words)),
		RD_KAFKA_CONF_OK);
	expect_int(rd_kafka_conf_set(
			   conf, "isolation.level", "read_uncommitted", words, sizeof(words)),
		RD_KAFKA_CONF_OK);
	client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, words, sizeof(words));
	expect(client != NULL);
	return client;
}

void log_end_await(const char *topic, int32_t partition, int64_t offset)
{
	int64_t until_us = clock_monotonic_us() + TIMEOUT_US;
	rd_kafka_t *client = open_client();
	int64_t low, high = -1;

	while (high != offset && clock_monotonic_us() < until_us)
		(void)rd_kafka_query_watermark_offsets(client, topic, partition, &low, &high, 5000);
	rd_kafka_destroy(client);
	expect_int(high, offset);
}
