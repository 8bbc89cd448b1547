#include "live_test.h"

#include "bigendian.h"

#include <base/clock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/migrate.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* What the tests need of pgoutput: the end of a transaction and the row's "sequence". */
struct event {
	char kind;        /* 'B', 'C', 'I', 'R' … */
	lsn_t end;        /* of 'C' */
	int64_t sequence; /* of 'I' */
};

static int64_t sequence_of(const uint8_t *bytes)
{
	enum { SEQUENCE = 6 };
	const uint8_t *at = bytes + 1 + 4 + 1 + 2; /* 'I', relation, 'N', columns */

	for (int column = 0; column < SEQUENCE; column++)
		at += *at == 'n' ? 1 : 5 + get_be32(at + 1);
	expect_int(*at, 'b');
	return (int64_t)get_be64(at + 5);
}

static int next(struct store_stream *stream, int timeout_ms, struct event *ret_event)
{
	struct store_change change;
	int r = store_stream_next(stream, timeout_ms, &change);

	if (r)
		return r;
	*ret_event = (struct event){.kind = (char)change.bytes[0]};
	if (ret_event->kind == 'C')
		ret_event->end = get_be64(change.bytes + 10);
	if (ret_event->kind == 'I')
		ret_event->sequence = sequence_of(change.bytes);
	return 0;
}

static struct event expect_kind(struct store_stream *stream, char kind)
{
	struct event event = {0};

	do
		expect_ok(next(stream, 5000, &event));
	while (event.kind == 'R');
	if (event.kind != kind)
		fail_test("'%c' came where '%c' was expected", event.kind, kind);
	return event;
}

/* One transaction with the rows @first … @first + @count - 1. Returns where it ends. */
static lsn_t expect_transaction(struct store_stream *stream, int first, int count)
{
	expect_kind(stream, 'B');
	for (int i = 0; i < count; i++)
		expect_int(expect_kind(stream, 'I').sequence, first + i);
	return expect_kind(stream, 'C').end;
}

static void expect_idle(struct store_stream *stream)
{
	struct event event;

	expect_int(next(stream, 50, &event), STREAM_IDLE);
}

static struct store_source source_of(struct store *store)
{
	struct store_source source;

	expect_ok(store_source_read(store, live_slot(), &source));
	return source;
}

/* Outbox and slot. */
static struct store *source_store(void)
{
	struct store *store = live_store(NULL);

	live_outbox(store);
	expect_ok(store_ensure_slot(store, live_slot()));
	return store;
}

static struct store_stream *stream_at(struct store *store, lsn_t start)
{
	struct store_stream *stream = NULL;

	/* The walsender before may still be on its way out. */
	for (int i = 0; i < 100 && source_of(store).active_pid; i++)
		expect_ok(store_execute(store, "SELECT pg_sleep(0.02)"));
	expect_ok(store_stream_open(live_config(NULL), live_slot(), "outbox", start, &stream));
	return stream;
}

TEST(rows_arrive_exactly_and_in_the_order_of_commits)
{
	struct store *store = source_store(), *early = live_store(NULL);
	struct store_stream *stream;

	/* Begun first, committed last. */
	expect_ok(store_execute(early, "BEGIN"));
	live_insert(early, 100, 2, 10);
	live_insert(store, 1, 1, 10);
	live_insert(store, 2, 3, 100000);
	expect_ok(store_execute(store, "BEGIN"));
	live_insert(store, 50, 1, 10);
	expect_ok(store_execute(store, "ROLLBACK"));
	expect_ok(store_execute(early, "COMMIT"));
	expect_ok(store_execute(store, "CREATE TABLE other (n int); INSERT INTO other VALUES (1)"));

	stream = stream_at(store, source_of(store).created_lsn);
	expect_transaction(stream, 1, 1);
	expect_transaction(stream, 2, 3);
	expect_transaction(stream, 100, 2);
	expect_idle(stream);
	live_insert(store, 7, 1, 10);
	expect_transaction(stream, 7, 1);
	store_stream_close(stream);
	store_destroy(store);
	store_destroy(early);
}

TEST(resuming_at_a_commits_end_delivers_exactly_what_follows)
{
	struct store *store = source_store();
	struct store_stream *stream;
	lsn_t ends[5];

	for (int i = 0; i < 5; i++)
		live_insert(store, i, 1, 10);
	stream = stream_at(store, source_of(store).created_lsn);
	for (int i = 0; i < 5; i++)
		ends[i] = expect_transaction(stream, i, 1);
	store_stream_close(stream);
	for (int from = 0; from < 5; from++) {
		stream = stream_at(store, ends[from]);
		for (int i = from + 1; i < 5; i++)
			expect_int(expect_transaction(stream, i, 1), ends[i]);
		expect_idle(stream);
		store_stream_close(stream);
	}
	store_destroy(store);
}

