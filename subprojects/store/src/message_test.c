#include "live_test.h"
#include "params.h"

#include <pthread.h>
#include <stdio.h>
#include <store/message.h>
#include <string.h>

static const char *const scripts[] = {store_sql_message, NULL};
static struct arena *arena;

static struct uuid id_of(int number)
{
	struct uuid id = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80}};

	id.bytes[14] = (uint8_t)(number >> 8);
	id.bytes[15] = (uint8_t)number;
	return id;
}

/* A store on a database that has the tables. */
static struct store *message_store(void)
{
	struct store *store = live_store(NULL);

	arena = arena_create(16 << 20);
	live_outbox(store);
	store_destroy(store);
	return live_store(scripts);
}

static void queue_claim(struct store *store, const int *numbers, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *partitions = store_add_array(params, STORE_INT);
	struct store_array *offsets = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < count; i++) {
		struct uuid id = id_of(numbers[i]);
		store_push_uuid(ids, &id);
		store_push_text(topics, "order.events");
		store_push_int(partitions, 3);
		store_push_long(offsets, 1000 + (int64_t)i);
	}
	store_queue(store, "inbox_claim", params);
}

static void queue_settle(struct store *store, int number, const char *outcome, const char *reason)
{
	struct store_params *params = store_params_create(arena);
	struct uuid id = id_of(number);

	store_push_uuid(store_add_array(params, STORE_UUID), &id);
	store_push_text(store_add_array(params, STORE_TEXT), outcome);
	store_push_text(store_add_array(params, STORE_TEXT), reason);
	store_queue(store, "inbox_settle", params);
}

struct claim {
	bool found, is_new;
	char outcome[16], reason[32];
};

static struct claim claim_find(const struct store_result *rows, int number)
{
	struct claim claim = {0};

	for (size_t row = 0; row < store_rows(rows); row++) {
		struct uuid id = store_get_uuid(rows, row, 0);
		struct uuid want = id_of(number);
		const char *outcome = store_get_text(rows, row, 2);
		const char *reason = store_get_text(rows, row, 3);

		if (!uuid_equal(&id, &want))
			continue;
		expect(!claim.found);
		claim.found = true;
		claim.is_new = store_get_bool(rows, row, 1);
		snprintf(claim.outcome, sizeof(claim.outcome), "%s", outcome ? outcome : "");
		snprintf(claim.reason, sizeof(claim.reason), "%s", reason ? reason : "");
	}
	return claim;
}

/* Claims in a transaction of its own that stays open. */
static struct store_result *claim(struct store *store, const int *numbers, size_t count)
{
	struct store_result *results[2];

	store_queue(store, "begin", NULL);
	queue_claim(store, numbers, count);
	expect_ok(store_run(store, results, 2));
	store_results_free(results, 1);
	return results[1];
}

static void commit(struct store *store)
{
	store_queue(store, "commit", NULL);
	expect_ok(store_run(store, NULL, 0));
}

TEST(a_first_claim_is_new_and_the_next_gets_what_was_decided)
{
	static const int numbers[] = {1, 2, 3};
	struct store *store = message_store();
	struct store_result *rows = claim(store, numbers, 3);

	expect_int(store_rows(rows), 3);
	for (int i = 1; i <= 3; i++)
		expect(claim_find(rows, i).is_new);
	store_results_free(&rows, 1);
	queue_settle(store, 2, "poison", "cannot be right");
	commit(store);

	static const int again[] = {2, 4, 1};
	rows = claim(store, again, 3);
	expect_int(store_rows(rows), 3);
	expect(claim_find(rows, 4).is_new);
	expect(claim_find(rows, 1).found && !claim_find(rows, 1).is_new);
	expect(!claim_find(rows, 2).is_new);
	expect_text(claim_find(rows, 1).outcome, "applied");
	expect_text(claim_find(rows, 2).outcome, "poison");
	expect_text(claim_find(rows, 2).reason, "cannot be right");
	store_results_free(&rows, 1);
	commit(store);
	expect_text(
		live_text(store, "SELECT string_agg(seen::text, ',' ORDER BY event_id) FROM inbox"),
		"2,2,1,1");
	store_destroy(store);
}

