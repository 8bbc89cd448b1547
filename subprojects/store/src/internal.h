/*
 * What the files of the store share.
 */
#pragma once

#include "connection.h"

#include <base/arena.h>

struct queued {
	const char *statement;
	const struct store_params *params;
};

struct store {
	const struct store_config *config;
	PGconn *connection; /* NULL: not connected */
	char sqlstate[SQLSTATE_SIZE];
	int silence_max_ms; /* the server must say something within it; -1: for ever */
	struct queued queue[STORE_QUEUE_MAX];
	size_t queued;
	int queue_fault;
};

void store_disconnect(struct store *store);

/* The connection, or NULL after raising FAULT_DB. */
PGconn *store_connection(const struct store *store);

/* While @unbounded, statements that wait on others (advisory locks) may take for ever. */
void store_wait_unbounded(struct store *store, bool unbounded);

/* One statement that is not prepared; its rows in binary. @params may be NULL. */
int store_query(struct store *store, const char *what, const char *sql,
	const struct store_params *params, struct store_result **ret_result);