TEST(a_second_reader_is_refused_with_the_first_ones_pid)
{
	struct store *store = source_store();
	struct store_stream *first = stream_at(store, 0), *second;
	char words[64];

	snprintf(words, sizeof(words), "is active for PID %d", source_of(store).active_pid);
	expect(source_of(store).active_pid != 0);
	expect_fault(
		store_stream_open(live_config(NULL), live_slot(), "outbox", 0, &second), FAULT_DB);
	expect(strstr(fault_text(), words));
	live_insert(store, 1, 1, 10);
	expect_transaction(first, 1, 1);
	store_stream_close(first);
	store_destroy(store);
}

TEST(a_slot_that_is_not_there_is_a_persons_business)
{
	struct store *store = source_store();
	struct store_stream *stream;

	expect_fault(store_stream_open(live_config(NULL), "no_such_slot", "outbox", 0, &stream),
		FAULT_DB_CONFIG);
	expect(strstr(fault_text(), "no_such_slot"));
	store_destroy(store);
}

/* Waits until the server has the position it was told; it may never be past it. */
static void await_confirmed(struct store *store, struct store_stream *stream, lsn_t want)
{
	struct event event;

	for (int i = 0; i < 250; i++) {
		lsn_t confirmed = source_of(store).confirmed_lsn;
		if (confirmed > want)
			fail_test("confirmed %lu is past %lu", confirmed, want);
		if (confirmed == want)
			return;
		expect_int(next(stream, 20, &event), STREAM_IDLE);
	}
	fail_test("%lu was never confirmed", want);
}

TEST(nothing_is_confirmed_but_what_was_acknowledged)
{
	struct store *store = source_store();
	lsn_t created = source_of(store).created_lsn;
	struct store_stream *stream = stream_at(store, created);
	struct event event;
	int64_t until_us;
	lsn_t first, second;

	live_insert(store, 1, 1, 10);
	live_insert(store, 2, 1, 10);
	first = expect_transaction(stream, 1, 1);
	second = expect_transaction(stream, 2, 1);

	/* Long enough for statuses of their own accord. */
	until_us = clock_monotonic_us() + 2500 * US_PER_MS;
	while (clock_monotonic_us() < until_us)
		expect_int(next(stream, 100, &event), STREAM_IDLE);
	expect_int(source_of(store).confirmed_lsn, created);

	expect_ok(store_stream_acknowledge(stream, first, false));
	await_confirmed(store, stream, first);
	expect_ok(store_stream_acknowledge(stream, created, true));
	expect_int(next(stream, 100, &event), STREAM_IDLE);
	expect_int(source_of(store).confirmed_lsn, first);
	expect_ok(store_stream_acknowledge(stream, second, true));
	await_confirmed(store, stream, second);
	store_stream_close(stream);

	stream = stream_at(store, created);
	expect_idle(stream);
	store_stream_close(stream);
	store_destroy(store);
}

TEST(an_acknowledgement_now_does_not_wait_for_the_next_status)
{
	struct store *store = source_store();
	struct store_stream *stream = stream_at(store, 0);
	int64_t start_us;
	lsn_t end;

	live_insert(store, 1, 1, 10);
	end = expect_transaction(stream, 1, 1);
	start_us = clock_monotonic_us();
	expect_ok(store_stream_acknowledge(stream, end, true));
	while (source_of(store).confirmed_lsn != end)
		if (clock_monotonic_us() - start_us > 500 * US_PER_MS)
			fail_test("not confirmed after 500 ms");
	store_stream_close(stream);
	store_destroy(store);
}

TEST(keepalives_tell_the_end_of_the_log)
{
	struct store *store = source_store();
	struct store_stream *stream = stream_at(store, 0);
	struct event event;
	lsn_t end;

	expect_ok(store_execute(store, "CREATE TABLE other AS SELECT generate_series(1, 1000)"));
	end = source_of(store).current_lsn;
	/* The server tells it with its answer to a status, at most a second away. */
	for (int i = 0; i < 100 && store_stream_end(stream) < end; i++)
		expect_int(next(stream, 50, &event), STREAM_IDLE);
	expect(store_stream_end(stream) >= end);
	store_stream_close(stream);
	store_destroy(store);
}

