/*
 * The fake's group member.
 */
#pragma once

#include "assignment.h"
#include "cluster.h"

#define FAKE_SUBSCRIPTIONS_MAX 32

struct bus_consumer {
	struct fake_group *group;
	char *topics[FAKE_SUBSCRIPTIONS_MAX];
	size_t topic_count;
	size_t batch_max, batch_bytes_max;
	struct bus_message *messages;
	int joined;   /* the generation this member knows of */
	int assigned; /* the generation of its assignment */
	struct assignment assignment;
	int64_t assignments;          /* given out so far */
	int64_t waiting_us;           /* since when it waits to be given some; 0: it has them */
	int64_t next[ASSIGNMENT_MAX]; /* offset to be read next, as in assignment.partitions */
};

/* All up to @message is committed, if the member still holds its partition. */
void fake_consumer_committed(struct bus_consumer *consumer, const struct bus_message *message);

/* True while @consumer holds the partition of @message. */
bool fake_consumer_holds(struct bus_consumer *consumer, const struct bus_message *message);
/* One step of joining: gives up what it holds, or takes what it was given. Empties @batch. */
void fake_consumer_rebalance(struct bus_consumer *consumer, struct bus_batch *batch);
void fake_consumer_join(struct bus_consumer *consumer);
void fake_consumer_leave(struct bus_consumer *consumer);
