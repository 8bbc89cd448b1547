/*
 * The server sends every message by itself, three for a transaction of one row,
 * and a reader that keeps up is woken for each of them. So while many bytes flow
 * the reader naps before it reads, and finds many messages at once: a quarter of
 * the CPU. When few flow it waits in poll() and gets each as it comes.
 */
#include "bigendian.h"
#include "connection.h"
#include "types.h"

#include <assert.h>
#include <base/buffer.h>
#include <base/clock.h>
#include <poll.h>
#include <stdlib.h>
#include <store/stream.h>
#include <string.h>
#include <time.h>

#define STATUS_EVERY_US US_PER_S
#define STATUS_SIZE 34
#define CHANGE_HEADER_SIZE 25 /* 'w', start, end, time */
#define KEEPALIVE_SIZE 18     /* 'k', end, time, reply at once */
#define CLOCK_EVERY_MESSAGES 1024
#define NAP_US 200 /* and what the kernel's timer adds, about 60 */
#define RATE_WINDOW_US (10 * US_PER_MS)
#define BUSY_BYTES_PER_MS 2048 /* 2 MB/s */
/* TLS may keep the rest of a record where poll() does not see it: read often before waiting. */
#define READS_TLS 4

struct store_stream {
	PGconn *connection;
	char sqlstate[SQLSTATE_SIZE];
	char *message; /* libpq's, of the latest change */
	lsn_t end, acknowledged;
	int64_t status_due_us;
	unsigned messages;         /* since the clock was last looked at */
	int reads_max, reads_left; /* before poll() is asked */
	int64_t window_start_us;
	int64_t window_bytes;
	bool lost; /* no more can be read from the connection */
	bool busy; /* many bytes flow: nap instead of waiting for the next */
};

static int stream_start(struct store_stream *stream, const struct store_config *config,
	const char *slot, const char *publication, lsn_t start)
{
	struct buffer command BUFFER_CLEAN;
	char *slot_name = PQescapeIdentifier(stream->connection, slot, strlen(slot));
	char *names = PQescapeIdentifier(stream->connection, publication, strlen(publication));
	char *names_literal =
		names ? PQescapeLiteral(stream->connection, names, strlen(names)) : NULL;
	char start_text[LSN_TEXT_SIZE];
	PGresult *result = NULL;
	int r = 0;

	buffer_init(&command, 0);
	if (!slot_name || !names_literal) {
		r = fault(FAULT_INPUT, "stream: the names of slot and publication are no UTF-8");
		goto out;
	}
	buffer_add_format(&command,
		"START_REPLICATION SLOT %s LOGICAL %s "
		"(proto_version '1', publication_names %s, binary 'true')",
		slot_name, lsn_format(start, start_text), names_literal);
	if (!PQsendQuery(stream->connection, command.data))
		r = connection_lost(stream->connection, "stream");
	else if (!connection_result(stream->connection, config->connect_timeout_ms, &result))
		r = fault(FAULT_DB, "stream: no answer for %d ms", config->connect_timeout_ms);
	else if (PQresultStatus(result) != PGRES_COPY_BOTH)
		r = connection_fault(result, "stream", stream->sqlstate);
	PQclear(result);
out:
	PQfreemem(slot_name);
	PQfreemem(names);
	PQfreemem(names_literal);
	return r;
}

int store_stream_open(const struct store_config *config, const char *slot, const char *publication,
	lsn_t start, struct store_stream **ret_stream)
{
	struct store_stream *stream = calloc(1, sizeof(*stream));
	int r;

	if (!stream)
		abort();
	r = connection_open(config, CONNECTION_REPLICATION, stream->sqlstate, &stream->connection);
	if (!r)
		r = stream_start(stream, config, slot, publication, start);
	if (r) {
		store_stream_close(stream);
		return r;
	}
	stream->reads_max = PQsslInUse(stream->connection) ? READS_TLS : 1;
	stream->window_start_us = clock_monotonic_us();
	stream->status_due_us = stream->window_start_us + STATUS_EVERY_US;
	*ret_stream = stream;
	return 0;
}

void store_stream_close(struct store_stream *stream)
{
	if (!stream)
		return;
	PQfreemem(stream->message);
	PQfinish(stream->connection);
	free(stream);
}

lsn_t store_stream_end(const struct store_stream *stream)
{
	return stream->end;
}

/* Standby status update: written, flushed and applied are one thing here, what was acknowledged. */
static int status_send(struct store_stream *stream, int64_t now_us)
{
	char status[STATUS_SIZE] = {'r'};

	put_be64(status + 1, stream->acknowledged);
	put_be64(status + 9, stream->acknowledged);
	put_be64(status + 17, stream->acknowledged);
	put_be64(status + 25, (uint64_t)(clock_now_us() - EPOCH_2000_US));
	stream->status_due_us = now_us + STATUS_EVERY_US;
	if (PQputCopyData(stream->connection, status, STATUS_SIZE) < 0 ||
		PQflush(stream->connection) < 0)
		return connection_lost(stream->connection, "stream");
	return 0;
}

