#include "live_test.h"

#include "result.h"

#include <base/clock.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/message.h>
#include <unistd.h>

#define CONFIGS_MAX 64
#define AWAIT_US (10 * US_PER_S)

const struct store_config *live_config(const char *const *scripts)
{
	/* Stores keep a pointer to theirs, in whatever thread they were made. */
	static struct store_config configs[CONFIGS_MAX];
	static atomic_int used;
	int index = atomic_fetch_add(&used, 1);

	expect(index < CONFIGS_MAX);
	configs[index] = (struct store_config){
		.url = testkit_database_url(),
		.application = "store test",
		.scripts = scripts,
		.connect_timeout_ms = 5000,
		.statement_timeout_ms = 5000,
	};
	return &configs[index];
}

struct store *live_store(const char *const *scripts)
{
	struct store *store = store_create(live_config(scripts));

	expect_ok(store_ready(store));
	return store;
}

const char *live_text(struct store *store, const char *sql)
{
	static char text[1024];
	char wrapped[2048];
	struct store_result *rows;

	snprintf(wrapped, sizeof(wrapped), "SELECT value::text FROM (%s) AS one (value)", sql);
	expect_ok(store_query(store, "test", wrapped, NULL, &rows));
	expect_int(store_rows(rows), 1);
	snprintf(text, sizeof(text), "%s",
		store_is_null(rows, 0, 0) ? "(null)" : store_get_text(rows, 0, 0));
	store_results_free(&rows, 1);
	return text;
}

int64_t live_long(struct store *store, const char *sql)
{
	return strtoll(live_text(store, sql), NULL, 10);
}

int live_pid(const struct store *store)
{
	return PQbackendPID(store->connection);
}

void live_terminate(struct store *store, int pid)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)", pid);
	expect_text(live_text(store, sql), "true");
}

void live_await(struct store *store, const char *sql)
{
	int64_t until_us = clock_monotonic_us() + AWAIT_US;

	while (live_text(store, sql)[0] != 't') {
		if (clock_monotonic_us() > until_us)
			fail_test("never came true: %s", sql);
		expect_ok(store_execute(store, "SELECT pg_sleep(0.01)"));
	}
}

const char *live_slot(void)
{
	static char slot[64];

	snprintf(slot, sizeof(slot), "test_%d", (int)getpid());
	return slot;
}

void live_outbox(struct store *store)
{
	int applied;

	expect_ok(store_migrate(store, store_message_migrations, &applied));
}

void live_insert(struct store *store, int first, int count, int size)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"INSERT INTO outbox SELECT gen_random_uuid(), 'order.events', 'key', 'Test',"
		" convert_to(repeat('x', %d), 'UTF8'), NULL, n, now()"
		" FROM generate_series(%d, %d) AS n",
		size, first, first + count - 1);
	expect_ok(store_execute(store, sql));
}
