#include "live_test.h"

#include "bigendian.h"

#include <store/migrate.h>
#include <store/peek.h>
#include <string.h>

static struct store *source_store(void)
{
	struct store *store = live_store(NULL);

	live_outbox(store);
	expect_ok(store_ensure_slot(store, live_slot()));
	return store;
}

static struct store_peek *peek_open(int changes_max)
{
	struct store_peek *peek;

	expect_ok(store_peek_open(live_config(NULL), live_slot(), "outbox", changes_max, &peek));
	return peek;
}

struct chunk {
	char kinds[64]; /* "BRRIC": what came, in order */
	lsn_t end;      /* of the last commit */
};

static struct chunk chunk_read(struct store_peek *peek)
{
	struct chunk chunk = {0};
	struct store_change change;
	size_t count = 0;
	int r;

	while ((r = store_peek_next(peek, 5000, &change)) == 0) {
		expect(count < sizeof(chunk.kinds) - 1);
		chunk.kinds[count++] = (char)change.bytes[0];
		if (change.bytes[0] == 'C')
			chunk.end = get_be64(change.bytes + 10);
	}
	expect_int(r, PEEK_END);
	return chunk;
}

TEST(a_chunk_comes_again_until_it_is_confirmed)
{
	struct store *store = source_store();
	struct store_peek *peek = peek_open(1000);
	struct store_source source;
	struct chunk chunk;

	expect_text(chunk_read(peek).kinds, "");
	live_insert(store, 1, 1, 10);
	live_insert(store, 2, 2, 10);
	expect_text(chunk_read(peek).kinds, "BRRICBIIC");
	chunk = chunk_read(peek);
	expect_text(chunk.kinds, "BRRICBIIC");
	expect_ok(store_peek_advance(peek, chunk.end));
	expect_ok(store_source_read(store, live_slot(), &source));
	expect_int(source.confirmed_lsn, chunk.end);
	expect_text(chunk_read(peek).kinds, "");
	live_insert(store, 3, 1, 10);
	expect_text(chunk_read(peek).kinds, "BRRIC");
	store_peek_close(peek);
	store_destroy(store);
}

TEST(chunks_hold_whole_transactions)
{
	struct store *store = source_store();
	struct store_peek *peek = peek_open(4);
	struct chunk chunk;

	live_insert(store, 1, 1, 10);
	live_insert(store, 2, 5, 10);
	live_insert(store, 3, 1, 10);
	chunk = chunk_read(peek);
	expect_text(chunk.kinds, "BRRIC");
	expect_ok(store_peek_advance(peek, chunk.end));
	chunk = chunk_read(peek);
	expect_text(chunk.kinds, "BRRIIIIIC");
	expect_ok(store_peek_advance(peek, chunk.end));
	expect_text(chunk_read(peek).kinds, "BRRIC");
	store_peek_close(peek);
	store_destroy(store);
}

static size_t changes_read(struct store_peek *peek, struct store_stream *stream, size_t *bytes)
{
	struct store_change change;
	size_t count = 0;
	uint32_t sum = 0;

	while ((peek ? store_peek_next(peek, 5000, &change)
		     : store_stream_next(stream, 500, &change)) == 0) {
		for (size_t i = 0; i < change.size; i++)
			sum = sum * 31 + change.bytes[i];
		count++;
	}
	*bytes = sum;
	return count;
}

TEST(delivers_the_same_bytes_as_the_stream)
{
	struct store *store = source_store();
	struct store_peek *peek;
	struct store_stream *stream;
	size_t peek_sum, stream_sum, count;

	for (int i = 0; i < 20; i++)
		live_insert(store, i * 100, i, i * 700);
	peek = peek_open(1000000);
	count = changes_read(peek, NULL, &peek_sum);
	store_peek_close(peek);
	/* A transaction without rows is not even begun. */
	expect_int(count, 19 * 2 + 190 + 2);
	expect_ok(store_stream_open(live_config(NULL), live_slot(), "outbox", 0, &stream));
	expect_int(changes_read(NULL, stream, &stream_sum), count);
	expect_int(stream_sum, peek_sum);
	store_stream_close(stream);
	store_destroy(store);
}

TEST(is_refused_while_a_stream_holds_the_slot)
{
	struct store *store = source_store();
	struct store_peek *peek = peek_open(10);
	struct store_stream *stream;
	struct store_change change;

	expect_ok(store_stream_open(live_config(NULL), live_slot(), "outbox", 0, &stream));
	expect_fault(store_peek_next(peek, 5000, &change), FAULT_DB);
	expect(strstr(fault_text(), "is active for PID"));
	store_stream_close(stream);
	store_peek_close(peek);
	store_peek_close(NULL);
	store_destroy(store);
}

TEST(waits_no_longer_than_asked)
{
	struct store *store = source_store();
	struct store_peek *peek = peek_open(1000000);
	struct store_change change;
	int idle = 0, changes = 0, r;

	live_insert(store, 1, 20000, 100);
	while ((r = store_peek_next(peek, 0, &change)) != PEEK_END) {
		expect(r == 0 || r == STREAM_IDLE);
		idle += r == STREAM_IDLE;
		changes += r == 0;
	}
	expect(idle > 0);
	expect_int(changes, 20000 + 4);
	store_peek_close(peek);
	store_destroy(store);
}

TESTS("peek", TEST_CASE(a_chunk_comes_again_until_it_is_confirmed),
	TEST_CASE(chunks_hold_whole_transactions), TEST_CASE(delivers_the_same_bytes_as_the_stream),
	TEST_CASE(is_refused_while_a_stream_holds_the_slot), TEST_CASE(waits_no_longer_than_asked))
