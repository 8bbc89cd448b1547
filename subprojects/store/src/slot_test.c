#include "live_test.h"

#include <pthread.h>
#include <stdio.h>
#include <store/migrate.h>
#include <string.h>

static struct store *outbox_store(void)
{
	struct store *store = live_store(NULL);

	live_outbox(store);
	return store;
}

static void slot_create(struct store *store, const char *plugin)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT pg_create_logical_replication_slot('%s', '%s')",
		live_slot(), plugin);
	expect_ok(store_execute(store, sql));
}

static void slot_drop(struct store *store)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT pg_drop_replication_slot('%s')", live_slot());
	expect_ok(store_execute(store, sql));
}

static void expect_refused(struct store *store, const char *words)
{
	expect_fault(store_ensure_slot(store, live_slot()), FAULT_STATE);
	if (!strstr(fault_text(), words))
		fail_test("\"%s\" does not say \"%s\"", fault_text(), words);
	expect_int(live_long(store,
			   "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
			   " AND database = (SELECT oid FROM pg_database WHERE datname = "
			   "current_database())"),
		0);
}

TEST(makes_the_slot_once_and_writes_its_first_position_down)
{
	struct store *store = outbox_store();
	struct store_source source, later;

	expect_ok(store_ensure_slot(store, live_slot()));
	expect_ok(store_source_read(store, live_slot(), &source));
	expect(source.slot_exists && !source.slot_lost && source.active_pid == 0);
	expect(source.created_lsn != 0);
	expect_int(source.created_lsn, source.confirmed_lsn);
	expect(source.current_lsn >= source.confirmed_lsn);
	expect_text(source.system_id,
		live_text(store, "SELECT system_identifier FROM pg_control_system()"));

	live_insert(store, 1, 1, 10);
	expect_ok(store_ensure_slot(store, live_slot()));
	expect_ok(store_source_read(store, live_slot(), &later));
	expect_int(later.created_lsn, source.created_lsn);
	expect(later.current_lsn > source.current_lsn);
	store_destroy(store);
}

TEST(knows_a_slot_that_is_not_there)
{
	struct store *store = live_store(NULL);
	struct store_source source;

	expect_ok(store_source_read(store, live_slot(), &source));
	expect(!source.slot_exists && !source.slot_lost);
	expect_int(source.confirmed_lsn, 0);
	expect_int(source.created_lsn, 0);
	store_destroy(store);
}

TEST(heals_a_crash_before_the_position_was_written_down)
{
	struct store *store = outbox_store();
	struct store_source source;

	slot_create(store, "pgoutput");
	expect_ok(store_ensure_slot(store, live_slot()));
	expect_ok(store_source_read(store, live_slot(), &source));
	expect(source.created_lsn != 0);
	expect_int(source.created_lsn, source.confirmed_lsn);
	store_destroy(store);
}

TEST(refuses_an_unknown_position_once_there_are_rows)
{
	struct store *store = outbox_store();

	slot_create(store, "pgoutput");
	live_insert(store, 1, 1, 10);
	expect_refused(store, "is not in outbox_slot");
	slot_drop(store);
	expect_refused(store, "is not in outbox_slot");
	expect_int(live_long(store,
			   "SELECT count(*) FROM pg_replication_slots"
			   " WHERE database = current_database()"),
		0);
	store_destroy(store);
}

TEST(refuses_when_the_slot_is_gone)
{
	struct store *store = outbox_store();

	expect_ok(store_ensure_slot(store, live_slot()));
	slot_drop(store);
	expect_refused(store, "is gone although");
	store_destroy(store);
}

TEST(refuses_a_slot_of_another_plugin)
{
	struct store *store = outbox_store();

	slot_create(store, "test_decoding");
	expect_refused(store, "another database or plugin");
	store_destroy(store);
}

TEST(wants_the_publication_first)
{
	struct store *store = outbox_store();

	expect_ok(store_execute(store, "DROP PUBLICATION outbox"));
	expect_refused(store, "publication");
	store_destroy(store);
}

static void *ensure(void *unused)
{
	struct store *store = live_store(NULL);

	(void)unused;
	expect_ok(store_ensure_slot(store, live_slot()));
	store_destroy(store);
	return NULL;
}

TEST(several_at_once_make_one_slot)
{
	enum { COUNT = 5 };
	pthread_t threads[COUNT];
	struct store *store = outbox_store();

	live_slot();
	for (int i = 0; i < COUNT; i++)
		pthread_create(&threads[i], NULL, ensure, NULL);
	for (int i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);
	expect_int(live_long(store, "SELECT count(*) FROM outbox_slot"), 1);
	store_destroy(store);
}

TESTS("slot", TEST_CASE(makes_the_slot_once_and_writes_its_first_position_down),
	TEST_CASE(knows_a_slot_that_is_not_there),
	TEST_CASE(heals_a_crash_before_the_position_was_written_down),
	TEST_CASE(refuses_an_unknown_position_once_there_are_rows),
	TEST_CASE(refuses_when_the_slot_is_gone), TEST_CASE(refuses_a_slot_of_another_plugin),
	TEST_CASE(wants_the_publication_first), TEST_CASE(several_at_once_make_one_slot))
