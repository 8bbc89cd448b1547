/*
 * Migrations: numbered SQL files of a service, applied at its start, each in a
 * transaction of its own, once, in order; never undone, never dropping data.
 *
 * Applied ones are kept with their SHA-256 in schema_migration; a file that was
 * changed after it was applied is refused (FAULT_STATE). Several processes may
 * start at once: an advisory lock lets one at a time in.
 */
#pragma once

#include <store/store.h>

struct migration {
	const char *name; /* "001-orders.sql" */
	const char *sql;
};

/*
 * @migrations ends with a NULL name. *ret_applied counts what was done now. The
 * store must be one without scripts: those name tables that are not there yet.
 */
int store_migrate(struct store *store, const struct migration *migrations, int *ret_applied);

/*
 * Makes the outbox's replication slot, once, and writes its first LSN down in
 * outbox_slot(slot, created_lsn): a relay without a position may start there and
 * nowhere else. Call it after the migrations and before the first row can be
 * written to the outbox. FAULT_STATE when the slot is gone, has lost WAL, or its
 * first LSN is not known although the outbox has rows; README.md says what to do.
 */
int store_ensure_slot(struct store *store, const char *slot);
