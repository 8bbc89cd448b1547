#include "fake_store.h"

#include <base/buffer.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/uuid.h>
#include <bus/fake.h>
#include <runtime/service.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define TRANSACTIONS_MAX 4096
#define START 0x1000
#define RELATION 16385
#define EPOCH_US INT64_C(946684800000000)        /* 2000, PostgreSQL's */
#define COMMITTED_AT_US INT64_C(800000000000000) /* since then; long ago */
#define KEYS 5

struct transaction {
	const char *topic;
	size_t rows, first_row;
	lsn_t commit_lsn, end_lsn;
	int64_t committed_at_us; /* since 2000 */
};

static struct {
	const char *group;
	struct transaction log[TRANSACTIONS_MAX];
	size_t count, rows;
	struct store_source source;
	size_t break_after, idle_times, stop_after, streams;
	const char *live_topic;
	size_t live;
} server;

struct store_stream {
	size_t next; /* transaction */
	size_t part; /* 0 begin, 1 relation (once), then rows, then the commit */
	bool described;
	lsn_t seen;
	struct buffer message;
};

void fake_store_reset(const char *group)
{
	memset(&server, 0, sizeof(server));
	server.group = group;
	server.stop_after = 2;
	server.source = (struct store_source){
		.confirmed_lsn = START,
		.created_lsn = START,
		.current_lsn = START,
		.slot_exists = true,
		.system_id = "7300",
	};
}

struct store_source *fake_store_source(void)
{
	return &server.source;
}

lsn_t fake_store_transaction(const char *topic, size_t rows)
{
	struct transaction *transaction = &server.log[server.count++];

	*transaction = (struct transaction){
		.topic = topic,
		.rows = rows,
		.first_row = server.rows,
		.commit_lsn = server.source.current_lsn + 0x10 * (rows + 1),
		.committed_at_us = COMMITTED_AT_US,
	};
	transaction->end_lsn = transaction->commit_lsn + 0x30;
	server.source.current_lsn = transaction->end_lsn;
	server.rows += rows;
	return transaction->end_lsn;
}

void fake_store_keep_writing(const char *topic, size_t transactions)
{
	server.live_topic = topic;
	server.live = transactions;
}

static void write_now(void)
{
	fake_store_transaction(server.live_topic, 1);
	server.log[server.count - 1].committed_at_us = clock_now_us() - EPOCH_US;
	server.live--;
}

void fake_store_noise(lsn_t bytes)
{
	server.source.current_lsn += bytes;
}

size_t fake_store_rows(void)
{
	return server.rows;
}

void fake_store_break_after(size_t changes)
{
	server.break_after = changes;
}

void fake_store_stop_after(size_t idle_times)
{
	server.stop_after = server.idle_times + idle_times;
}

size_t fake_store_opened_streams(void)
{
	return server.streams;
}

/* ---- runtime ---- */

bool runtime_stopping(void)
{
	return server.idle_times >= server.stop_after;
}

void runtime_pause(int64_t pause_ms)
{
	(void)pause_ms;
}

/* ---- pgoutput ---- */

static void add_number(struct buffer *out, uint64_t number, int size)
{
	for (int i = size - 1; i >= 0; i--)
		buffer_add_byte(out, (uint8_t)(number >> (8 * i)));
}

static void add_text(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text) + 1);
}

static void add_value(struct buffer *out, const void *bytes, size_t size)
{
	buffer_add_byte(out, 'b');
	add_number(out, size, 4);
	buffer_add(out, bytes, size);
}

static void build_relation(struct buffer *out)
{
	static const struct {
		const char *name;
		uint32_t type;
	} columns[] = {{"id", 2950}, {"aggregatetype", 25}, {"aggregateid", 25}, {"type", 25},
		{"payload", 17}, {"sequence", 20}};

	buffer_add_byte(out, 'R');
	add_number(out, RELATION, 4);
	add_text(out, "public");
	add_text(out, "outbox");
	buffer_add_byte(out, 'd');
	add_number(out, 6, 2);
	for (size_t i = 0; i < 6; i++) {
		buffer_add_byte(out, 0);
		add_text(out, columns[i].name);
		add_number(out, columns[i].type, 4);
		add_number(out, UINT32_MAX, 4);
	}
}

static void build_begin(struct buffer *out, const struct transaction *transaction)
{
	buffer_add_byte(out, 'B');
	add_number(out, transaction->commit_lsn, 8);
	add_number(out, (uint64_t)transaction->committed_at_us, 8);
	add_number(out, 700, 4);
}

