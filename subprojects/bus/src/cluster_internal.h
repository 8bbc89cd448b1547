/*
 * The handle behind bus/cluster.h, shared by the files that ask it.
 */
#pragma once

#include <bus/cluster.h>

#include "client.h"

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_AdminOptions_s;

struct bus_cluster {
	struct client_watch watch; /* first: librdkafka's callbacks get this address */
	struct rd_kafka_s *client;
	struct rd_kafka_queue_s *queue; /* answers of the admin calls */
	int timeout_ms;
	bool coordinator_moves; /* the last answer: ask again, in a moment it is another's turn */
};

/* Away, or refused? What the callbacks noted knows it better than "timed out". */
int cluster_fault(struct bus_cluster *cluster, int code, const char *what);
