#include "live_test.h"
#include "params.h"

#include <base/clock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char things_sql[] =
	"CREATE TABLE IF NOT EXISTS thing (id int PRIMARY KEY, name text);"
	"PREPARE thing_add(int, text) AS INSERT INTO thing VALUES ($1, $2);"
	"PREPARE thing_all AS SELECT id, name FROM thing ORDER BY id;"
	"PREPARE thing_sleep AS SELECT pg_sleep(60)::text;"
	"PREPARE echo_long(bytea) AS SELECT $1;";
static const char *const things[] = {things_sql, NULL};

static struct arena *arena;

static struct store *things_store(void)
{
	arena = arena_create(256 << 20);
	return live_store(things);
}

static void queue_add(struct store *store, int id, const char *name)
{
	struct store_params *params = store_params_create(arena);

	store_add_int(params, id);
	store_add_text(params, name);
	store_queue(store, "thing_add", params);
}

static int run(struct store *store)
{
	return store_run(store, NULL, 0);
}

TEST(results_come_in_the_order_of_the_statements)
{
	struct store *store = things_store();
	struct store_result *results[5];

	store_queue(store, "begin", NULL);
	queue_add(store, 1, "one");
	queue_add(store, 2, NULL);
	store_queue(store, "thing_all", NULL);
	store_queue(store, "commit", NULL);
	expect_ok(store_run(store, results, 5));
	expect_int(store_affected(results[1]), 1);
	expect_int(store_rows(results[3]), 2);
	expect_int(store_get_int(results[3], 0, 0), 1);
	expect_text(store_get_text(results[3], 0, 1), "one");
	expect(!store_get_text(results[3], 1, 1) && store_is_null(results[3], 1, 1));
	store_results_free(results, 5);
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 2);
	store_destroy(store);
}

TEST(an_error_in_the_middle_is_the_fault_and_nothing_stays)
{
	struct store *store = things_store();
	struct store_result *results[5];

	store_queue(store, "begin", NULL);
	queue_add(store, 1, "one");
	queue_add(store, 1, "again");
	queue_add(store, 2, "two");
	store_queue(store, "commit", NULL);
	expect_fault(store_run(store, results, 5), FAULT_DB_DATA);
	expect_text(store_sqlstate(store), "23505");
	expect(strstr(fault_text(), "thing_add: duplicate key value"));
	for (int i = 0; i < 5; i++)
		expect(!results[i]);
	store_rollback(store);
	expect(strstr(fault_text(), "duplicate key value"));
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);

	queue_add(store, 1, "one");
	expect_ok(run(store));
	expect_text(store_sqlstate(store), "");
	store_destroy(store);
}

TEST(statements_of_one_run_are_one_implicit_transaction)
{
	struct store *store = things_store();

	queue_add(store, 1, "one");
	queue_add(store, 1, "again");
	expect_fault(run(store), FAULT_DB_DATA);
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);
	store_destroy(store);
}

TEST(a_transaction_spans_runs_and_rolls_back)
{
	struct store *store = things_store();

	store_queue(store, "begin", NULL);
	queue_add(store, 1, "one");
	expect_ok(run(store));
	queue_add(store, 2, "two");
	expect_ok(run(store));
	store_rollback(store);
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);
	store_destroy(store);
}

TEST(commit_of_a_failed_transaction_is_a_fault)
{
	struct store *store = things_store();

	store_queue(store, "begin", NULL);
	queue_add(store, 1, "one");
	queue_add(store, 1, "again");
	expect_fault(run(store), FAULT_DB_DATA);
	store_queue(store, "commit", NULL);
	expect_fault(run(store), FAULT_DB);
	expect(strstr(fault_text(), "rolled back"));
	store_destroy(store);
}

struct victim {
	struct store *other;
	int pid;
};

/* Ends the server process once it sleeps. */
static void *terminate(void *context)
{
	struct victim *victim = context;
	char sql[200];

	snprintf(sql, sizeof(sql),
		"SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = %d", victim->pid);
	live_await(victim->other, sql);
	live_terminate(victim->other, victim->pid);
	return NULL;
}

