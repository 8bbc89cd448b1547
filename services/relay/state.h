/*
 * What the relay holds, for its own files: relay.c (the loop) and start.c (all
 * that comes before the first event). What rests on what:
 *
 *   transactor (fences older relays) → position (read from Kafka) → stream
 */
#pragma once

#include "position.h"
#include "publisher.h"
#include "relay.h"

#include <base/backoff.h>
#include <stdatomic.h>
#include <store/stream.h>

#define POSITION_TOPIC "relay.positions"
#define CALL_TIMEOUT_MS 10000
#define BUS_OPTIONS_MAX 40

/* What a step may answer beside 0 and faults. */
enum {
	STEP_REDO = BUS_ABORTED,     /* nothing became visible */
	STEP_REREAD = BUS_RECREATED, /* unclear, or another may have been the owner meanwhile */
	STEP_WAIT,                   /* not yet, the pause is over */
	STEP_FENCED,
};

struct relay {
	const struct relay_config *config;
	struct bus_transactor_config bus;
	const char *bus_options[BUS_OPTIONS_MAX + 1];
	char transactional_id[64];
	char group[64];
	struct store *store; /* an ordinary connection, to look at the slot */
	struct bus_transactor *transactor;
	struct store_stream *stream;
	bool position_read;
	struct position position;
	struct store_source slot; /* as it was last looked at */
	char metadata[POSITION_METADATA_SIZE];
	struct publisher publisher;
	struct backoff backoff;
	int64_t opened_us;                 /* monotonic: the stream in hand */
	size_t opened_events;              /* published since then */
	bool caught_up;                    /* nothing was left to read at least once since then */
	int64_t moved_us;                  /* monotonic: the last committed position */
	int64_t paced_until_us;            /* monotonic: no next batch before */
	int64_t looked_us;                 /* monotonic: the last look at the lag */
	int64_t slot_since_us;             /* monotonic: waiting for the slot; 0: not */
	int64_t slot_told_us;              /* monotonic: the last log line about it */
	_Atomic(const char *) waiting_for; /* NULL while streaming */
};

/* The transactor's answers as steps: its FAULT_STATE says that somebody else holds the id. */
int step_of_bus(int r);

/* Shows what is waited for in /readyz and metrics; NULL: streaming. */
void relay_wait_for(struct relay *relay, const char *what);

/* Makes what is missing, in the one order that loses nothing. 0, a step or a fault. */
int relay_start(struct relay *relay);

/* What rests on the named thing goes too. */
void relay_drop_stream(struct relay *relay);
void relay_drop_transactor(struct relay *relay);

/* Where everything before is in Kafka. */
lsn_t relay_done_lsn(const struct relay *relay);

/* Commits the open Kafka transaction, or one without events, with @end_lsn as the position. */
int relay_commit(struct relay *relay, lsn_t end_lsn);
