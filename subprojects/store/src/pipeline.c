/*
 * Pipeline mode (PostgreSQL manual, chapter 34.5): all statements of a run go
 * out together with one Sync behind them, and every answer is read up to it.
 *
 * The connection is in pipeline mode only inside store_run().
 */
#include "internal.h"
#include "params.h"
#include "result.h"

#include <assert.h>
#include <string.h>

static bool is_commit(const char *statement)
{
	return strcmp(statement, "commit") == 0;
}

static bool ends_with_commit(const struct store *store, size_t count)
{
	return count > 0 && is_commit(store->queue[count - 1].statement);
}

void store_queue(struct store *store, const char *statement, const struct store_params *params)
{
	assert(!ends_with_commit(store, store->queued));
	if (store->queued == STORE_QUEUE_MAX) {
		store->queue_fault = FAULT_LIMIT;
		return;
	}
	store->queue[store->queued++] = (struct queued){statement, params};
}

/* Everything goes to libpq's buffer; connection_result() sends it while it reads. */
static int statements_send(struct store *store, size_t count)
{
	PGconn *connection = store->connection;
	bool sent = PQenterPipelineMode(connection);

	for (size_t i = 0; i < count && sent; i++) {
		const struct queued *one = &store->queue[i];
		const struct store_params *params = one->params;

		sent = PQsendQueryPrepared(connection, one->statement, params ? params->count : 0,
			params ? params->values : NULL, params ? params->lengths : NULL,
			params_formats, 1);
	}
	return sent ? 0 : connection_lost(connection, "pipeline");
}

/* COMMIT of a transaction that had failed answers ROLLBACK and no error. */
static int check_commit(const char *statement, PGresult *result)
{
	if (is_commit(statement) && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		return fault(FAULT_DB, "commit: the transaction had failed and was rolled back");
	return 0;
}

static int answer_check(struct store *store, const char *statement, PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return check_commit(statement, result);
	default:
		return connection_fault(result, statement, store->sqlstate);
	}
}

/*
 * The answer of one statement, read up to the NULL that ends it. False when the
 * connection broke or fell silent first.
 */
static bool answer_read(struct store *store, PGresult **ret_result)
{
	PGresult *result;

	*ret_result = NULL;
	while (connection_result(store->connection, store->silence_max_ms, &result)) {
		if (!result)
			return *ret_result != NULL;
		if (*ret_result)
			PQclear(result);
		else
			*ret_result = result;
	}
	return false;
}

static int answer_missing(const struct store *store)
{
	if (PQstatus(store->connection) == CONNECTION_BAD)
		return connection_lost(store->connection, "pipeline");
	return fault(FAULT_DB, "pipeline: no answer for %d ms", store->silence_max_ms);
}

/*
 * Reads all @count answers whatever they are. The first error is the fault: the
 * server skips what follows it, up to the Sync, and says no more than that. Ends
 * early, *ret_whole false, when nothing more will come.
 */
static int answers_read(struct store *store, size_t count, PGresult **answers, bool *ret_whole)
{
	int r = 0;

	*ret_whole = true;
	for (size_t i = 0; i < count && *ret_whole; i++) {
		bool read = answer_read(store, &answers[i]);

		if (!r)
			r = read ? answer_check(store, store->queue[i].statement, answers[i])
				 : answer_missing(store);
		*ret_whole = read && PQstatus(store->connection) == CONNECTION_OK;
	}
	return r;
}

static bool sync_read(struct store *store)
{
	PGresult *result;
	bool synced;

	if (!connection_result(store->connection, store->silence_max_ms, &result))
		return false;
	synced = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
	PQclear(result);
	return synced && PQexitPipelineMode(store->connection);
}

/* The server's own word that this statement failed, and every one behind it. */
static bool is_refusal(const PGresult *answer)
{
	return PQresultErrorField(answer, PG_DIAG_SQLSTATE);
}

/* A refusal behind which the session goes on. */
static bool is_error(const PGresult *answer)
{
	const char *severity = PQresultErrorField(answer, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity && strcmp(severity, "ERROR") == 0;
}

/*
 * What became of a run that ends with COMMIT and lost its connection with @r: only
 * a refusal in front says that nothing was done, only COMMIT's own answer that it
 * was. A server that ends (FATAL) in place of that answer may have written it.
 */
static int commit_outcome(size_t count, PGresult *const *answers, int r)
{
	PGresult *last = answers[count - 1];

	for (size_t i = 0; i + 1 < count; i++)
		if (is_refusal(answers[i]))
			return r;
	if (last && PQresultStatus(last) == PGRES_COMMAND_OK)
		return check_commit("commit", last);
	if (is_error(last))
		return r;
	return fault(
		FAULT_DB_UNKNOWN, "commit: it may be done, its answer was lost: %s", fault_text());
}

static int pipeline_run(struct store *store, size_t count, PGresult **answers)
{
	bool whole = false;
	int r = statements_send(store, count);

	if (r)
		goto lost;
	if (PQpipelineSync(store->connection))
		r = answers_read(store, count, answers, &whole);
	else
		r = connection_lost(store->connection, "pipeline");
	if (whole && sync_read(store))
		return r;
	if (ends_with_commit(store, count))
		r = commit_outcome(count, answers, r);
	else if (!r)
		r = fault(FAULT_DB, "pipeline: the connection was lost behind the last answer");
lost:
	store_disconnect(store);
	return r;
}

int store_run(struct store *store, struct store_result **results, size_t count)
{
	PGresult *answers[STORE_QUEUE_MAX] = {NULL};
	size_t queued = store->queued;
	int r = store->queue_fault;

	assert(!results || count >= queued);
	store->queued = 0;
	store->queue_fault = 0;
	store->sqlstate[0] = '\0';
	if (r)
		return fault(r, "pipeline: more than %d statements queued", STORE_QUEUE_MAX);
	if (queued == 0)
		return 0;
	if (!store_connection(store))
		return FAULT_DB;
	r = pipeline_run(store, queued, answers);
	for (size_t i = 0; results && i < count; i++)
		results[i] = !r && i < queued ? result_wrap(answers[i]) : NULL;
	for (size_t i = 0; i < queued; i++)
		if (r || !results)
			PQclear(answers[i]);
	return r;
}