TEST(a_backend_terminated_in_the_middle_is_a_fault_and_ready_mends_it)
{
	struct store *store = things_store();
	struct victim victim = {live_store(NULL), live_pid(store)};
	int64_t start_us = clock_monotonic_us();
	pthread_t thread;

	store_queue(store, "begin", NULL);
	queue_add(store, 1, "one");
	store_queue(store, "thing_sleep", NULL);
	store_queue(store, "commit", NULL);
	pthread_create(&thread, NULL, terminate, &victim);
	expect_fault(run(store), FAULT_DB);
	pthread_join(thread, NULL);
	expect(clock_monotonic_us() - start_us < 4 * US_PER_S);
	expect_text(store_sqlstate(store), "57P01");
	store_rollback(store);
	queue_add(store, 1, "one");
	expect_fault(run(store), FAULT_DB);

	expect_ok(store_ready(store));
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);
	queue_add(store, 1, "one");
	expect_ok(run(store));
	store_destroy(store);
	store_destroy(victim.other);
}

TEST(a_connection_closed_while_idle_is_noticed_by_ready)
{
	struct store *store = things_store();
	struct store *other = live_store(NULL);
	int pid = live_pid(store);

	live_terminate(other, pid);
	expect_ok(store_ready(store));
	expect(live_pid(store) != pid);
	queue_add(store, 1, "one");
	expect_ok(run(store));
	store_destroy(store);
	store_destroy(other);
}

TEST(ready_keeps_a_connection_that_is_well)
{
	struct store *store = things_store();
	int pid = live_pid(store);

	expect_ok(store_ready(store));
	expect_int(live_pid(store), pid);
	store_destroy(store);
}

/* Each side has far more to send than the sockets hold: neither may wait for the other. */
TEST(a_big_pipeline_does_not_lock_up)
{
	enum { COUNT = 3, SIZE = 32 << 20 };
	struct store *store = things_store();
	struct store_result *results[COUNT];
	char *bytes = malloc(SIZE);
	size_t size;

	memset(bytes, 'b', SIZE);
	for (int i = 0; i < COUNT; i++) {
		struct store_params *params = store_params_create(arena);
		store_add_bytes(params, bytes, SIZE);
		store_queue(store, "echo_long", params);
	}
	expect_ok(store_run(store, results, COUNT));
	for (int i = 0; i < COUNT; i++) {
		const void *back = store_get_bytes(results[i], 0, 0, &size);
		expect(size == SIZE && memcmp(back, bytes, SIZE) == 0);
	}
	store_results_free(results, COUNT);
	free(bytes);
	store_destroy(store);
}

TEST(too_many_statements_are_refused_whole)
{
	struct store *store = things_store();

	for (int i = 0; i < STORE_QUEUE_MAX + 1; i++)
		queue_add(store, i, "x");
	expect_fault(run(store), FAULT_LIMIT);
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);
	for (int i = 0; i < STORE_QUEUE_MAX; i++)
		queue_add(store, i, "x");
	expect_ok(run(store));
	expect_int(live_long(store, "SELECT count(*) FROM thing"), STORE_QUEUE_MAX);
	store_destroy(store);
}

TEST(rollback_forgets_what_was_queued)
{
	struct store *store = things_store();

	queue_add(store, 1, "one");
	store_rollback(store);
	expect_ok(run(store));
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);
	store_destroy(store);
}

static const char every_type_sql[] =
	"PREPARE every_type(uuid[], text[], bytea[], int[], bigint[], boolean[], timestamptz[]) AS "
	"SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7);"
	"PREPARE every_scalar(uuid, text, bytea, int, bigint, boolean, timestamptz) AS "
	"SELECT $1, $2, $3, $4, $5, $6, $7, '16/B374D848'::pg_lsn, 'n'::name, 'v'::varchar;";
static const char *const every_type[] = {every_type_sql, NULL};

static const struct uuid some_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
#define SOME_TIME_US INT64_C(1769853600123456)

static void expect_every_value(const struct store_result *rows, size_t row)
{
	struct uuid id = store_get_uuid(rows, row, 0);
	size_t size;
	const char *bytes = store_get_bytes(rows, row, 2, &size);

	expect_uuid(&id, &some_id);
	expect_text(store_get_text(rows, row, 1), "\xc3\xa4 text");
	expect_bytes(bytes, size, "\0\xff", 2);
	expect_int(store_get_int(rows, row, 3), INT32_MIN);
	expect_int(store_get_long(rows, row, 4), INT64_MIN);
	expect(store_get_bool(rows, row, 5));
	expect_int(store_get_time(rows, row, 6), SOME_TIME_US);
}

static struct store_params *scalars(void)
{
	struct store_params *params = store_params_create(arena);

	store_add_uuid(params, &some_id);
	store_add_text(params, "\xc3\xa4 text");
	store_add_bytes(params, "\0\xff", 2);
	store_add_int(params, INT32_MIN);
	store_add_long(params, INT64_MIN);
	store_add_bool(params, true);
	store_add_time(params, SOME_TIME_US);
	return params;
}

