#include "connection.h"

#include <base/clock.h>
#include <base/log.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define WORDS_SIZE 400
#define NUMBER_SIZE 16
#define KEYWORDS_MAX 16

/* libpq writes in paragraphs; a fault is one line. */
static const char *one_line(const char *text, char words[static WORDS_SIZE])
{
	size_t size = 0;

	for (; *text && size < WORDS_SIZE - 1; text++) {
		bool space = *text == '\n' || *text == '\t' || *text == ' ';
		if (space && (size == 0 || words[size - 1] == ' '))
			continue;
		words[size++] = space ? ' ' : *text;
	}
	while (size > 0 && words[size - 1] == ' ')
		size--;
	words[size] = '\0';
	return words;
}

static bool is_sqlstate(const char *text)
{
	for (int i = 0; i < 5; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'A' && text[i] <= 'Z')))
			return false;
	return true;
}

/*
 * A refused login leaves no result to ask, only text: with verbose errors it
 * reads "FATAL:  28P01: password authentication failed …", whatever the language.
 */
static void find_sqlstate(const char *text, char sqlstate[static SQLSTATE_SIZE])
{
	for (const char *at = strstr(text, ":  "); at; at = strstr(at + 1, ":  ")) {
		if (strlen(at) < 9 || !is_sqlstate(at + 3) || at[8] != ':')
			continue;
		memcpy(sqlstate, at + 3, SQLSTATE_SIZE - 1);
		sqlstate[SQLSTATE_SIZE - 1] = '\0';
		return;
	}
}

static int connect_fault(PGconn *connection, char sqlstate[static SQLSTATE_SIZE])
{
	char words[WORDS_SIZE];
	char text[WORDS_SIZE];
	char *location;

	/* The client gives up before the server can refuse: there is no SQLSTATE. */
	if (PQconnectionNeedsPassword(connection))
		return fault(FAULT_DB_CONFIG, "connect: role %s of database %s needs a password",
			PQuser(connection), PQdb(connection));
	find_sqlstate(PQerrorMessage(connection), sqlstate);
	snprintf(text, sizeof(text), "%s", PQerrorMessage(connection));
	location = strstr(text, "\nLOCATION:");
	if (location)
		*location = '\0';
	return fault(sqlstate_fault(sqlstate), "connect: %s", one_line(text, words));
}

/* Notices ("relation already exists, skipping") would go to stderr past the log. */
static void log_notice(void *context, const char *message)
{
	char words[WORDS_SIZE];

	(void)context;
	log_debug("database notice", LOG_TEXT("notice", one_line(message, words)));
}

/* Told apart from a server that is away, because waiting does not mend it. */
static int url_check(const char *url)
{
	char words[WORDS_SIZE];
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &why);
	int r = 0;

	if (!options)
		r = fault(FAULT_DB_CONFIG, "connect: database URL: %s",
			one_line(why ? why : "out of memory", words));
	PQconninfoFree(options);
	PQfreemem(why);
	return r;
}

static PGconn *connect_start(const struct store_config *config, enum connection_kind kind)
{
	bool replication = kind == CONNECTION_REPLICATION;
	char silence[NUMBER_SIZE];

	snprintf(silence, sizeof(silence), "%d", config->connect_timeout_ms);
	/* A peer that is gone is noticed after 5 + 3 × 2 s idle, or when it confirms nothing. */
	const char *const keywords[KEYWORDS_MAX] = {"dbname", "password", "application_name",
		"client_encoding", "keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", replication ? "replication" : NULL};
	const char *const values[KEYWORDS_MAX] = {config->url, config->password,
		config->application, "UTF8", "5", "2", "3", silence, "database"};

	return PQconnectStartParams(keywords, values, 1);
}

static int connect_finish(PGconn *connection, int timeout_ms, char sqlstate[static SQLSTATE_SIZE])
{
	int64_t deadline_us = clock_monotonic_us() + timeout_ms * US_PER_MS;
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;

	if (PQstatus(connection) == CONNECTION_BAD)
		wanted = PGRES_POLLING_FAILED;
	while (wanted != PGRES_POLLING_OK) {
		struct pollfd ready = {.fd = PQsocket(connection),
			.events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT};
		int64_t left_us = deadline_us - clock_monotonic_us();

		if (wanted == PGRES_POLLING_FAILED)
			return connect_fault(connection, sqlstate);
		if (left_us <= 0)
			return fault(FAULT_DB, "connect: %s:%s did not answer within %d ms",
				PQhost(connection), PQport(connection), timeout_ms);
		if (poll(&ready, 1, (int)((left_us + US_PER_MS - 1) / US_PER_MS)) > 0)
			wanted = PQconnectPoll(connection);
	}
	return 0;
}

