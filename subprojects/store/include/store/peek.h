/*
 * The slot's changes in bulk: what store_stream_next() would deliver, read in
 * chunks by a query (pg_logical_slot_peek_binary_changes) instead of one message
 * at a time from a walsender. For a large backlog: less CPU on both sides, later
 * first byte, and no stream may hold the slot meanwhile.
 *
 * A chunk holds whole transactions, starts at the slot's confirmed position and
 * moves nothing: only store_peek_advance() confirms, and the next chunk starts
 * where it has moved the slot to. Without it the same chunk comes again.
 */
#pragma once

#include <store/stream.h>

struct store_peek;

enum { PEEK_END = 2 }; /* the chunk is through; if nothing came, nothing is left */

/* Chunks end with the transaction that reaches @changes_max messages. @config must outlive it. */
int store_peek_open(const struct store_config *config, const char *slot, const char *publication,
	int changes_max, struct store_peek **ret_peek);
void store_peek_close(struct store_peek *peek);

/*
 * 0 with a change; PEEK_END; STREAM_IDLE when nothing came within @timeout_ms
 * (the server sends nothing before it has decoded the whole chunk); FAULT_DB,
 * also while a stream is "active for PID n" on the slot; after a fault it can
 * only be closed. The call after PEEK_END asks for the next chunk.
 */
int store_peek_next(struct store_peek *peek, int timeout_ms, struct store_change *ret_change);

/* Confirms all up to @lsn (pg_replication_slot_advance). Only between chunks. */
int store_peek_advance(struct store_peek *peek, lsn_t lsn);