TEST(a_double_inside_the_batch_is_one_row_counted_twice)
{
	static const int numbers[] = {5, 6, 5, 5};
	struct store *store = message_store();
	struct store_result *rows = claim(store, numbers, 4);

	expect_int(store_rows(rows), 2);
	expect(claim_find(rows, 5).is_new && claim_find(rows, 6).is_new);
	store_results_free(&rows, 1);
	commit(store);
	expect_text(live_text(store,
			    "SELECT string_agg(seen || '@' || \"offset\", ' ' ORDER BY event_id)"
			    " FROM inbox"),
		"3@1000 1@1001");

	rows = claim(store, numbers, 4);
	expect(!claim_find(rows, 5).is_new && !claim_find(rows, 6).is_new);
	store_results_free(&rows, 1);
	commit(store);
	expect_int(live_long(store, "SELECT sum(seen) FROM inbox"), 8);
	store_destroy(store);
}

TEST(a_claim_rolled_back_is_new_again)
{
	static const int number = 7;
	struct store *store = message_store();
	struct store_result *rows = claim(store, &number, 1);

	store_results_free(&rows, 1);
	store_rollback(store);
	rows = claim(store, &number, 1);
	expect(claim_find(rows, 7).is_new);
	store_results_free(&rows, 1);
	store_destroy(store);
}

struct rival {
	struct store *store;
	const int *numbers;
	size_t count;
	struct store_result *rows;
};

static void *rival_claim(void *context)
{
	struct rival *rival = context;

	rival->rows = claim(rival->store, rival->numbers, rival->count);
	return NULL;
}

static void await_waiting(struct store *store, const struct store *waiting)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		"SELECT coalesce(wait_event_type = 'Lock', false) FROM pg_stat_activity WHERE pid "
		"= %d",
		live_pid(waiting));
	live_await(store, sql);
}

TEST(a_concurrent_claim_waits_and_sees_the_outcome)
{
	static const int first[] = {1, 2}, second[] = {3, 2};
	struct store *store = message_store(), *watch = live_store(NULL);
	struct rival rival = {live_store(scripts), second, 2, NULL};
	struct store_result *rows = claim(store, first, 2);
	pthread_t thread;

	store_results_free(&rows, 1);
	pthread_create(&thread, NULL, rival_claim, &rival);
	await_waiting(watch, rival.store);
	queue_settle(store, 2, "ignored", "by the first");
	commit(store);
	pthread_join(thread, NULL);
	expect(claim_find(rival.rows, 3).is_new);
	expect(claim_find(rival.rows, 2).found && !claim_find(rival.rows, 2).is_new);
	expect_text(claim_find(rival.rows, 2).outcome, "ignored");
	expect_text(claim_find(rival.rows, 2).reason, "by the first");
	store_results_free(&rival.rows, 1);
	store_destroy(rival.store);
	store_destroy(store);
	store_destroy(watch);
}

TEST(a_concurrent_claim_gets_it_when_the_first_rolls_back)
{
	static const int number = 2;
	struct store *store = message_store(), *watch = live_store(NULL);
	struct rival rival = {live_store(scripts), &number, 1, NULL};
	struct store_result *rows = claim(store, &number, 1);
	pthread_t thread;

	store_results_free(&rows, 1);
	pthread_create(&thread, NULL, rival_claim, &rival);
	await_waiting(watch, rival.store);
	store_rollback(store);
	pthread_join(thread, NULL);
	expect(claim_find(rival.rows, 2).is_new);
	store_results_free(&rival.rows, 1);
	store_destroy(rival.store);
	store_destroy(store);
	store_destroy(watch);
}

enum { ROUNDS = 20, BATCH = 200, CLAIMERS = 4 };

static pthread_barrier_t round_begins;

/* Claims, settles and commits the same batches as everybody else, each its own way round. */
static void *claim_rounds(void *context)
{
	struct store *store = live_store(scripts);
	struct arena *own = arena_create(16 << 20);
	int claimer = *(const int *)context;
	int numbers[BATCH];
	int64_t fresh = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct store_result *results[2];
		struct store_params *params = store_params_create(own);
		struct store_array *ids = store_add_array(params, STORE_UUID);
		struct store_array *topics = store_add_array(params, STORE_TEXT);
		struct store_array *partitions = store_add_array(params, STORE_INT);
		struct store_array *offsets = store_add_array(params, STORE_LONG);

		for (int i = 0; i < BATCH; i++) {
			numbers[i] = round * BATCH / 2 + (claimer % 2 ? i : BATCH - 1 - i);
			struct uuid id = id_of(numbers[i]);
			store_push_uuid(ids, &id);
			store_push_text(topics, "t");
			store_push_int(partitions, claimer);
			store_push_long(offsets, i);
		}
		pthread_barrier_wait(&round_begins);
		store_queue(store, "begin", NULL);
		store_queue(store, "inbox_claim", params);
		expect_ok(store_run(store, results, 2));
		for (int i = 0; i < BATCH; i++)
			fresh += claim_find(results[1], numbers[i]).is_new;
		store_results_free(results, 2);
		commit(store);
		arena_reset(own);
	}
	store_destroy(store);
	arena_destroy(own);
	return (void *)(intptr_t)fresh;
}

