/*
 * What a case plays on: the broker, the plan of messages, and topics of its own, all of
 * which are gone when the stage is closed.
 */
#pragma once

#include "clients.h"
#include "plan.h"

#include <base/arena.h>
#include <bus/cluster.h>
#include <bus/options.h>
#include <signal.h>

#define STAGE_TOPICS_MAX 48
#define STAGE_TIMEOUT_MS 20000

struct stage {
	const char *bootstrap;
	struct bus_options options;
	struct plan plan;
	struct arena *arena;
	struct bus_cluster *cluster;
	char run[16];
	const char *scene; /* "no-key.broken": part of its topics' names */
	const char *topics[STAGE_TOPICS_MAX];
	const char *groups[STAGE_TOPICS_MAX];
	size_t topic_count, group_count;
};

/* Raised by SIGINT: what waits gives up with FAULT_STATE. */
extern volatile sig_atomic_t stage_interrupted;

/* Asks the broker whether it is there: FAULT_BUS when it is not. .plan is made already. */
int stage_open(struct stage *stage, const char *bootstrap);
/* Deletes topics and groups and waits until the broker has forgotten them. */
int stage_close(struct stage *stage);

/* Makes "ordering.<run>.<scene>.<part>". The name lives as long as the stage. */
int stage_topic(struct stage *stage, const char *part, int partitions, const char **ret_name);
/* The name of a group, deleted at the end. */
int stage_group(struct stage *stage, const char **ret_name);
/* Waits until @topic is seen with @partitions. */
int stage_grow(struct stage *stage, const char *topic, int partitions);

struct sending {
	const char *topic;
	const char *partitioner; /* NULL: murmur2_random */
	bool keyless;
	int from, until; /* numbers of each key, @until is not sent; 0, 0: all */
};

/* Sends the plan's messages, in its order, and waits until all are acknowledged. */
int stage_send(struct stage *stage, const struct sending *sending);

/* 0, or FAULT_STATE after SIGINT. */
int stage_check(void);
