/*
 * Changes in, Kafka messages out: one Kafka transaction that holds whole
 * PostgreSQL transactions.
 *
 * Owns no connection: the transactor is lent. Knows nothing of positions in
 * Kafka or of acknowledging; whoever commits asks how far it has read.
 * A row is published or it is a fault; none is left out.
 */
#pragma once

#include "outbox_row.h"

#include <bus/transactor.h>
#include <stdbool.h>
#include <stdint.h>
#include <trace/span.h>

#define PUBLISHER_TABLES_MAX 64
#define PUBLISHER_SPANS_MAX 1024 /* of one Kafka transaction */

/* A row that is on its way, until its Kafka transaction has ended. */
struct publisher_span {
	struct trace trace;
	int64_t start_us; /* when its row was committed */
	int topic;
	struct uuid id, key;
	char type[40];
};

struct publisher {
	struct bus_transactor *transactor;
	const char *const *topics; /* NULL-ended; a record's topic is its index here */
	bool open;                 /* a Kafka transaction is */
	bool inside;               /* between a PostgreSQL transaction's begin and its commit */
	size_t events;             /* of the open Kafka transaction */
	size_t bytes;
	size_t transactions;     /* PostgreSQL's, whole ones */
	lsn_t end_lsn;           /* behind the last whole one; 0: none since the reset */
	int64_t committed_at_us; /* of the PostgreSQL transaction in hand */
	size_t ignored;          /* changes that are no inserts */
	size_t table_count;
	struct outbox_table tables[PUBLISHER_TABLES_MAX];
	struct pgoutput_message message;
	size_t span_count;
	struct publisher_span spans[PUBLISHER_SPANS_MAX];
};

/* Forgets everything of the stream before: a new one tells its tables again. */
void publisher_init(
	struct publisher *publisher, struct bus_transactor *transactor, const char *const *topics);

/*
 * Takes one change; an insert is produced, the first one begins the Kafka
 * transaction. 0; an outcome or a fault of the transactor; FAULT_INPUT for bytes
 * and rows that are not right, also for a topic that is not this relay's.
 */
int publisher_take(struct publisher *publisher, const struct store_change *change);

/* Begins the Kafka transaction if none is open. 0, an outcome or a fault of the transactor. */
int publisher_begin(struct publisher *publisher);

/*
 * The open transaction is committed, or given up, which may be after a commit that nobody heard
 * of: its rows' spans are recorded, and counting starts anew.
 */
void publisher_end(struct publisher *publisher, bool committed);