TEST(of_many_claimers_each_event_is_new_to_one)
{
	struct store *store = message_store();
	pthread_t threads[CLAIMERS];
	int claimers[CLAIMERS];
	int64_t fresh = 0;

	pthread_barrier_init(&round_begins, NULL, CLAIMERS);
	for (int i = 0; i < CLAIMERS; i++) {
		claimers[i] = i;
		pthread_create(&threads[i], NULL, claim_rounds, &claimers[i]);
	}
	for (int i = 0; i < CLAIMERS; i++) {
		void *own;
		pthread_join(threads[i], &own);
		fresh += (intptr_t)own;
	}
	expect_int(fresh, live_long(store, "SELECT count(*) FROM inbox"));
	expect_int(live_long(store, "SELECT count(*) FROM inbox"), (ROUNDS + 1) * BATCH / 2);
	expect_int(live_long(store, "SELECT sum(seen) FROM inbox"), CLAIMERS * ROUNDS * BATCH);
	store_destroy(store);
}

TEST(inbox_forgets_what_is_old)
{
	struct store *store = message_store();

	expect_ok(store_execute(store,
		"INSERT INTO inbox (event_id, topic, partition, \"offset\", received_at)"
		" SELECT gen_random_uuid(), 't', 0, n, now() - make_interval(days => n)"
		" FROM generate_series(0, 9) AS n"));
	expect_int(live_long(store, "SELECT inbox_forget(7, 2)"), 2);
	expect_int(live_long(store, "SELECT inbox_forget(7)"), 1);
	expect_int(live_long(store, "SELECT inbox_forget(7)"), 0);
	expect_int(live_long(store, "SELECT count(*) FROM inbox"), 7);
	store_destroy(store);
}

static void queue_outbox(struct store *store, const struct uuid *ids, int count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *id = store_add_array(params, STORE_UUID);
	struct store_array *topic = store_add_array(params, STORE_TEXT);
	struct store_array *key = store_add_array(params, STORE_TEXT);
	struct store_array *type = store_add_array(params, STORE_TEXT);
	struct store_array *payload = store_add_array(params, STORE_BYTES);
	struct store_array *trace = store_add_array(params, STORE_TEXT);
	struct store_array *sequence = store_add_array(params, STORE_LONG);
	struct store_array *time = store_add_array(params, STORE_TIME);

	for (int i = 0; i < count; i++) {
		store_push_uuid(id, &ids[i]);
		store_push_text(topic, "order.events");
		store_push_text(key, "0190-key");
		store_push_text(type, "OrderCreated");
		store_push_bytes(payload, "\0\0\0\0\1x", 6);
		store_push_text(trace, i ? NULL : "00-trace");
		store_push_long(sequence, i);
		store_push_time(time, uuid_time_us(&ids[i]));
	}
	store_queue(store, "outbox_insert", params);
}

TEST(outbox_rows_go_to_the_partition_of_their_day)
{
	struct store *store = message_store();
	int64_t now_us =
		live_long(store, "SELECT extract(epoch FROM now() AT TIME ZONE 'UTC')::bigint") *
		1000000;
	int64_t day_us = INT64_C(86400000000);
	struct uuid ids[] = {uuid_make(now_us), uuid_floor(now_us / day_us * day_us + 3 * day_us),
		uuid_floor(now_us / day_us * day_us + 3 * day_us - 1000),
		uuid_floor(now_us - 40 * day_us)};

	queue_outbox(store, ids, 4);
	expect_ok(store_run(store, NULL, 0));
	expect_int(live_long(store, "SELECT count(*) FROM outbox"), 4);
	expect_text(live_text(store,
			    "SELECT string_agg((tableoid::regclass::text = 'outbox_' ||"
			    " to_char(occurred_at AT TIME ZONE 'UTC', 'YYYYMMDD'))::text, ' ' "
			    "ORDER BY sequence)"
			    " FROM outbox"),
		"true true true false");
	expect_int(live_long(store, "SELECT count(*) FROM outbox_default"), 1);
	store_destroy(store);
}

TEST(partitions_are_made_once)
{
	struct store *store = message_store();

	expect_int(live_long(store, "SELECT outbox_ensure_partitions(7)"), 0);
	expect_int(live_long(store, "SELECT outbox_ensure_partitions(9)"), 2);
	expect_int(live_long(store,
			   "SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox'::regclass"),
		11);
	store_destroy(store);
}

