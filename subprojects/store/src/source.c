#include "internal.h"
#include "params.h"

#include <stdio.h>
#include <store/stream.h>

#define SOURCE_MEMORY_MAX (64 * 1024)

static const char source_sql[] =
	"SELECT (SELECT system_identifier::text FROM pg_control_system()),"
	" pg_current_wal_flush_lsn(),"
	" slot.slot_name IS NOT NULL,"
	" slot.confirmed_flush_lsn,"
	" COALESCE(slot.wal_status = 'lost', false),"
	" COALESCE(slot.active_pid, 0),"
	" to_regclass('outbox_slot') IS NOT NULL "
	"FROM (SELECT $1::name AS wanted) AS asked "
	"LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = asked.wanted";

static const char created_sql[] = "SELECT created_lsn FROM outbox_slot WHERE slot = $1::text";

static int created_read(struct store *store, const struct store_params *params, lsn_t *ret_lsn)
{
	struct store_result *rows;
	int r = store_query(store, "slot", created_sql, params, &rows);

	if (r)
		return r;
	*ret_lsn = store_rows(rows) ? (lsn_t)store_get_long(rows, 0, 0) : 0;
	store_results_free(&rows, 1);
	return 0;
}

static struct store_source source_of(const struct store_result *rows)
{
	struct store_source source = {
		.current_lsn = (lsn_t)store_get_long(rows, 0, 1),
		.slot_exists = store_get_bool(rows, 0, 2),
		.slot_lost = store_get_bool(rows, 0, 4),
		.active_pid = store_get_int(rows, 0, 5),
	};

	/* A slot whose making is not over has no position yet. */
	if (!store_is_null(rows, 0, 3))
		source.confirmed_lsn = (lsn_t)store_get_long(rows, 0, 3);
	snprintf(source.system_id, sizeof(source.system_id), "%s", store_get_text(rows, 0, 0));
	return source;
}

int store_source_read(struct store *store, const char *slot, struct store_source *ret_source)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) =
		arena_create(SOURCE_MEMORY_MAX);
	struct store_params *params = store_params_create(arena);
	struct store_source source;
	struct store_result *rows;
	bool written_down;
	int r;

	store_add_text(params, slot);
	r = store_query(store, "slot", source_sql, params, &rows);
	if (r)
		return r;
	source = source_of(rows);
	written_down = store_get_bool(rows, 0, 6);
	store_results_free(&rows, 1);
	if (written_down)
		r = created_read(store, params, &source.created_lsn);
	if (!r)
		*ret_source = source;
	return r;
}