static void build_insert(struct buffer *out, const struct transaction *transaction, size_t row)
{
	uint64_t sequence = transaction->first_row + row + 1;
	uint64_t big_endian = __builtin_bswap64(sequence);
	struct uuid id = {{0}};
	char key[16];

	memcpy(id.bytes + 8, &big_endian, sizeof(big_endian));
	snprintf(key, sizeof(key), "key-%zu", (size_t)sequence % KEYS);
	buffer_add_byte(out, 'I');
	add_number(out, RELATION, 4);
	buffer_add_byte(out, 'N');
	add_number(out, 6, 2);
	add_value(out, id.bytes, sizeof(id.bytes));
	add_value(out, transaction->topic, strlen(transaction->topic));
	add_value(out, key, strlen(key));
	add_value(out, "Tested", 6);
	add_value(out, "payload", 7);
	add_value(out, &big_endian, sizeof(big_endian));
}

static void build_commit(struct buffer *out, const struct transaction *transaction)
{
	buffer_add_byte(out, 'C');
	buffer_add_byte(out, 0);
	add_number(out, transaction->commit_lsn, 8);
	add_number(out, transaction->end_lsn, 8);
	add_number(out, (uint64_t)transaction->committed_at_us, 8);
}

/* ---- store/stream.h ---- */

int store_stream_open(const struct store_config *config, const char *slot, const char *publication,
	lsn_t start, struct store_stream **ret_stream)
{
	struct store_stream *stream = calloc(1, sizeof(*stream));

	(void)config, (void)slot, (void)publication;
	if (start < server.source.confirmed_lsn)
		fail_test("a start below what the slot has confirmed: a silent gap");
	server.source.active_pid = 4711;
	server.streams++;
	buffer_init(&stream->message, 0);
	while (stream->next < server.count && server.log[stream->next].end_lsn <= start)
		stream->next++;
	*ret_stream = stream;
	return 0;
}

void store_stream_close(struct store_stream *stream)
{
	if (!stream)
		return;
	server.source.active_pid = 0;
	buffer_finish(&stream->message);
	free(stream);
}

static void build_next(struct store_stream *stream)
{
	const struct transaction *transaction = &server.log[stream->next];

	buffer_reset(&stream->message);
	if (stream->part == 0) {
		build_begin(&stream->message, transaction);
	} else if (stream->part == 1 && !stream->described && transaction->rows) {
		build_relation(&stream->message);
		stream->described = true;
		return;
	} else if (stream->part <= transaction->rows) {
		build_insert(&stream->message, transaction, stream->part - 1);
	} else {
		build_commit(&stream->message, transaction);
		stream->seen = transaction->end_lsn;
		stream->next++;
		stream->part = 0;
		return;
	}
	stream->part++;
}

int store_stream_next(struct store_stream *stream, int timeout_ms, struct store_change *ret_change)
{
	if (timeout_ms > 0 && server.live > 0 && stream->next == server.count)
		write_now();
	if (stream->next == server.count) {
		stream->seen = server.source.current_lsn;
		server.idle_times += timeout_ms > 0;
		return STREAM_IDLE;
	}
	if (server.break_after && --server.break_after == 0)
		return fault(FAULT_DB, "the connection broke");
	build_next(stream);
	ret_change->bytes = (const uint8_t *)stream->message.data;
	ret_change->size = stream->message.size;
	return 0;
}

lsn_t store_stream_end(const struct store_stream *stream)
{
	return stream->seen;
}

int store_stream_acknowledge(struct store_stream *stream, lsn_t lsn, bool now)
{
	(void)stream, (void)now;
	if ((int64_t)lsn > fake_committed(server.group, "relay.positions", 0) && lsn > START)
		fail_test("acknowledged what is not committed in Kafka");
	if (lsn > server.source.confirmed_lsn)
		server.source.confirmed_lsn = lsn;
	return 0;
}

/* ---- the rest of store ---- */

struct store *store_create(const struct store_config *config)
{
	(void)config;
	return calloc(1, 1);
}

void store_destroy(struct store *store)
{
	free(store);
}

int store_ready(struct store *store)
{
	(void)store;
	return 0;
}

int store_source_read(struct store *store, const char *slot, struct store_source *ret_source)
{
	(void)store, (void)slot;
	*ret_source = server.source;
	return 0;
}

char *lsn_format(lsn_t lsn, char text[static LSN_TEXT_SIZE])
{
	snprintf(text, LSN_TEXT_SIZE, "%X/%X", (unsigned)(lsn >> 32), (unsigned)lsn);
	return text;
}
