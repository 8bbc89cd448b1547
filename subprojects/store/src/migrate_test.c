#include "live_test.h"

#include <pthread.h>
#include <store/migrate.h>
#include <string.h>

#define FIRST \
	{ \
		"001-a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1);" \
	}
#define SECOND \
	{ \
		"002-b.sql", "CREATE TABLE b (n int); INSERT INTO b SELECT n FROM a;" \
	}

static const struct migration two[] = {FIRST, SECOND, {0}};

TEST(applies_each_once_and_in_order)
{
	static const struct migration three[] = {
		FIRST, SECOND, {"003-c.sql", "INSERT INTO a SELECT n + 1 FROM b"}, {0}};
	struct store *store = live_store(NULL);
	int applied = -1;

	expect_ok(store_migrate(store, two, &applied));
	expect_int(applied, 2);
	expect_ok(store_migrate(store, two, &applied));
	expect_int(applied, 0);
	expect_ok(store_migrate(store, three, &applied));
	expect_int(applied, 1);
	expect_text(live_text(store,
			    "SELECT string_agg(name, ' ' ORDER BY name) FROM schema_migration"),
		"001-a.sql 002-b.sql 003-c.sql");
	expect_int(live_long(store, "SELECT sum(n) FROM a"), 3);
	store_destroy(store);
}

TEST(refuses_a_file_that_was_changed)
{
	static const struct migration changed[] = {{"001-a.sql", "CREATE TABLE a (n bigint);"},
		{"004-d.sql", "CREATE TABLE d (n int)"}, {0}};
	struct store *store = live_store(NULL);
	int applied;

	expect_ok(store_migrate(store, two, &applied));
	expect_fault(store_migrate(store, changed, &applied), FAULT_STATE);
	expect(strstr(fault_text(), "001-a.sql was changed"));
	expect_int(applied, 0);
	expect_text(live_text(store, "SELECT to_regclass('d')"), "(null)");
	store_destroy(store);
}

TEST(a_failing_one_leaves_nothing_and_keeps_those_before)
{
	static const struct migration failing[] = {FIRST,
		{"002-b.sql", "CREATE TABLE b (n int); INSERT INTO a VALUES (9); SELECT 1/0"},
		SECOND, {0}};
	struct store *store = live_store(NULL);
	int applied;

	expect_fault(store_migrate(store, failing, &applied), FAULT_DB_DATA);
	expect(strstr(fault_text(), "002-b.sql: division by zero"));
	expect_int(applied, 1);
	expect_int(live_long(store, "SELECT sum(n) FROM a"), 1);
	expect_ok(store_migrate(store, two, &applied));
	expect_int(applied, 1);
	store_destroy(store);
}

TEST(one_that_ends_its_transaction_is_refused)
{
	static const struct migration commits[] = {
		{"001-a.sql", "CREATE TABLE a (n int); COMMIT;"}, {0}};
	struct store *store = live_store(NULL);
	int applied;

	expect_fault(store_migrate(store, commits, &applied), FAULT_STATE);
	expect(strstr(fault_text(), "leave COMMIT out"));
	store_destroy(store);
}

TEST(may_take_longer_than_a_statement)
{
	static const struct migration slow[] = {{"001-slow.sql", "SELECT pg_sleep(0.5)"}, {0}};
	struct store_config config = *live_config(NULL);
	struct store *store = store_create(&config);
	int applied;

	config.statement_timeout_ms = 200;
	expect_ok(store_migrate(store, slow, &applied));
	expect_int(applied, 1);
	expect_fault(store_execute(store, "SELECT pg_sleep(0.5)"), FAULT_DB);
	store_destroy(store);
}

static void *migrate(void *ret_applied)
{
	struct store *store = live_store(NULL);

	expect_ok(store_migrate(store, two, ret_applied));
	store_destroy(store);
	return NULL;
}

TEST(several_at_once_apply_each_once)
{
	enum { COUNT = 6 };
	pthread_t threads[COUNT];
	int applied[COUNT], sum = 0;
	struct store *store = live_store(NULL);

	for (int i = 0; i < COUNT; i++)
		pthread_create(&threads[i], NULL, migrate, &applied[i]);
	for (int i = 0; i < COUNT; i++) {
		pthread_join(threads[i], NULL);
		sum += applied[i];
	}
	expect_int(sum, 2);
	expect_int(live_long(store, "SELECT count(*) FROM b"), 1);
	store_destroy(store);
}

TESTS("migrate", TEST_CASE(applies_each_once_and_in_order),
	TEST_CASE(refuses_a_file_that_was_changed),
	TEST_CASE(a_failing_one_leaves_nothing_and_keeps_those_before),
	TEST_CASE(one_that_ends_its_transaction_is_refused),
	TEST_CASE(may_take_longer_than_a_statement), TEST_CASE(several_at_once_apply_each_once))