static int session_set(
	PGconn *connection, const struct store_config *config, char sqlstate[static SQLSTATE_SIZE])
{
	char sql[256];
	int timeout_ms = config->statement_timeout_ms;

	snprintf(sql, sizeof(sql),
		"SET statement_timeout = %d; SET lock_timeout = %d;"
		"SET idle_in_transaction_session_timeout = %d",
		timeout_ms, timeout_ms, timeout_ms);
	return connection_execute(connection, "connect", sql, config->connect_timeout_ms, sqlstate);
}

int connection_open(const struct store_config *config, enum connection_kind kind,
	char sqlstate[static SQLSTATE_SIZE], PGconn **ret_connection)
{
	PGconn *connection;
	int r = url_check(config->url);

	sqlstate[0] = '\0';
	if (r)
		return r;
	connection = connect_start(config, kind);
	if (!connection)
		return fault(FAULT_SYSTEM, "connect: out of memory");
	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
	PQsetNoticeProcessor(connection, log_notice, NULL);
	r = connect_finish(connection, config->connect_timeout_ms, sqlstate);
	if (r)
		goto out;
	PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
	if (PQsetnonblocking(connection, 1) != 0) {
		r = fault(FAULT_DB, "connect: non-blocking mode was refused");
		goto out;
	}
	if (kind != CONNECTION_REPLICATION)
		r = session_set(connection, config, sqlstate);
out:
	if (r)
		PQfinish(connection);
	else
		*ret_connection = connection;
	return r;
}

bool connection_wait(PGconn *connection, bool writing, int silence_max_ms)
{
	struct pollfd ready = {
		.fd = PQsocket(connection), .events = (short)(writing ? POLLIN | POLLOUT : POLLIN)};
	int64_t deadline_us = clock_monotonic_us() + silence_max_ms * US_PER_MS;
	int left_ms = silence_max_ms;

	for (;;) {
		int n = poll(&ready, 1, left_ms);
		if (n > 0)
			return true;
		/* Out of kernel memory or the like: libpq's own call will say it. */
		if (n < 0 && errno != EINTR)
			return true;
		if (silence_max_ms < 0)
			continue;
		left_ms = (int)((deadline_us - clock_monotonic_us()) / US_PER_MS);
		if (n == 0 || left_ms <= 0)
			return false;
	}
}

bool connection_result(PGconn *connection, int silence_max_ms, PGresult **ret_result)
{
	while (PQisBusy(connection)) {
		int unsent = PQflush(connection);
		/* Broken: PQgetResult() then answers at once and has the words. */
		if (unsent < 0)
			break;
		if (!connection_wait(connection, unsent > 0, silence_max_ms))
			return false;
		if (!PQconsumeInput(connection))
			break;
	}
	*ret_result = PQgetResult(connection);
	return true;
}

int connection_fault(const PGresult *result, const char *what, char sqlstate[static SQLSTATE_SIZE])
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	char words[WORDS_SIZE];

	snprintf(sqlstate, SQLSTATE_SIZE, "%s", state ? state : "");
	if (!state || !primary)
		return fault(
			FAULT_DB, "%s: %s", what, one_line(PQresultErrorMessage(result), words));
	return fault(sqlstate_fault(state), "%s: %s%s%s%s [%s]", what, primary, detail ? " (" : "",
		detail ? one_line(detail, words) : "", detail ? ")" : "", state);
}

int connection_lost(const PGconn *connection, const char *what)
{
	char words[WORDS_SIZE];

	one_line(PQerrorMessage(connection), words);
	return fault(FAULT_DB, "%s: %s", what, *words ? words : "the connection is lost");
}

/* Keeps the first error: what follows it only says that it followed. */
static int result_check(
	const PGresult *result, const char *what, int r, char sqlstate[static SQLSTATE_SIZE])
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return r;
	default:
		return r ? r : connection_fault(result, what, sqlstate);
	}
}

int connection_execute(PGconn *connection, const char *what, const char *sql, int silence_max_ms,
	char sqlstate[static SQLSTATE_SIZE])
{
	int r = 0;

	if (!PQsendQuery(connection, sql))
		return connection_lost(connection, what);
	for (;;) {
		PGresult *result;
		ExecStatusType status;
		if (!connection_result(connection, silence_max_ms, &result))
			return fault(FAULT_DB, "%s: no answer for %d ms", what, silence_max_ms);
		if (!result)
			return r;
		status = PQresultStatus(result);
		r = result_check(result, what, r, sqlstate);
		PQclear(result);
		if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
			return fault(FAULT_DB_CONFIG, "%s: COPY cannot be run here", what);
	}
}