TEST(a_day_in_the_default_partition_is_left_there)
{
	struct store *store = message_store();
	int64_t now_us =
		live_long(store, "SELECT extract(epoch FROM now() AT TIME ZONE 'UTC')::bigint") *
		1000000;
	struct uuid id = uuid_floor(now_us + 9 * INT64_C(86400000000));

	queue_outbox(store, &id, 1);
	expect_ok(store_run(store, NULL, 0));
	expect_int(live_long(store, "SELECT outbox_ensure_partitions(10)"), 2);
	expect_int(live_long(store, "SELECT count(*) FROM outbox_default"), 1);
	store_destroy(store);
}

/* A day of long ago, with so many rows. */
static void make_old_day(struct store *store, int rows)
{
	char sql[400];

	snprintf(sql, sizeof(sql),
		"CREATE TABLE outbox_20200101 PARTITION OF outbox FOR VALUES FROM"
		" ('016f5e66-e800-0000-0000-000000000000') TO "
		"('016f638d-4400-0000-0000-000000000000');"
		"INSERT INTO outbox SELECT"
		" ('016f5e66-e800-7000-8000-' || lpad(n::text, 12, '0'))::uuid,"
		" 'order.events', 'key', 'Test', '', NULL, n, now()"
		" FROM generate_series(1, %d) AS n",
		rows);
	expect_ok(store_execute(store, sql));
}

static int64_t days(struct store *store)
{
	return live_long(
		store, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox'::regclass");
}

TEST(old_days_are_dropped_and_others_stay)
{
	struct store *store = message_store();

	make_old_day(store, 0);
	expect_int(days(store), 10);
	expect_int(live_long(store, "SELECT outbox_drop_partitions(30)"), 1);
	expect_int(live_long(store, "SELECT outbox_drop_partitions(30)"), 0);
	expect_int(days(store), 9);
	store_destroy(store);
}

TEST(an_old_day_stays_until_the_slot_is_past_it)
{
	struct store *store = message_store();
	char advance[200];

	expect_ok(store_ensure_slot(store, live_slot()));
	make_old_day(store, 3);
	for (int calls = 0; calls < 2; calls++)
		expect_int(live_long(store, "SELECT outbox_drop_partitions(30)"), 0);
	snprintf(advance, sizeof(advance),
		"SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn())", live_slot());
	expect_ok(store_execute(store, advance));
	expect_int(live_long(store, "SELECT outbox_drop_partitions(30)"), 1);
	expect_int(live_long(store, "SELECT count(*) FROM outbox_expired"), 0);
	expect_int(days(store), 9);
	store_destroy(store);
}

TEST(an_old_day_stays_when_its_slot_is_gone_or_there_never_was_one)
{
	struct store *store = message_store();
	char drop[100];

	make_old_day(store, 3);
	expect_int(live_long(store, "SELECT outbox_drop_partitions(30)"), 0);
	expect_ok(store_execute(store, "TRUNCATE outbox"));
	expect_ok(store_ensure_slot(store, live_slot()));
	expect_ok(store_execute(store,
		"INSERT INTO outbox VALUES ('016f5e66-e800-7000-8000-000000000009',"
		" 'order.events', 'key', 'Test', '', NULL, 1, now())"));
	snprintf(drop, sizeof(drop), "SELECT pg_drop_replication_slot('%s')", live_slot());
	expect_ok(store_execute(store, drop));
	expect_int(live_long(store, "SELECT outbox_drop_partitions(30)"), 0);
	expect_int(days(store), 10);
	store_destroy(store);
}

TESTS("message", TEST_CASE(a_first_claim_is_new_and_the_next_gets_what_was_decided),
	TEST_CASE(a_double_inside_the_batch_is_one_row_counted_twice),
	TEST_CASE(a_claim_rolled_back_is_new_again),
	TEST_CASE(a_concurrent_claim_waits_and_sees_the_outcome),
	TEST_CASE(a_concurrent_claim_gets_it_when_the_first_rolls_back),
	TEST_CASE(of_many_claimers_each_event_is_new_to_one), TEST_CASE(inbox_forgets_what_is_old),
	TEST_CASE(outbox_rows_go_to_the_partition_of_their_day),
	TEST_CASE(partitions_are_made_once),
	TEST_CASE(a_day_in_the_default_partition_is_left_there),
	TEST_CASE(old_days_are_dropped_and_others_stay),
	TEST_CASE(an_old_day_stays_until_the_slot_is_past_it),
	TEST_CASE(an_old_day_stays_when_its_slot_is_gone_or_there_never_was_one))
