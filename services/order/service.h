/*
 * What the HTTP side of order keeps: the catalogue, the intake, a few
 * connections. Made at start, shared by all threads.
 */
#pragma once

#include "order.h"

#include <base/arena.h>
#include <runtime/intake.h>
#include <runtime/service.h>
#include <stdatomic.h>

/* Hot reference data: read once at start, never changed while running. */
struct catalogue_product {
	const char *product_id;
	const char *name;
	money_t price;
};

struct order_service {
	struct arena *arena;                /* of the catalogue */
	struct catalogue_product *products; /* sorted by product id */
	size_t products_count;
	struct store_pool *pool; /* reads */
	struct intake *intake;   /* creates */
	struct store *store;     /* the intake's own connection */
	struct arena *work;      /* the intake's, one batch */
	struct outbox out;
	_Atomic int64_t open; /* sagas under way */
	int64_t counted_us;   /* when the database was last asked */
	int64_t open_max;
	struct sweeper *sweeper; /* fires the deadlines */
};

/* How patient this process is: from its settings, before anything is decided. */
extern struct order_policy order_policy;

/* The settings of order, filled before start. */
extern const struct setting order_settings[];

int order_service_start(struct runtime *runtime, void **ret_context);
void order_service_stop(void *context);

/* NULL when there is no such product. */
const struct catalogue_product *catalogue_find(
	const struct order_service *service, const char *product_id);
/* Seeds what is missing and reads all. */
int catalogue_load(struct order_service *service, struct store *store, const char *seed_file);
