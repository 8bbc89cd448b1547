/*
 * Topics into facts: what is kept, from the first offset to the last stable one.
 */
#pragma once

#include "checks.h"
#include "options.h"

#include <bus/cluster.h>

struct topics;

/* FAULT_BUS when no broker answers. */
int topics_open(const struct options *options, struct topics **ret_topics);
void topics_close(struct topics *topics);

/* Partitions, starts, ends and what groups have committed, into @facts. */
int topics_ask(struct topics *topics, struct facts *facts);

/* Dead letters first, then every topic, each up to its end in @facts. */
int topics_read(struct topics *topics, struct facts *facts, struct report *report);

/* The offset of the relay's position: the LSN behind what it has published; -1: none. */
int topics_relay_position(struct topics *topics, const char *group, int64_t *ret_lsn);

/* A partition in which a transaction is open: where it begins. */
struct open_transaction {
	enum topic topic;
	int partition;
	int64_t offset;
};

#define OPEN_TRANSACTIONS_MAX 64

int topics_open_transactions(struct topics *topics,
	struct open_transaction open[static OPEN_TRANSACTIONS_MAX], size_t *ret_count);