int store_stream_acknowledge(struct store_stream *stream, lsn_t lsn, bool now)
{
	if (lsn > stream->acknowledged)
		stream->acknowledged = lsn;
	return now ? status_send(stream, clock_monotonic_us()) : 0;
}

static void end_raise(struct store_stream *stream, lsn_t end)
{
	if (end > stream->end)
		stream->end = end;
}

/* The server left copy mode: an error says why, a shutdown says nothing. */
static int stream_ended(struct store_stream *stream)
{
	PGresult *result = NULL;
	int r;

	if (connection_result(stream->connection, 0, &result) && result &&
		PQresultStatus(result) == PGRES_FATAL_ERROR)
		r = connection_fault(result, "stream", stream->sqlstate);
	else
		r = fault(FAULT_DB, "stream: the server ended it");
	PQclear(result);
	return r;
}

/* The next change among what libpq has read: 0, STREAM_IDLE or a fault. */
static int change_take(struct store_stream *stream, struct store_change *ret_change)
{
	for (;;) {
		const char *message;
		int size;

		PQfreemem(stream->message);
		stream->message = NULL;
		size = PQgetCopyData(stream->connection, &stream->message, 1);
		if (size == 0)
			return STREAM_IDLE;
		if (size < 0)
			return stream_ended(stream);
		message = stream->message;
		stream->window_bytes += size;
		stream->reads_left = stream->reads_max;
		if (message[0] == 'w' && size >= CHANGE_HEADER_SIZE) {
			end_raise(stream, get_be64(message + 9));
			ret_change->bytes = (const uint8_t *)message + CHANGE_HEADER_SIZE;
			ret_change->size = (size_t)size - CHANGE_HEADER_SIZE;
			return 0;
		}
		if (message[0] != 'k' || size < KEEPALIVE_SIZE)
			return fault(FAULT_DB, "stream: unknown message '%c' of %d bytes",
				message[0], size);
		end_raise(stream, get_be64(message + 1));
		if (message[17])
			stream->status_due_us = 0;
	}
}

/* A status that is due; also once in a while when the reader never has to wait. */
static int status_check(struct store_stream *stream, int64_t now_us)
{
	stream->messages = 0;
	return now_us >= stream->status_due_us ? status_send(stream, now_us) : 0;
}

static void rate_check(struct store_stream *stream, int64_t now_us)
{
	int64_t elapsed_us = now_us - stream->window_start_us;

	if (elapsed_us < RATE_WINDOW_US)
		return;
	stream->busy = stream->window_bytes * US_PER_MS > elapsed_us * BUSY_BYTES_PER_MS;
	stream->window_start_us = now_us;
	stream->window_bytes = 0;
}

/* Naps, or waits for bytes until @deadline_us or until a status is due. */
static void stream_wait(struct store_stream *stream, int64_t now_us, int64_t deadline_us)
{
	struct pollfd ready = {.fd = PQsocket(stream->connection), .events = POLLIN};
	int64_t until_us =
		deadline_us < stream->status_due_us ? deadline_us : stream->status_due_us;

	rate_check(stream, now_us);
	if (stream->busy)
		nanosleep(&(struct timespec){.tv_nsec = NAP_US * 1000}, NULL);
	else
		poll(&ready, 1, (int)((until_us - now_us + US_PER_MS - 1) / US_PER_MS));
}

/* More bytes into libpq's buffer; STREAM_IDLE when the time to wait for them is over. */
static int stream_fill(struct store_stream *stream, int timeout_ms, int64_t *deadline_us)
{
	int64_t now_us;
	int r;

	if (stream->reads_left == 0) {
		now_us = clock_monotonic_us();
		r = status_check(stream, now_us);
		if (r)
			return r;
		if (*deadline_us < 0)
			*deadline_us = now_us + timeout_ms * US_PER_MS;
		if (now_us >= *deadline_us)
			return STREAM_IDLE;
		stream_wait(stream, now_us, *deadline_us);
		stream->reads_left = stream->reads_max;
	}
	stream->reads_left--;
	/* Broken: the server's last words may still be among what was read before. */
	if (!PQconsumeInput(stream->connection))
		stream->lost = true;
	return 0;
}

int store_stream_next(struct store_stream *stream, int timeout_ms, struct store_change *ret_change)
{
	int64_t deadline_us = -1;

	assert(timeout_ms >= 0);
	if (stream->reads_left == 0 && timeout_ms == 0)
		stream->reads_left = 1;
	if (++stream->messages >= CLOCK_EVERY_MESSAGES) {
		int r = status_check(stream, clock_monotonic_us());
		if (r)
			return r;
	}
	for (;;) {
		int r = change_take(stream, ret_change);
		if (r != STREAM_IDLE)
			return r;
		if (stream->lost)
			return connection_lost(stream->connection, "stream");
		r = stream_fill(stream, timeout_ms, &deadline_us);
		if (r)
			return r;
	}
}
