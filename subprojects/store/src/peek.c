#include "bigendian.h"
#include "connection.h"

#include <assert.h>
#include <base/buffer.h>
#include <base/clock.h>
#include <stdlib.h>
#include <store/peek.h>
#include <string.h>

/*
 * COPY … (FORMAT binary) (PostgreSQL manual, COPY, "Binary Format"): a header,
 * then tuples: a count of fields, then per field its size and bytes; a count of
 * -1 ends it. Each tuple comes as one message, the first with the header before it.
 */
#define COPY_HEADER_SIZE 19
#define COPY_SIGNATURE "PGCOPY\n\377\r\n"
#define COPY_SIGNATURE_SIZE 11 /* with its NUL */
#define COPY_AT_EXTENSION 15
#define TUPLE_HEADER_SIZE 6
#define TUPLE_END UINT16_MAX

enum peek_phase {
	PEEK_QUIET,   /* between chunks */
	PEEK_ASKED,   /* COPY was sent */
	PEEK_COPYING, /* rows come */
	PEEK_ENDING,  /* rows are through, the answer to the command is not */
};

struct store_peek {
	PGconn *connection;
	char sqlstate[SQLSTATE_SIZE];
	char *message; /* libpq's, of the latest change */
	enum peek_phase phase;
	bool header_read; /* of this chunk */
	struct buffer copy_sql, slot;
};

static int sql_build(
	struct store_peek *peek, const char *slot, const char *publication, int changes_max)
{
	PGconn *connection = peek->connection;
	char *slot_literal = PQescapeLiteral(connection, slot, strlen(slot));
	char *names = PQescapeIdentifier(connection, publication, strlen(publication));
	char *names_literal = names ? PQescapeLiteral(connection, names, strlen(names)) : NULL;
	int r = 0;

	if (!slot_literal || !names_literal) {
		r = fault(FAULT_INPUT, "peek: the names of slot and publication are no UTF-8");
	} else {
		buffer_add_text(&peek->slot, slot_literal);
		buffer_add_format(&peek->copy_sql,
			"COPY (SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, %d, "
			"'proto_version', '1', 'publication_names', %s, 'binary', 'true')) "
			"TO STDOUT (FORMAT binary)",
			slot_literal, changes_max, names_literal);
	}
	PQfreemem(slot_literal);
	PQfreemem(names);
	PQfreemem(names_literal);
	return r;
}

int store_peek_open(const struct store_config *config, const char *slot, const char *publication,
	int changes_max, struct store_peek **ret_peek)
{
	struct store_peek *peek = calloc(1, sizeof(*peek));
	int r;

	if (!peek)
		abort();
	buffer_init(&peek->copy_sql, 0);
	buffer_init(&peek->slot, 0);
	r = connection_open(config, CONNECTION_BULK, peek->sqlstate, &peek->connection);
	if (!r)
		r = sql_build(peek, slot, publication, changes_max);
	if (r)
		store_peek_close(peek);
	else
		*ret_peek = peek;
	return r;
}

void store_peek_close(struct store_peek *peek)
{
	if (!peek)
		return;
	PQfreemem(peek->message);
	PQfinish(peek->connection);
	buffer_finish(&peek->copy_sql);
	buffer_finish(&peek->slot);
	free(peek);
}

static int chunk_start(struct store_peek *peek)
{
	peek->header_read = false;
	if (!PQsendQuery(peek->connection, peek->copy_sql.data))
		return connection_lost(peek->connection, "peek");
	peek->phase = PEEK_ASKED;
	return 0;
}

static int malformed(int size)
{
	return fault(FAULT_DB_CONFIG, "peek: a row of %d bytes is not COPY's binary format", size);
}

/* Bytes of COPY's own header before the first tuple; -1 when it is none. */
static int header_size(const char *message, int size)
{
	uint32_t extension;

	if (size < COPY_HEADER_SIZE || memcmp(message, COPY_SIGNATURE, COPY_SIGNATURE_SIZE) != 0)
		return -1;
	extension = get_be32(message + COPY_AT_EXTENSION);
	return extension <= (uint32_t)(size - COPY_HEADER_SIZE) ? COPY_HEADER_SIZE + (int)extension
								: -1;
}

