/*
 * What a run says when its connection ends inside it: a wire is put between libpq
 * and the server that lets through so many answers and then breaks.
 */
#include "bigendian.h"
#include "live_test.h"
#include "params.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALL 4   /* more than there are: it breaks when the store hangs up */
#define DEAF -1 /* breaks at the first request, which the server never gets */

static const char things_sql[] =
	"CREATE TABLE IF NOT EXISTS thing ("
	"	id int UNIQUE, late int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
	"PREPARE thing_add(int, int) AS INSERT INTO thing VALUES ($1, $2);";
static const char *const things[] = {things_sql, NULL};

static struct arena *arena;

/* ---- the wire ---- */

struct wire {
	int client, server; /* sockets */
	int answers_left;   /* then it breaks; DEAF */
	char bytes[8192];   /* of the server, not yet passed on */
	size_t size;
	pthread_t thread;
};

static void send_whole(int to, const char *bytes, size_t size)
{
	expect_int(send(to, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Passes on whole messages (manual, chapter 55.7). False once the last answer went. */
static bool pass_answers(struct wire *wire)
{
	while (wire->answers_left > 0 && wire->size >= 5) {
		size_t size = 1 + get_be32(wire->bytes + 1);

		if (wire->size < size)
			break;
		/* CommandComplete and ErrorResponse end a statement's answer. */
		wire->answers_left -= wire->bytes[0] == 'C' || wire->bytes[0] == 'E';
		send_whole(wire->client, wire->bytes, size);
		wire->size -= size;
		memmove(wire->bytes, wire->bytes + size, wire->size);
	}
	return wire->answers_left > 0;
}

static bool pass_requests(struct wire *wire)
{
	char bytes[8192];
	ssize_t got = recv(wire->client, bytes, sizeof(bytes), 0);

	if (got <= 0 || wire->answers_left == DEAF)
		return false;
	send_whole(wire->server, bytes, (size_t)got);
	return true;
}

static void *wire_run(void *context)
{
	struct wire *wire = context;
	struct pollfd ends[2] = {
		{.fd = wire->client, .events = POLLIN}, {.fd = wire->server, .events = POLLIN}};
	bool whole = true;

	while (whole) {
		expect(poll(ends, 2, 10000) > 0);
		if (ends[0].revents)
			whole = pass_requests(wire);
		if (whole && ends[1].revents) {
			ssize_t got = recv(wire->server, wire->bytes + wire->size,
				sizeof(wire->bytes) - wire->size, 0);

			expect(got > 0);
			wire->size += (size_t)got;
			whole = pass_answers(wire);
		}
	}
	(void)close(wire->client);
	(void)close(wire->server);
	return NULL;
}

/* libpq keeps its descriptor, and talks to the wire from now on. */
static void wire_put(struct wire *wire, const struct store *store, int answers)
{
	int ends[2];

	expect(!PQsslInUse(store->connection));
	expect_int(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	*wire = (struct wire){.client = ends[1],
		.server = dup(PQsocket(store->connection)),
		.answers_left = answers};
	expect(dup2(ends[0], PQsocket(store->connection)) >= 0);
	(void)close(ends[0]);
	expect_int(pthread_create(&wire->thread, NULL, wire_run, wire), 0);
}

/* ---- what is run over it ---- */

static void queue_add(struct store *store, int id, int late)
{
	struct store_params *params = store_params_create(arena);

	store_add_int(params, id);
	store_add_int(params, late);
	store_queue(store, "thing_add", params);
}

/* A row over a wire that breaks after @answers of 3; *ret_rows as another session sees them. */
static int add(int id, int late, int answers, int64_t *ret_rows)
{
	struct store *store, *other;
	struct wire wire;
	int r;

	arena = arena_create(1 << 20);
	store = live_store(things);
	other = live_store(NULL);
	wire_put(&wire, store, answers);
	store_queue(store, "begin", NULL);
	queue_add(store, id, late);
	store_queue(store, "commit", NULL);
	r = store_run(store, NULL, 0);
	store_destroy(store);
	pthread_join(wire.thread, NULL);
	live_await(other,
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()");
	*ret_rows = live_long(other, "SELECT count(*) FROM thing");
	store_destroy(other);
	arena_destroy(arena);
	return r;
}

TEST(a_commit_whose_answer_is_lost_may_be_done)
{
	int64_t rows;

	for (int answers = 0; answers < 3; answers++) {
		expect_fault(add(answers, answers, answers, &rows), FAULT_DB_UNKNOWN);
		expect(strstr(fault_text(), "may be done"));
		expect_int(rows, answers + 1);
	}
}

TEST(a_commit_that_never_arrived_looks_the_same)
{
	int64_t rows;

	expect_fault(add(1, 1, DEAF, &rows), FAULT_DB_UNKNOWN);
	expect_int(rows, 0);
}

TEST(a_commit_that_was_answered_is_done_whatever_follows)
{
	int64_t rows;

	expect_ok(add(1, 1, 3, &rows));
	expect_int(rows, 1);
}

TEST(a_refusal_in_front_of_the_commit_says_that_nothing_is_done)
{
	int64_t rows;

	expect_ok(add(1, 1, ALL, &rows));
	expect_fault(add(1, 2, 2, &rows), FAULT_DB_DATA);
	expect_int(rows, 1);
}

TEST(a_refused_commit_says_that_nothing_is_done)
{
	int64_t rows;

	expect_ok(add(1, 1, ALL, &rows));
	expect_fault(add(2, 1, 3, &rows), FAULT_DB_DATA);
	expect_int(rows, 1);
}

TEST(without_a_commit_it_is_a_lost_connection)
{
	struct store *store = live_store(things);
	struct wire wire;

	arena = arena_create(1 << 20);
	wire_put(&wire, store, 1);
	store_queue(store, "begin", NULL);
	queue_add(store, 1, 1);
	expect_fault(store_run(store, NULL, 0), FAULT_DB);
	store_destroy(store);
	pthread_join(wire.thread, NULL);
	arena_destroy(arena);
}

TESTS("store pipeline", TEST_CASE(a_commit_whose_answer_is_lost_may_be_done),
	TEST_CASE(a_commit_that_never_arrived_looks_the_same),
	TEST_CASE(a_commit_that_was_answered_is_done_whatever_follows),
	TEST_CASE(a_refusal_in_front_of_the_commit_says_that_nothing_is_done),
	TEST_CASE(a_refused_commit_says_that_nothing_is_done),
	TEST_CASE(without_a_commit_it_is_a_lost_connection))