/* A row of values and a row of nulls. */
static struct store_params *arrays(void)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *texts = store_add_array(params, STORE_TEXT);
	struct store_array *bytes = store_add_array(params, STORE_BYTES);
	struct store_array *ints = store_add_array(params, STORE_INT);
	struct store_array *longs = store_add_array(params, STORE_LONG);
	struct store_array *bools = store_add_array(params, STORE_BOOL);
	struct store_array *times = store_add_array(params, STORE_TIME);

	store_push_uuid(ids, &some_id);
	store_push_text(texts, "\xc3\xa4 text");
	store_push_bytes(bytes, "\0\xff", 2);
	store_push_int(ints, INT32_MIN);
	store_push_long(longs, INT64_MIN);
	store_push_bool(bools, true);
	store_push_time(times, SOME_TIME_US);
	store_push_uuid(ids, NULL);
	store_push_text(texts, NULL);
	store_push_bytes(bytes, NULL, 0);
	store_push_int(ints, 0);
	store_push_long(longs, 0);
	store_push_bool(bools, false);
	store_push_time(times, 0);
	return params;
}

TEST(every_type_goes_there_and_back)
{
	struct store *store = live_store(every_type);
	struct store_result *results[2];
	const struct store_result *rows;
	struct uuid id;

	arena = arena_create(1 << 20);
	store_queue(store, "every_scalar", scalars());
	store_queue(store, "every_type", arrays());
	expect_ok(store_run(store, results, 2));
	expect_every_value(results[0], 0);
	expect_int(store_get_long(results[0], 0, 7), INT64_C(0x16B374D848));
	expect_text(store_get_text(results[0], 0, 8), "n");
	expect_text(store_get_text(results[0], 0, 9), "v");
	rows = results[1];
	expect_int(store_rows(rows), 2);
	expect_every_value(rows, 0);
	for (int column = 0; column < 3; column++)
		expect(store_is_null(rows, 1, column));
	id = store_get_uuid(rows, 1, 0);
	expect(uuid_is_nil(&id));
	expect(!store_get_text(rows, 1, 1));
	expect(!store_copy_text(rows, 1, 1, arena));
	expect_text(store_copy_text(rows, 0, 1, arena), store_get_text(rows, 0, 1));
	expect_int(store_get_time(rows, 1, 6), 0);
	store_results_free(results, 2);
	store_destroy(store);
}

TEST(arrays_may_be_empty_and_large)
{
	struct store *store = live_store((const char *const[]){
		"PREPARE total(bigint[]) AS SELECT count(*), coalesce(sum(n), 0)::bigint "
		"FROM unnest($1) AS n",
		NULL});
	struct store_result *results[2];

	arena = arena_create(256 << 20);
	for (int64_t count = 0; count <= 100000; count += 100000) {
		struct store_params *params = store_params_create(arena);
		struct store_array *numbers = store_add_array(params, STORE_LONG);
		for (int64_t i = 1; i <= count; i++)
			store_push_long(numbers, i);
		store_queue(store, "total", params);
	}
	expect_ok(store_run(store, results, 2));
	expect_int(store_get_long(results[0], 0, 0), 0);
	expect_int(store_get_long(results[1], 0, 0), 100000);
	expect_int(store_get_long(results[1], 0, 1), INT64_C(5000050000));
	store_results_free(results, 2);
	store_destroy(store);
}

TEST(time_outs_and_name_are_set)
{
	struct store *store = live_store(NULL);

	expect_text(live_text(store, "SELECT current_setting('statement_timeout')"), "5s");
	expect_text(live_text(store, "SELECT current_setting('lock_timeout')"), "5s");
	expect_text(
		live_text(store, "SELECT current_setting('idle_in_transaction_session_timeout')"),
		"5s");
	expect_text(live_text(store, "SELECT current_setting('application_name')"), "store test");
	expect_text(live_text(store, "SELECT current_setting('client_encoding')"), "UTF8");
	store_destroy(store);
}

TEST(a_slow_statement_is_given_up)
{
	struct store_config config = *live_config(things);
	struct store *store = store_create(&config);

	config.statement_timeout_ms = 100;
	expect_ok(store_ready(store));
	store_queue(store, "thing_sleep", NULL);
	expect_fault(run(store), FAULT_DB);
	expect_text(store_sqlstate(store), "57014");
	store_rollback(store);
	expect_int(live_long(store, "SELECT 1"), 1);
	store_destroy(store);
}

