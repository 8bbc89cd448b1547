/*
 * What a lane makes of each kind of error, on librdkafka's mock cluster: it can be told
 * what to answer. (It knows no transactions: what is visible is for the live tests.)
 */
#include "lane.h"

#include <base/clock.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <string.h>
#include <testkit/testkit.h>

/* https://kafka.apache.org/protocol#protocol_api_keys */
enum api {
	PRODUCE = 0,
	FIND_COORDINATOR = 10,
	ADD_PARTITIONS = 24,
	END_TXN = 26,
	OFFSET_COMMIT = 28
};

static const char *const topics[] = {"mock", NULL};
static const char *options[] = {"test.mock.num.brokers=1", NULL};
static const struct bus_transactor_config config = {.bootstrap = "127.0.0.1:1",
	.transactional_id = "mock",
	.client_id = "test",
	.topics = topics,
	.options = options,
	.lanes = 1,
	.transaction_timeout_ms = 4000};
static struct lane lane;

static rd_kafka_mock_cluster_t *open_lane(void)
{
	rd_kafka_mock_cluster_t *cluster;

	lane_init(&lane, &config, 0);
	expect_ok(lane_open(&lane));
	cluster = rd_kafka_handle_mock_cluster(lane.client);
	expect_int(rd_kafka_mock_topic_create(cluster, "mock", 1, 1), 0);
	expect_ok(lane_make(&lane, clock_monotonic_us() + 10 * US_PER_S));
	expect_int(lane.state, TXN_READY);
	return cluster;
}

static int produce(void)
{
	const struct bus_record record = {
		.partition = 0, .key = "k", .key_size = 1, .value = "v", .value_size = 1};

	return lane_produce(&lane, &record);
}

static int send_offsets(void)
{
	rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("group");
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int r;

	rd_kafka_topic_partition_list_add(list, "mock", 0)->offset = 1;
	r = lane_send_offsets(&lane, list, group);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(group);
	return r;
}

static int transaction(void)
{
	int r = lane_begin(&lane);

	if (r == 0)
		r = produce();
	if (r == 0)
		r = send_offsets();
	return r == 0 ? lane_commit(&lane) : r;
}

/* The next @count requests of @api are answered with @code. */
static void inject(rd_kafka_mock_cluster_t *cluster, enum api api, int code, int count)
{
	rd_kafka_resp_err_t errors[8];

	expect(count <= 8);
	for (int i = 0; i < count; i++)
		errors[i] = (rd_kafka_resp_err_t)code;
	rd_kafka_mock_push_request_errors_array(cluster, (int16_t)api, (size_t)count, errors);
}

TEST(goes_round_when_all_is_well)
{
	open_lane();
	for (int i = 0; i < 3; i++)
		expect_ok(transaction());
	expect_int(lane.state, TXN_READY);
	expect_ok(lane_begin(&lane));
	expect_ok(lane_abort(&lane));
	expect_int(lane.state, TXN_READY);
	expect_ok(lane_begin(&lane));
	expect_ok(produce());
	expect_ok(lane_abort(&lane));
	expect_int(lane.state, TXN_ABORTED);
	expect(lane.client == NULL);
	lane_close(&lane);
}

TEST(stops_when_a_newer_owner_has_the_id)
{
	static const int codes[] = {
		RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH};

	for (size_t i = 0; i < 2; i++) {
		inject(open_lane(), END_TXN, codes[i], 1);
		expect_fault(transaction(), FAULT_STATE);
		expect_int(lane.state, TXN_FENCED);
		expect(lane.client == NULL);
	}
}

TEST(aborts_when_the_group_has_gone_on_without_us)
{
	inject(open_lane(), OFFSET_COMMIT, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, 1);
	expect_int(transaction(), BUS_ABORTED);
	expect_int(lane.state, TXN_ABORTED);
}

TEST(tells_a_person_what_would_fail_again)
{
	inject(open_lane(), ADD_PARTITIONS, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1);
	expect_fault(transaction(), FAULT_BUS_CONFIG);
	expect_int(lane.state, TXN_ABORTED);

	inject(open_lane(), PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1);
	expect_fault(transaction(), FAULT_LIMIT);
	expect_int(lane.state, TXN_ABORTED);
}

TEST(retries_what_passes)
{
	rd_kafka_mock_cluster_t *cluster = open_lane();

	inject(cluster, END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 3);
	inject(cluster, PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 1);
	expect_ok(transaction());
	lane_close(&lane);
}

TEST(makes_a_new_producer_when_the_coordinator_forgot_the_old)
{
	rd_kafka_mock_cluster_t *cluster = open_lane();

	inject(cluster, END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1);
	expect_int(transaction(), BUS_RECREATED);
	lane_close(&lane);
}

/*
 * librdkafka asks for a group's coordinator three times and then waits for ever, whatever
 * time-out it was given (its issue 5456): a cluster that makes its offsets topic just now
 * is enough. Idle connections are closed after a while, and that sets it going again.
 */
TEST(does_not_wait_for_ever_for_a_groups_coordinator)
{
	int64_t began_us = clock_monotonic_us();

	rd_kafka_mock_cluster_t *cluster = open_lane();

	/* Until every connection is settled: each that changes would set it going. */
	while (clock_monotonic_us() - began_us < 3 * US_PER_S) {
		expect_ok(lane_begin(&lane));
		expect_ok(produce());
		expect_ok(lane_commit(&lane));
	}
	inject(cluster, FIND_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, 6);
	(void)transaction();
	expect(clock_monotonic_us() - began_us < 30 * US_PER_S);
	lane_close(&lane);
}

#define SLOW(name) \
	{ \
#name, name, 40 \
	}

TESTS("lane", SLOW(goes_round_when_all_is_well), SLOW(stops_when_a_newer_owner_has_the_id),
	SLOW(aborts_when_the_group_has_gone_on_without_us),
	SLOW(tells_a_person_what_would_fail_again), SLOW(retries_what_passes),
	SLOW(makes_a_new_producer_when_the_coordinator_forgot_the_old),
	SLOW(does_not_wait_for_ever_for_a_groups_coordinator))
