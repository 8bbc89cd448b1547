/*
 * Reads the rows of one SELECT as they come, however many: for tools that look at
 * whole tables. Memory for one row, not for the result.
 */
#pragma once

#include <store/store.h>

/*
 * One row, number 0 of @row, valid until it returns. What it answers other than 0
 * ends the scan and is the scan's answer.
 */
typedef int store_row_fn(void *context, const struct store_result *row);

/*
 * Runs @sql, one statement without parameters; inside the transaction that is open, if
 * one is. 0; a fault; or what @row answered: the connection is closed then, for the
 * server is in the middle of its answer.
 */
int store_scan(struct store *store, const char *sql, store_row_fn *row, void *context);
