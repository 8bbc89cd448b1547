/*
 * The consumer's inside, shared by the files that are the consumer, and what the
 * transactor needs of one whose offsets travel in its transaction.
 */
#pragma once

#include <bus/consumer.h>

#include "assignment.h"
#include "client.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

struct bus_consumer {
	struct client_watch watch; /* first: librdkafka's callbacks get this address */
	struct rd_kafka_s *client;
	/* What the client was made of, to make another: consumer_rejoin(). */
	struct rd_kafka_conf_s *conf;
	struct rd_kafka_topic_partition_list_s *topics;
	struct assignment assignment;
	int64_t assignments; /* given out so far */
	int64_t waiting_us;  /* monotonic: since when its share is not known; 0: it is */
	size_t batch_max;
	size_t batch_bytes_max;
	struct bus_message *messages;      /* batch_max of them: the batch in hand */
	struct rd_kafka_message_s **stash; /* batch_max of them: came in while paused */
	size_t stash_count;
	int64_t begin; /* where to read a partition from that the group never was in */
	bool paused;   /* what is assigned now, and what will be */
	bool lost;     /* the session timed out, and nothing has been assigned since */
	struct rd_kafka_topic_partition_list_s *wanted; /* assigned, not yet known where to begin */
	bool places_fail, commits_fail;                 /* told once, until one succeeds */
	struct bus_batch *current; /* what a rebalance has to empty, while we poll */
};

/* Gives every message back; the batch and the stash stay usable. */
void consumer_empty_batch(struct bus_batch *batch);
void consumer_empty_stash(struct bus_consumer *consumer);

/* Begins with the partitions that are wanted, as soon as the group's places are known. */
void consumer_place(struct bus_consumer *consumer);
/* Another client in the place of one that was fenced. No message may be in hand. */
int consumer_rejoin(struct bus_consumer *consumer);
/* All that is assigned; whether it is to stay so, .paused says. */
void consumer_pause(struct bus_consumer *consumer);
void consumer_resume(struct bus_consumer *consumer);

void consumer_store(struct bus_consumer *consumer, const struct assigned *assigned, int64_t place);

/* The offsets behind @batch, one entry a partition. The caller destroys the list. */
struct rd_kafka_topic_partition_list_s *consumer_offsets(const struct bus_batch *batch);

/* @offsets are committed: what lies below them is finished. */
void consumer_committed(
	struct bus_consumer *consumer, const struct rd_kafka_topic_partition_list_s *offsets);
