/*
 * The outbox's replication slot: made once, its first LSN written down.
 *
 * Everything happens in one transaction under an advisory lock, so that of
 * several processes one makes it and the others find it made. The slot itself
 * is not transactional: a crash between making it and the commit leaves a slot
 * that nobody wrote down. That heals by itself while the outbox is empty, for
 * then nothing can have been missed.
 */
#include "internal.h"
#include "params.h"

#include <base/log.h>
#include <store/migrate.h>
#include <store/stream.h>

#define SLOT_MEMORY_MAX (64 * 1024)
#define STRING_OF_(number) #number
#define STRING_OF(number) STRING_OF_(number)
#define SLOT_LOCK_KEY 5502214 /* any number of its own, see also MIGRATION_LOCK_KEY */

/* Making a slot waits for transactions that run, so statement_timeout stays as it is. */
static const char begin_sql[] = "BEGIN; SET LOCAL lock_timeout = 0;"
				"SELECT pg_advisory_xact_lock(" STRING_OF(SLOT_LOCK_KEY) ")";

static const char table_sql[] = "BEGIN; SELECT pg_advisory_xact_lock(" STRING_OF(
	SLOT_LOCK_KEY) ");"
		       "CREATE TABLE IF NOT EXISTS outbox_slot (slot text PRIMARY KEY, created_lsn "
		       "pg_lsn NOT NULL);"
		       "COMMIT";

static const char facts_sql[] =
	"SELECT slot.slot_name IS NOT NULL,"
	" COALESCE(slot.plugin = 'pgoutput' AND slot.database = current_database(), false),"
	" COALESCE(slot.wal_status = 'lost', false),"
	" EXISTS (SELECT FROM outbox_slot WHERE outbox_slot.slot = asked.wanted),"
	" EXISTS (SELECT FROM outbox),"
	" EXISTS (SELECT FROM pg_publication WHERE pubname = 'outbox') "
	"FROM (SELECT $1::text AS wanted) AS asked "
	"LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = asked.wanted::name";

static const char create_sql[] =
	"SELECT lsn FROM pg_create_logical_replication_slot($1::name, 'pgoutput')";

static const char write_down_sql[] = "INSERT INTO outbox_slot (slot, created_lsn) "
				     "SELECT slot_name, confirmed_flush_lsn FROM "
				     "pg_replication_slots WHERE slot_name = $1::name";

struct slot_facts {
	bool exists, is_ours, lost, written_down, rows_in_outbox, published;
};

static int facts_read(
	struct store *store, const struct store_params *params, struct slot_facts *ret_facts)
{
	struct store_result *rows;
	int r = store_query(store, "slot", facts_sql, params, &rows);

	if (r)
		return r;
	*ret_facts = (struct slot_facts){
		.exists = store_get_bool(rows, 0, 0),
		.is_ours = store_get_bool(rows, 0, 1),
		.lost = store_get_bool(rows, 0, 2),
		.written_down = store_get_bool(rows, 0, 3),
		.rows_in_outbox = store_get_bool(rows, 0, 4),
		.published = store_get_bool(rows, 0, 5),
	};
	store_results_free(&rows, 1);
	return 0;
}

/* 0 when the slot is sound or may be made now; FAULT_STATE says what a person must decide. */
static int facts_judge(const struct slot_facts *facts, const char *slot)
{
	if (!facts->published)
		return fault(FAULT_STATE,
			"slot %s: the publication \"outbox\" is missing; run the migrations first",
			slot);
	if (facts->exists && !facts->is_ours)
		return fault(FAULT_STATE,
			"slot %s belongs to another database or plugin; drop it or name another",
			slot);
	if (facts->lost)
		return fault(FAULT_STATE,
			"slot %s has lost WAL (max_slot_wal_keep_size): re-drive what was not "
			"published "
			"from table outbox, drop the slot, make it anew and update outbox_slot",
			slot);
	if (!facts->exists && facts->written_down)
		return fault(FAULT_STATE,
			"slot %s is gone although outbox_slot has it: re-drive what was not "
			"published "
			"from table outbox, make the slot anew and update outbox_slot",
			slot);
	if (!facts->written_down && facts->rows_in_outbox)
		return fault(FAULT_STATE,
			"slot %s is not in outbox_slot but table outbox has rows: nobody knows "
			"which "
			"were published; if none, insert (slot, created_lsn) = ('%s', "
			"confirmed_flush_lsn of the slot, made if need be after re-driving the "
			"rows)",
			slot, slot);
	return 0;
}

static int slot_run(struct store *store, const char *sql, const struct store_params *params)
{
	struct store_result *rows = NULL;
	int r = store_query(store, "slot", sql, params, &rows);

	if (!r)
		store_results_free(&rows, 1);
	return r;
}

static int slot_make(
	struct store *store, const char *slot, const struct store_params *params, bool exists)
{
	int r = 0;

	if (!exists)
		r = slot_run(store, create_sql, params);
	if (!r)
		r = slot_run(store, write_down_sql, params);
	if (!r)
		log_info("replication slot made", LOG_TEXT("slot", slot));
	return r;
}

static int slot_ensure(struct store *store, const char *slot, const struct store_params *params)
{
	struct slot_facts facts;
	int r = store_execute(store, begin_sql);

	if (!r)
		r = facts_read(store, params, &facts);
	if (!r)
		r = facts_judge(&facts, slot);
	if (!r && !facts.written_down)
		r = slot_make(store, slot, params, facts.exists);
	if (!r)
		r = store_execute(store, "COMMIT");
	return r;
}

int store_ensure_slot(struct store *store, const char *slot)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_create(SLOT_MEMORY_MAX);
	struct store_params *params = store_params_create(arena);
	int r = store_ready(store);

	store_add_text(params, slot);
	if (!r)
		r = store_execute(store, table_sql);
	if (!r)
		r = slot_ensure(store, slot, params);
	if (r)
		store_rollback(store);
	return r;
}
