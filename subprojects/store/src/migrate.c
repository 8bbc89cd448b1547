#include "internal.h"
#include "params.h"

#include <base/clock.h>
#include <base/log.h>
#include <base/sha256.h>
#include <stdio.h>
#include <store/migrate.h>
#include <string.h>

#define MIGRATION_MEMORY_MAX (64 * 1024)
#define MIGRATION_LOCK_KEY 5502213 /* any number of its own, see also SLOT_LOCK_KEY */

static const char table_sql[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
				" name text PRIMARY KEY, sha256 text NOT NULL,"
				" applied_at timestamptz NOT NULL DEFAULT now())";

/*
 * Another process may migrate for minutes: its lock is waited for without end.
 * A lock on a table is not: a migration that queues for one stops everybody
 * behind it, so it gives up as any statement would and is tried again.
 */
static int migration_begin(struct store *store)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
		"SELECT pg_advisory_xact_lock(%d);"
		"SET LOCAL lock_timeout = %d;",
		MIGRATION_LOCK_KEY, store->config->statement_timeout_ms);
	return store_execute(store, sql);
}

/* *ret_applied tells whether the file was applied before; a changed one is refused. */
static int migration_look(struct store *store, const struct migration *migration,
	const struct store_params *params, const char *digest, bool *ret_applied)
{
	struct store_result *rows;
	int r = store_query(store, migration->name,
		"SELECT sha256 FROM schema_migration WHERE name = $1::text AND $2::text IS NOT "
		"NULL",
		params, &rows);

	if (r)
		return r;
	*ret_applied = store_rows(rows) > 0;
	if (*ret_applied && strcmp(store_get_text(rows, 0, 0), digest) != 0)
		r = fault(FAULT_STATE,
			"migration %s was changed after it was applied (sha256 %.12s…, now "
			"%.12s…): "
			"put the old text back and write the change as a new migration",
			migration->name, store_get_text(rows, 0, 0), digest);
	store_results_free(&rows, 1);
	return r;
}

static int migration_run(
	struct store *store, const struct migration *migration, const struct store_params *params)
{
	struct store_result *rows = NULL;
	int r = connection_execute(store->connection, migration->name, migration->sql,
		store->silence_max_ms, store->sqlstate);

	if (r)
		return r;
	if (PQtransactionStatus(store->connection) != PQTRANS_INTRANS)
		return fault(FAULT_STATE,
			"migration %s ends its transaction: leave COMMIT out of it",
			migration->name);
	r = store_query(store, migration->name,
		"INSERT INTO schema_migration (name, sha256) VALUES ($1::text, $2::text)", params,
		&rows);
	if (!r)
		store_results_free(&rows, 1);
	return r;
}

static int migration_apply(
	struct store *store, struct arena *arena, const struct migration *migration, int *applied)
{
	struct store_params *params = store_params_create(arena);
	uint8_t digest[SHA256_SIZE];
	char digest_text[SHA256_TEXT_SIZE];
	bool before = false;
	int r;

	sha256_of(migration->sql, strlen(migration->sql), digest);
	store_add_text(params, migration->name);
	store_add_text(params, sha256_format(digest, digest_text));
	r = migration_begin(store);
	if (!r)
		r = store_execute(store, table_sql);
	if (!r)
		r = migration_look(store, migration, params, digest_text, &before);
	if (!r && !before)
		r = migration_run(store, migration, params);
	if (!r)
		r = store_execute(store, "COMMIT");
	if (!r && !before) {
		++*applied;
		log_info("migration applied", LOG_TEXT("migration", migration->name));
	}
	return r;
}

int store_migrate(struct store *store, const struct migration *migrations, int *ret_applied)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) =
		arena_create(MIGRATION_MEMORY_MAX);
	int applied = 0;
	int r = store_ready(store);

	store_wait_unbounded(store, true);
	for (; !r && migrations->name; migrations++) {
		arena_reset(arena);
		r = migration_apply(store, arena, migrations, &applied);
	}
	if (r)
		store_rollback(store);
	store_wait_unbounded(store, false);
	*ret_applied = applied;
	return r;
}
