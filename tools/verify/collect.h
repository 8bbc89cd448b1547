/*
 * Databases into facts: each in one snapshot, read only.
 */
#pragma once

#include "checks.h"
#include "options.h"

#include <store/store.h>

struct databases;

/* Connects to those that the invariants asked for need. A fault names the database. */
int databases_open(const struct options *options, struct databases **ret_databases);
void databases_close(struct databases *databases);
/* Whether the invariants asked for need it. */
bool databases_need(unsigned invariants, enum service service);

/* One snapshot of each, from now on; and how far the write-ahead logs are. */
int databases_begin(struct databases *databases);
void databases_end(struct databases *databases);
/* Where the write-ahead log of that database was when its snapshot was taken. */
int64_t databases_lsn(const struct databases *databases, enum service service);

int databases_read(struct databases *databases, struct facts *facts, struct report *report,
	struct promises *promises);

/* The connection, for questions of one's own. NULL when it is not needed. */
struct store *databases_store(struct databases *databases, enum service service);
