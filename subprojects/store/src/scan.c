#include <store/scan.h>

#include "internal.h"
#include "result.h"

/* 0 with a row handled, or the end of them. */
static int take(struct store *store, PGresult *result, store_row_fn *row, void *context)
{
	int r = 0;

	switch (PQresultStatus(result)) {
	case PGRES_SINGLE_TUPLE:
		r = row(context, result_wrap(result));
		break;
	case PGRES_TUPLES_OK:
		break;
	default:
		r = connection_fault(result, "scan", store->sqlstate);
	}
	PQclear(result);
	return r;
}

int store_scan(struct store *store, const char *sql, store_row_fn *row, void *context)
{
	PGconn *connection = store_connection(store);
	PGresult *result;
	int r = 0;

	store->sqlstate[0] = '\0';
	if (!connection)
		return FAULT_DB;
	if (!PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 1) ||
		!PQsetSingleRowMode(connection)) {
		r = connection_lost(connection, "scan");
		store_disconnect(store);
		return r;
	}
	while (r == 0) {
		if (!connection_result(connection, store->silence_max_ms, &result)) {
			r = fault(FAULT_DB, "scan: no answer for %d ms", store->silence_max_ms);
			break;
		}
		if (!result)
			return 0;
		r = take(store, result, row, context);
	}
	store_disconnect(store);
	return r;
}
