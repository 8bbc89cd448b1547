/*
 * What a consumer says of itself when brokers answer and its group does not, on librdkafka's
 * mock cluster: it can be told what to answer.
 */
#include "consumer_internal.h"

#include <base/clock.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <testkit/testkit.h>

/* https://kafka.apache.org/protocol#protocol_api_keys */
enum api { JOIN_GROUP = 11, HEARTBEAT = 12 };

static const char *const topics[] = {"mock", NULL};
static const char *const options[] = {"test.mock.num.brokers=1",
	"topic.metadata.refresh.interval.ms=50", "heartbeat.interval.ms=50", NULL};
static const struct bus_consumer_config config = {.bootstrap = "127.0.0.1:1",
	.group = "group",
	.client_id = "test",
	.topics = topics,
	.options = options,
	.batch_max = 1,
	.batch_bytes_max = 1};

static void poll_once(struct bus_consumer *consumer)
{
	struct bus_batch batch;

	expect_ok(bus_consumer_poll(consumer, 100, &batch));
	bus_consumer_release(consumer, &batch);
}

static void refuse_to_let_in(rd_kafka_mock_cluster_t *cluster)
{
	for (int i = 0; i < 500; i++)
		rd_kafka_mock_push_request_errors(
			cluster, JOIN_GROUP, 1, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
}

static void await_share(struct bus_consumer *consumer, int64_t waiting_since_us)
{
	while (bus_consumer_assigned(consumer) == 0) {
		expect(bus_consumer_waiting_us(consumer) >= waiting_since_us);
		poll_once(consumer);
	}
	expect_int(bus_consumer_waiting_us(consumer), 0);
}

TEST(waits_for_its_share_while_the_group_takes_nobody_in)
{
	int64_t made_us = clock_monotonic_us(), driven_out_us;
	rd_kafka_mock_cluster_t *cluster;
	struct bus_consumer *consumer;

	expect_ok(bus_consumer_create(&config, &consumer));
	cluster = rd_kafka_handle_mock_cluster(consumer->client);
	refuse_to_let_in(cluster);
	expect_int(rd_kafka_mock_topic_create(cluster, "mock", 1, 1), 0);
	while (bus_consumer_alive_us(consumer) < made_us + US_PER_S / 2)
		poll_once(consumer);
	expect(bus_consumer_waiting_us(consumer) >= made_us);
	rd_kafka_mock_clear_request_errors(cluster, JOIN_GROUP);
	await_share(consumer, made_us);

	refuse_to_let_in(cluster);
	driven_out_us = clock_monotonic_us();
	rd_kafka_mock_push_request_errors(
		cluster, HEARTBEAT, 1, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
	while (bus_consumer_assigned(consumer) > 0)
		poll_once(consumer);
	expect(bus_consumer_waiting_us(consumer) >= driven_out_us);
	rd_kafka_mock_clear_request_errors(cluster, JOIN_GROUP);
	await_share(consumer, driven_out_us);
	bus_consumer_destroy(consumer);
}

/* The mock's group takes five seconds to let somebody in. */
TESTS("consumer",
	{"waits_for_its_share_while_the_group_takes_nobody_in",
		waits_for_its_share_while_the_group_takes_nobody_in, 40})
