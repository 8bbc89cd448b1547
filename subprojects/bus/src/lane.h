/*
 * One transactional producer: made, used for one transaction after another, and
 * given up when its epoch may not be used again.
 *
 * A lane owns its librdkafka handle and topics. Its functions answer 0,
 * BUS_ABORTED, BUS_RECREATED or a fault, as the transactor hands them on.
 */
#pragma once

#include <bus/transactor.h>

#include "client.h"
#include "txn_state.h"

struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_consumer_group_metadata_s;
struct rd_kafka_topic_partition_list_s;

#define LANE_ID_SIZE 256

struct lane {
	struct client_watch watch; /* first: librdkafka's callbacks get this address */
	const struct bus_transactor_config *config;
	char id[LANE_ID_SIZE];
	enum txn_state state;
	struct rd_kafka_s *client; /* NULL where the state says there is none */
	struct rd_kafka_topic_s *topics[BUS_TOPICS_MAX];
	int64_t begun_us;  /* monotonic */
	bool used;         /* something of this transaction went out */
	size_t unreported; /* messages without a delivery report */
	size_t failed;     /* messages of this transaction that will never arrive */
	int failure;       /* the first failed one's error */
};

void lane_init(struct lane *lane, const struct bus_transactor_config *config, int index);
/* Starts connecting; nothing when there is a producer. */
int lane_open(struct lane *lane);
/* Waits until the coordinator has fenced every older producer of this id. */
int lane_make(struct lane *lane, int64_t until_us);
/* Gives the producer up, and what is open with it. */
void lane_close(struct lane *lane);

int lane_begin(struct lane *lane);
int lane_produce(struct lane *lane, const struct bus_record *record);
int lane_send_offsets(struct lane *lane, const struct rd_kafka_topic_partition_list_s *offsets,
	const struct rd_kafka_consumer_group_metadata_s *group);
int lane_commit(struct lane *lane);
int lane_abort(struct lane *lane);
/* Serves callbacks; FAULT_STATE when the lane was fenced. */
int lane_poll(struct lane *lane, int timeout_ms);
