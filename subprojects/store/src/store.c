#include "internal.h"

#include "params.h"
#include "result.h"

#include <poll.h>
#include <stdlib.h>

/* The server gives up by itself at statement_timeout; beyond this much more it is dead. */
#define SILENCE_MARGIN_MS 5000

/* SQL's PREPARE takes no transaction commands; the protocol's Parse does. */
static const struct {
	const char *name, *sql;
} transaction_statements[] = {
	{"begin", "BEGIN"},
	{"commit", "COMMIT"},
	{"rollback", "ROLLBACK"},
};

struct store *store_create(const struct store_config *config)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		abort();
	store->config = config;
	store_wait_unbounded(store, false);
	return store;
}

void store_destroy(struct store *store)
{
	if (!store)
		return;
	store_disconnect(store);
	free(store);
}

void store_disconnect(struct store *store)
{
	PQfinish(store->connection);
	store->connection = NULL;
}

PGconn *store_connection(const struct store *store)
{
	if (!store->connection)
		fault(FAULT_DB, "database: not connected");
	return store->connection;
}

void store_wait_unbounded(struct store *store, bool unbounded)
{
	int timeout_ms = store->config->statement_timeout_ms;

	store->silence_max_ms = unbounded || timeout_ms <= 0 ? -1 : timeout_ms + SILENCE_MARGIN_MS;
}

const char *store_sqlstate(const struct store *store)
{
	return store->sqlstate;
}

static int prepare_transaction_statements(struct store *store)
{
	size_t count = sizeof(transaction_statements) / sizeof(transaction_statements[0]);

	for (size_t i = 0; i < count; i++) {
		const char *name = transaction_statements[i].name;
		PGresult *result;
		int r = 0;

		if (!PQsendPrepare(store->connection, name, transaction_statements[i].sql, 0, NULL))
			return connection_lost(store->connection, "prepare");
		do {
			if (!connection_result(store->connection, store->silence_max_ms, &result))
				return fault(FAULT_DB, "prepare: no answer");
			if (result && PQresultStatus(result) != PGRES_COMMAND_OK)
				r = connection_fault(result, "prepare", store->sqlstate);
			PQclear(result);
		} while (result);
		if (r)
			return r;
	}
	return 0;
}

static int prepare(struct store *store)
{
	int r = prepare_transaction_statements(store);

	for (const char *const *script = store->config->scripts; !r && script && *script; script++)
		r = connection_execute(store->connection, "prepare", *script, store->silence_max_ms,
			store->sqlstate);
	return r;
}

/*
 * A server that went away while nobody asked it has left its farewell in the
 * socket: look before the next statement is lost to it.
 */
static bool is_closed_by_server(struct store *store)
{
	struct pollfd ready = {.fd = PQsocket(store->connection), .events = POLLIN};

	while (PQstatus(store->connection) == CONNECTION_OK) {
		if (poll(&ready, 1, 0) <= 0)
			return false;
		if (!PQconsumeInput(store->connection))
			return true;
	}
	return true;
}

int store_ready(struct store *store)
{
	int r;

	if (store->connection && !is_closed_by_server(store))
		return 0;
	store_disconnect(store);
	r = connection_open(
		store->config, CONNECTION_ORDINARY, store->sqlstate, &store->connection);
	if (r)
		return r;
	r = prepare(store);
	if (r)
		store_disconnect(store);
	return r;
}

int store_execute(struct store *store, const char *sql)
{
	PGconn *connection = store_connection(store);
	int r;

	store->sqlstate[0] = '\0';
	if (!connection)
		return FAULT_DB;
	r = connection_execute(connection, "execute", sql, store->silence_max_ms, store->sqlstate);
	if (PQstatus(connection) == CONNECTION_BAD ||
		PQtransactionStatus(connection) == PQTRANS_ACTIVE)
		store_disconnect(store);
	return r;
}

int store_query(struct store *store, const char *what, const char *sql,
	const struct store_params *params, struct store_result **ret_result)
{
	PGconn *connection = store_connection(store);
	struct store_result *rows = NULL;
	PGresult *result;
	int r = 0;

	store->sqlstate[0] = '\0';
	if (!connection)
		return FAULT_DB;
	if (!PQsendQueryParams(connection, sql, params ? params->count : 0, NULL,
		    params ? params->values : NULL, params ? params->lengths : NULL, params_formats,
		    1)) {
		r = connection_lost(connection, what);
		store_disconnect(store);
		return r;
	}
	for (;;) {
		if (!connection_result(connection, store->silence_max_ms, &result)) {
			r = fault(FAULT_DB, "%s: no answer for %d ms", what, store->silence_max_ms);
			store_disconnect(store);
			break;
		}
		if (!result)
			break;
		if (PQresultStatus(result) == PGRES_TUPLES_OK ||
			PQresultStatus(result) == PGRES_COMMAND_OK) {
			rows = result_wrap(result);
			continue;
		}
		r = connection_fault(result, what, store->sqlstate);
		PQclear(result);
	}
	if (r)
		PQclear(result_unwrap(rows));
	else
		*ret_result = rows;
	return r;
}

/*
 * Says nothing and raises nothing: the fault that led here keeps its words.
 */
void store_rollback(struct store *store)
{
	PGresult *result = NULL;
	bool done = false;

	store->queued = 0;
	store->queue_fault = 0;
	if (!store->connection)
		return;
	if (PQstatus(store->connection) != CONNECTION_OK ||
		PQpipelineStatus(store->connection) != PQ_PIPELINE_OFF) {
		store_disconnect(store);
		return;
	}
	if (PQtransactionStatus(store->connection) == PQTRANS_IDLE)
		return;
	if (!PQsendQuery(store->connection, "ROLLBACK")) {
		store_disconnect(store);
		return;
	}
	while (connection_result(store->connection, store->silence_max_ms, &result) && result) {
		done = PQresultStatus(result) == PGRES_COMMAND_OK;
		PQclear(result);
	}
	if (!done || PQtransactionStatus(store->connection) != PQTRANS_IDLE)
		store_disconnect(store);
}