/* A server process that is stopped answers nothing and closes nothing. */
TEST(a_server_that_falls_silent_is_given_up)
{
	struct store *store = things_store();

	store->silence_max_ms = 200;
	store_queue(store, "thing_sleep", NULL);
	queue_add(store, 1, "one");
	expect_fault(run(store), FAULT_DB);
	expect(strstr(fault_text(), "no answer"));
	store_rollback(store);
	expect_ok(store_ready(store));
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 0);
	store_destroy(store);
}

static void expect_no_connection(const char *url, int kind, const char *sqlstate)
{
	struct store_config config = *live_config(NULL);
	struct store *store;

	config.url = url;
	store = store_create(&config);
	expect_fault(store_ready(store), kind);
	expect_text(store_sqlstate(store), sqlstate);
	expect(!strstr(fault_text(), "LOCATION"));
	expect(!strchr(fault_text(), '\n'));
	store_destroy(store);
}

TEST(a_refused_connection_says_whether_waiting_helps)
{
	struct store *store = live_store(NULL);
	char url[256];

	snprintf(url, sizeof(url), "host=%s port=%s user=%s password='%s' dbname=there_is_no_such",
		PQhost(store->connection), PQport(store->connection), PQuser(store->connection),
		PQpass(store->connection));
	expect_no_connection(url, FAULT_DB_CONFIG, "3D000");
	snprintf(url, sizeof(url), "host=%s port=%s user=%s dbname=there_is_no_such",
		PQhost(store->connection), PQport(store->connection), PQuser(store->connection));
	if (PQconnectionUsedPassword(store->connection))
		expect_no_connection(url, FAULT_DB_CONFIG, "");
	expect_no_connection("host=127.0.0.1 port=1 dbname=x", FAULT_DB, "");
	expect_no_connection("postgresql:///x?no_such_option=1", FAULT_DB_CONFIG, "");
	store_destroy(store);
}

TEST(a_script_that_fails_names_what_is_missing)
{
	static const char *const scripts[] = {"PREPARE x AS SELECT * FROM no_such_table", NULL};
	struct store *store = store_create(live_config(scripts));

	expect_fault(store_ready(store), FAULT_DB_CONFIG);
	expect(strstr(fault_text(), "no_such_table"));
	expect_text(store_sqlstate(store), "42P01");
	store_destroy(store);
}

TEST(plain_sql_runs_several_statements)
{
	struct store *store = things_store();

	expect_ok(store_execute(
		store, "INSERT INTO thing VALUES (1, 'a'); INSERT INTO thing VALUES (2, 'b')"));
	expect_int(live_long(store, "SELECT count(*) FROM thing"), 2);
	expect_fault(store_execute(store, "SELECT 1/0"), FAULT_DB_DATA);
	expect_text(store_sqlstate(store), "22012");
	expect_fault(store_execute(store, "COPY thing TO STDOUT"), FAULT_DB_CONFIG);
	expect_ok(store_ready(store));
	store_destroy(store);
}

TEST(rollback_without_a_connection_is_nothing)
{
	struct store *store = store_create(live_config(NULL));

	store_rollback(store);
	expect_fault(run(store), 0);
	expect_fault(store_execute(store, "SELECT 1"), FAULT_DB);
	store_destroy(store);
	store_destroy(NULL);
}

TESTS("store", TEST_CASE(results_come_in_the_order_of_the_statements),
	TEST_CASE(an_error_in_the_middle_is_the_fault_and_nothing_stays),
	TEST_CASE(statements_of_one_run_are_one_implicit_transaction),
	TEST_CASE(a_transaction_spans_runs_and_rolls_back),
	TEST_CASE(commit_of_a_failed_transaction_is_a_fault),
	TEST_CASE(a_backend_terminated_in_the_middle_is_a_fault_and_ready_mends_it),
	TEST_CASE(a_connection_closed_while_idle_is_noticed_by_ready),
	TEST_CASE(ready_keeps_a_connection_that_is_well),
	TEST_CASE(a_big_pipeline_does_not_lock_up),
	TEST_CASE(too_many_statements_are_refused_whole),
	TEST_CASE(rollback_forgets_what_was_queued), TEST_CASE(every_type_goes_there_and_back),
	TEST_CASE(arrays_may_be_empty_and_large), TEST_CASE(time_outs_and_name_are_set),
	TEST_CASE(a_slow_statement_is_given_up), TEST_CASE(a_server_that_falls_silent_is_given_up),
	TEST_CASE(a_refused_connection_says_whether_waiting_helps),
	TEST_CASE(a_script_that_fails_names_what_is_missing),
	TEST_CASE(plain_sql_runs_several_statements),
	TEST_CASE(rollback_without_a_connection_is_nothing))