TEST(looking_does_not_wait)
{
	struct store *store = source_store();
	struct store_stream *stream = stream_at(store, 0);
	int64_t start_us = clock_monotonic_us();
	struct event event;

	for (int i = 0; i < 1000; i++)
		expect_int(next(stream, 0, &event), STREAM_IDLE);
	expect(clock_monotonic_us() - start_us < 500 * US_PER_MS);
	live_insert(store, 1, 1, 10);
	start_us = clock_monotonic_us();
	while (next(stream, 0, &event) == STREAM_IDLE)
		expect(clock_monotonic_us() - start_us < 5 * US_PER_S);
	expect_int(event.kind, 'B');
	store_stream_close(stream);
	store_destroy(store);
}

TEST(a_wait_lasts_as_long_as_asked)
{
	struct store *store = source_store();
	struct store_stream *stream = stream_at(store, 0);
	int64_t start_us = clock_monotonic_us();
	struct event event;

	expect_int(next(stream, 200, &event), STREAM_IDLE);
	expect(clock_monotonic_us() - start_us >= 200 * US_PER_MS);
	expect(clock_monotonic_us() - start_us < 1000 * US_PER_MS);
	store_stream_close(stream);
	store_destroy(store);
}

/* A backlog, then single rows: the coalescing of the one must not delay the other. */
TEST(a_row_after_a_backlog_is_not_late)
{
	enum { BACKLOG = 30000 };
	struct store *store = source_store();
	struct store_stream *stream;
	int64_t worst_us = 0;

	live_insert(store, 0, BACKLOG, 250);
	stream = stream_at(store, 0);
	expect_transaction(stream, 0, BACKLOG);
	expect_idle(stream);
	for (int i = 0; i < 20; i++) {
		int64_t start_us;
		live_insert(store, BACKLOG + i, 1, 250);
		start_us = clock_monotonic_us();
		expect_transaction(stream, BACKLOG + i, 1);
		if (clock_monotonic_us() - start_us > worst_us)
			worst_us = clock_monotonic_us() - start_us;
	}
	printf("     slowest of 20 rows: %ld us\n", (long)worst_us);
	expect(worst_us < 500 * US_PER_MS);
	store_stream_close(stream);
	store_destroy(store);
}

TEST(a_terminated_walsender_is_a_fault_and_nothing_is_lost)
{
	struct store *store = source_store();
	struct store_stream *stream = stream_at(store, 0);
	struct event event;
	lsn_t end;
	int r;

	live_insert(store, 1, 1, 10);
	end = expect_transaction(stream, 1, 1);
	live_terminate(store, source_of(store).active_pid);
	while ((r = next(stream, 1000, &event)) == STREAM_IDLE)
		;
	expect_int(r, FAULT_DB);
	expect(strstr(fault_text(), "terminating connection"));
	store_stream_close(stream);
	live_insert(store, 2, 1, 10);
	stream = stream_at(store, end);
	expect_transaction(stream, 2, 1);
	store_stream_close(stream);
	store_stream_close(NULL);
	store_destroy(store);
}

/* The socket opened last: the stream's. */
static int newest_socket(void)
{
	struct stat status;
	int fd = 255;

	while (fd > 0 && !(fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)))
		fd--;
	return fd;
}

TEST(a_connection_that_ends_without_a_word_is_a_fault)
{
	struct store *store = source_store();
	struct store_stream *stream = stream_at(store, 0);
	struct event event;

	live_insert(store, 1, 1, 10);
	expect_transaction(stream, 1, 1);
	expect(shutdown(newest_socket(), SHUT_RDWR) == 0);
	expect_fault(next(stream, 100, &event), FAULT_DB);
	expect(strlen(fault_text()) > strlen("stream: "));
	store_stream_close(stream);
	expect_int(live_long(store, "SELECT 1"), 1);
	store_destroy(store);
}

TESTS("stream", TEST_CASE(rows_arrive_exactly_and_in_the_order_of_commits),
	TEST_CASE(resuming_at_a_commits_end_delivers_exactly_what_follows),
	TEST_CASE(a_second_reader_is_refused_with_the_first_ones_pid),
	TEST_CASE(a_slot_that_is_not_there_is_a_persons_business),
	TEST_CASE(nothing_is_confirmed_but_what_was_acknowledged),
	TEST_CASE(an_acknowledgement_now_does_not_wait_for_the_next_status),
	TEST_CASE(keepalives_tell_the_end_of_the_log), TEST_CASE(looking_does_not_wait),
	TEST_CASE(a_wait_lasts_as_long_as_asked), TEST_CASE(a_row_after_a_backlog_is_not_late),
	TEST_CASE(a_terminated_walsender_is_a_fault_and_nothing_is_lost),
	TEST_CASE(a_connection_that_ends_without_a_word_is_a_fault))
