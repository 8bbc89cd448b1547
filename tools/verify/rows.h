/*
 * Rows of the owners' tables, by column, fed into the facts.
 */
#pragma once

#include "checks.h"

#include <store/store.h>

struct rows {
	struct facts *facts;
	struct report *report;
	struct promises *promises;
	enum service service;
};

/* Callbacks of store_scan(); @context is a struct rows. */
int row_order(void *context, const struct store_result *row);
int row_key(void *context, const struct store_result *row);
int row_history(void *context, const struct store_result *row);
int row_item_ordered(void *context, const struct store_result *row);
int row_movement(void *context, const struct store_result *row);
int row_provider(void *context, const struct store_result *row);
int row_declined(void *context, const struct store_result *row);
int row_stock(void *context, const struct store_result *row);
int row_reservation(void *context, const struct store_result *row);
int row_item_held(void *context, const struct store_result *row);
int row_notice(void *context, const struct store_result *row);
int row_counted(void *context, const struct store_result *row);
int row_record(void *context, const struct store_result *row);
int row_inbox(void *context, const struct store_result *row);
int row_parked(void *context, const struct store_result *row);
