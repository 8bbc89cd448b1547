/*
 * What the live tests share: connections to the test's own database and plain
 * questions to it.
 */
#pragma once

#include "internal.h"

#include <store/stream.h>
#include <testkit/testkit.h>

/* To testkit_database_url(); not connected yet. @scripts as in store_config. */
const struct store_config *live_config(const char *const *scripts);

/* Connected. */
struct store *live_store(const char *const *scripts);

/* The one value of a query, as text; static, until the next call. */
const char *live_text(struct store *store, const char *sql);
int64_t live_long(struct store *store, const char *sql);

/* The server process behind the store. */
int live_pid(const struct store *store);
/* Ends that process and waits until it is gone. */
void live_terminate(struct store *store, int pid);
/* Waits until @sql answers true; the test fails after 10 s. */
void live_await(struct store *store, const char *sql);

/* A slot name of this test alone: slots belong to the whole server. */
const char *live_slot(void);

/* Inbox, outbox, publication. */
void live_outbox(struct store *store);
/* @count rows of @size payload bytes in one transaction, numbered from @first in "sequence". */
void live_insert(struct store *store, int first, int count, int size);
