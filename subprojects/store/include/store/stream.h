/*
 * Logical replication (PostgreSQL manual, chapter 55.4 "Streaming Replication
 * Protocol", 55.5 "Logical Streaming Replication Protocol"): the bytes of
 * pgoutput, version 1, binary, from one slot. What they mean is the relay's.
 *
 * One stream, one thread. Acknowledging is the caller's decision alone: nothing
 * is confirmed to the server that was not passed to store_stream_acknowledge().
 * Keepalives are answered with that position and no other.
 */
#pragma once

#include <store/store.h>

typedef uint64_t lsn_t;
#define LSN_TEXT_SIZE 18
char *lsn_format(lsn_t lsn, char text[static LSN_TEXT_SIZE]); /* "0/16B3748" */
int lsn_parse(const char *text, lsn_t *ret_lsn);

struct store_stream;

struct store_source {
	lsn_t confirmed_lsn; /* the slot's confirmed_flush_lsn */
	lsn_t created_lsn;   /* outbox_slot.created_lsn; 0: not written down */
	lsn_t current_lsn;   /* pg_current_wal_flush_lsn() */
	char system_id[24];  /* of IDENTIFY_SYSTEM: which cluster this is */
	bool slot_exists;
	bool slot_lost;     /* wal_status = lost: WAL is gone */
	int32_t active_pid; /* of the reader that holds the slot; 0: none */
};

/* What is known of @slot, over an ordinary connection. */
int store_source_read(struct store *store, const char *slot, struct store_source *ret_source);

/* START_REPLICATION at @start. FAULT_DB "active for PID n" while another reader holds the slot. */
int store_stream_open(const struct store_config *config, const char *slot, const char *publication,
	lsn_t start, struct store_stream **ret_stream);
void store_stream_close(struct store_stream *stream);

struct store_change {
	const uint8_t *bytes; /* pgoutput message; valid until the next call */
	size_t size;
};

enum { STREAM_IDLE = 1 }; /* nothing came within the time-out */

/*
 * 0 with a change; STREAM_IDLE; FAULT_DB, after which the stream can only be
 * closed. @timeout_ms 0 only looks. While much flows it naps 0.2 ms between two
 * reads, so that many messages are read at once.
 */
int store_stream_next(struct store_stream *stream, int timeout_ms, struct store_change *ret_change);

/* The end of the server's WAL as its latest message told. */
lsn_t store_stream_end(const struct store_stream *stream);

/* Confirms all up to @lsn; sent at once when @now, else with the next status (each 1 s). */
int store_stream_acknowledge(struct store_stream *stream, lsn_t lsn, bool now);