/* The one field of a tuple. 0, STREAM_IDLE for a message without a tuple, or a fault. */
static int tuple_read(
	struct store_peek *peek, const char *message, int size, struct store_change *ret_change)
{
	int at = 0;

	if (!peek->header_read) {
		at = header_size(message, size);
		if (at < 0)
			return malformed(size);
		peek->header_read = true;
	}
	if (at == size)
		return STREAM_IDLE;
	if (size - at >= 2 && get_be16(message + at) == TUPLE_END)
		return STREAM_IDLE;
	if (size - at < TUPLE_HEADER_SIZE || get_be16(message + at) != 1 ||
		get_be32(message + at + 2) != (uint32_t)(size - at - TUPLE_HEADER_SIZE))
		return malformed(size);
	ret_change->bytes = (const uint8_t *)message + at + TUPLE_HEADER_SIZE;
	ret_change->size = (size_t)(size - at - TUPLE_HEADER_SIZE);
	return 0;
}

/* The next row libpq has: 0, STREAM_IDLE (more must be read) or a fault. */
static int row_take(struct store_peek *peek, struct store_change *ret_change)
{
	for (;;) {
		int size, r;

		PQfreemem(peek->message);
		peek->message = NULL;
		size = PQgetCopyData(peek->connection, &peek->message, 1);
		if (size == 0)
			return STREAM_IDLE;
		if (size < 0) {
			peek->phase = PEEK_ENDING;
			return STREAM_IDLE;
		}
		r = tuple_read(peek, peek->message, size, ret_change);
		if (r != STREAM_IDLE)
			return r;
	}
}

/* What is not rows: COPY begins, the command is through, or an error. */
static int answer_take(struct store_peek *peek)
{
	PGresult *result;
	int r = 0;

	while (!PQisBusy(peek->connection)) {
		result = PQgetResult(peek->connection);
		if (!result) {
			peek->phase = PEEK_QUIET;
			return PEEK_END;
		}
		if (PQresultStatus(result) == PGRES_COPY_OUT)
			peek->phase = PEEK_COPYING;
		else if (PQresultStatus(result) != PGRES_COMMAND_OK)
			r = connection_fault(result, "peek", peek->sqlstate);
		PQclear(result);
		if (r || peek->phase == PEEK_COPYING)
			return r ? r : STREAM_IDLE;
	}
	return STREAM_IDLE;
}

/* All that can be had without reading: 0, PEEK_END, STREAM_IDLE or a fault. */
static int peek_take(struct store_peek *peek, struct store_change *ret_change)
{
	int r = STREAM_IDLE;

	if (peek->phase == PEEK_ASKED)
		r = answer_take(peek);
	if (peek->phase == PEEK_COPYING)
		r = row_take(peek, ret_change);
	if (peek->phase == PEEK_ENDING)
		r = answer_take(peek);
	return r;
}

int store_peek_next(struct store_peek *peek, int timeout_ms, struct store_change *ret_change)
{
	assert(timeout_ms >= 0);
	if (peek->phase == PEEK_QUIET) {
		int r = chunk_start(peek);
		if (r)
			return r;
	}
	for (;;) {
		int r = peek_take(peek, ret_change);
		int unsent;

		if (r != STREAM_IDLE)
			return r;
		unsent = PQflush(peek->connection);
		if (!connection_wait(peek->connection, unsent > 0, timeout_ms))
			return STREAM_IDLE;
		if (!PQconsumeInput(peek->connection))
			return connection_lost(peek->connection, "peek");
	}
}

int store_peek_advance(struct store_peek *peek, lsn_t lsn)
{
	char text[LSN_TEXT_SIZE];
	struct buffer sql BUFFER_CLEAN;

	assert(peek->phase == PEEK_QUIET);
	buffer_init(&sql, 0);
	buffer_add_format(&sql, "SELECT pg_replication_slot_advance(%s, '%s')", peek->slot.data,
		lsn_format(lsn, text));
	return connection_execute(peek->connection, "peek", sql.data, -1, peek->sqlstate);
}
