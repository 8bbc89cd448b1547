/*
 * One PostgreSQL connection, used by one thread: prepared statements, sent in
 * pipelines, results read in binary (libpq behind it).
 *
 * Statements are SQL: a service's sql/x.sql holds PREPARE name(types) AS …;
 * blocks, runs as it is in psql, is embedded at build and run once on every new
 * connection. From then on a statement is called by its name.
 *
 *   store_queue(store, "begin", NULL);
 *   store_queue(store, "inbox_claim", params);
 *   r = store_run(store, results, 2);          // one round trip
 *
 * Faults: FAULT_DB (away, deadlock, serialization, time-out: the same again
 * may work), FAULT_DB_DATA (SQLSTATE 22 and 23: this data will be refused
 * again), FAULT_DB_CONFIG (42, 28, 3D …: a person must act), FAULT_DB_UNKNOWN (the
 * connection was lost with COMMIT's answer: done, or not). After any fault inside
 * a transaction call store_rollback(). A lost connection is made anew by the next
 * store_ready().
 *
 * "begin", "commit", "rollback" are prepared by the store itself; "commit" is the
 * last of its run. Without one a run is its own transaction, and FAULT_DB leaves
 * open whether it was done: who answers for a write commits.
 */
#pragma once

#include <base/arena.h>
#include <base/money.h>
#include <base/uuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_QUEUE_MAX 32 /* statements in one store_run() */

struct store;
struct store_result;
struct store_params;
struct store_array;

struct store_config {
	const char *url;         /* libpq connection string or URI */
	const char *password;    /* or NULL; kept out of url and logs */
	const char *application; /* application_name, shows in pg_stat_activity */
	/* Embedded sql files with PREPAREs, NULL-ended; may be NULL. */
	const char *const *scripts;
	int connect_timeout_ms; /* of the whole attempt, however many addresses it has */
	/* Also lock_timeout and idle_in_transaction_session_timeout. A server that
	 * says nothing for 5 s longer is given up. */
	int statement_timeout_ms;
};

/* @config and all it points to must outlive the store. Does not connect yet. */
struct store *store_create(const struct store_config *config);
void store_destroy(struct store *store);

/* Connects and prepares if need be (else costs nothing). 0 or a fault. */
int store_ready(struct store *store);

/*
 * Adds a statement to the pipeline; nothing is sent before store_run(), and until
 * then @params must live. @params may be NULL (none). A fault sticks and is
 * returned by store_run().
 */
void store_queue(struct store *store, const char *statement, const struct store_params *params);

/*
 * Sends what was queued and reads every answer: one round trip. @results gets
 * one entry for each queued statement in order, to be freed with
 * store_results_free(), all NULL after a fault; NULL where nobody wants rows. All
 * statements between two runs outside an explicit transaction are one implicit
 * transaction.
 */
int store_run(struct store *store, struct store_result **results, size_t count);

/*
 * Rolls back and clears the pipeline, also on a broken connection. Never fails,
 * and leaves fault_text() as it is.
 */
void store_rollback(struct store *store);

/* Plain SQL, several statements allowed: migrations and maintenance, not the hot path. */
int store_execute(struct store *store, const char *sql);

/* SQLSTATE of the latest fault of this store, "" if it was none of the server's. */
const char *store_sqlstate(const struct store *store);

/* ---- parameters: built in an arena, valid until its reset ---- */

struct store_params *store_params_create(struct arena *arena);
void store_add_uuid(struct store_params *params, const struct uuid *id); /* NULL or nil: null */
void store_add_text(struct store_params *params, const char *text);      /* NULL: null */
void store_add_bytes(struct store_params *params, const void *bytes, size_t size);
void store_add_int(struct store_params *params, int32_t number);  /* int4 */
void store_add_long(struct store_params *params, int64_t number); /* int8 */
void store_add_bool(struct store_params *params, bool value);
void store_add_time(struct store_params *params, int64_t at_us); /* timestamptz; 0: null */

enum store_type {
	STORE_UUID = 1,
	STORE_TEXT,
	STORE_BYTES,
	STORE_INT,
	STORE_LONG,
	STORE_BOOL,
	STORE_TIME
};

/* One-dimensional array parameter for unnest($n::type[], …): rows of a multi-row statement. */
struct store_array *store_add_array(struct store_params *params, enum store_type type);
void store_push_uuid(struct store_array *array, const struct uuid *id); /* NULL or nil: null */
void store_push_text(struct store_array *array, const char *text);
void store_push_bytes(struct store_array *array, const void *bytes, size_t size);
void store_push_int(struct store_array *array, int32_t number);
void store_push_long(struct store_array *array, int64_t number);
void store_push_bool(struct store_array *array, bool value);
void store_push_time(struct store_array *array, int64_t at_us);

/*
 * ---- results: binary; asking for the wrong type, a row or column that is not
 * there, or the number or bool of an SQL null asserts ----
 */

size_t store_rows(const struct store_result *result);
/* Rows touched by INSERT, UPDATE, DELETE. */
int64_t store_affected(const struct store_result *result);
bool store_is_null(const struct store_result *result, size_t row, int column);
/* Nil for SQL null. */
struct uuid store_get_uuid(const struct store_result *result, size_t row, int column);
/* NUL-terminated, lives as long as the result. NULL for SQL null. */
const char *store_get_text(const struct store_result *result, size_t row, int column);
/* The same, copied to @arena. */
const char *store_copy_text(
	const struct store_result *result, size_t row, int column, struct arena *arena);
const void *store_get_bytes(
	const struct store_result *result, size_t row, int column, size_t *ret_size);
int32_t store_get_int(const struct store_result *result, size_t row, int column);
/* int8 or pg_lsn */
int64_t store_get_long(const struct store_result *result, size_t row, int column);
bool store_get_bool(const struct store_result *result, size_t row, int column);
/* Microseconds since 1970; 0 for SQL null. */
int64_t store_get_time(const struct store_result *result, size_t row, int column);
void store_results_free(struct store_result **results, size_t count);
