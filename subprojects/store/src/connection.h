/*
 * One libpq connection: opened within a time, waited for without deadlock, its
 * errors turned into faults. What goes over it is for store and stream.
 */
#pragma once

#include "sqlstate.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <store/store.h>

enum connection_kind {
	CONNECTION_ORDINARY = 1,
	CONNECTION_REPLICATION, /* a walsender: START_REPLICATION */
};

/*
 * Connects, sets the session's time-outs, switches to non-blocking. @sqlstate
 * is filled when the server refused. FAULT_DB or FAULT_DB_CONFIG.
 */
int connection_open(const struct store_config *config, enum connection_kind kind,
	char sqlstate[static SQLSTATE_SIZE], PGconn **ret_connection);

/* Waits until the socket can be read (@writing: or written). False: not for @silence_max_ms. */
bool connection_wait(PGconn *connection, bool writing, int silence_max_ms);

/*
 * The next PQgetResult() (NULL: no more) without ever blocking in libpq: what is
 * unsent is sent and what arrives is read at the same time, so that neither side
 * waits with full buffers. False when the server said nothing for @silence_max_ms
 * (-1: wait for ever).
 */
bool connection_result(PGconn *connection, int silence_max_ms, PGresult **ret_result);

/* Raises the fault an error result stands for, in one line: "what: words (detail) [SQLSTATE]". */
int connection_fault(const PGresult *result, const char *what, char sqlstate[static SQLSTATE_SIZE]);

/* Raises FAULT_DB with what libpq says about a connection that broke. */
int connection_lost(const PGconn *connection, const char *what);

/*
 * Simple query protocol: runs @sql to its end and keeps nothing. A connection
 * that is not idle or in a transaction afterwards must be closed.
 */
int connection_execute(PGconn *connection, const char *what, const char *sql, int silence_max_ms,
	char sqlstate[static SQLSTATE_SIZE]);
