/*
 * The HTTP edge: checks what needs no state, forwards orders to the order service,
 * joins products with their availability, caches what it may. Keeps nothing itself.
 */
#pragma once

#include "limit.h"
#include "upstream.h"

#include <cache/cache.h>
#include <cache/flight.h>
#include <cache/near.h>
#include <runtime/service.h>
#include <stdint.h>

/* How long answers live in the cache, at most. */
struct gateway_lives {
	int64_t order_ms, catalogue_ms, stock_ms;
};

struct gateway {
	struct upstream *order, *inventory;
	struct upstream *analytics; /* NULL: none */
	struct cache *cache;        /* NULL: every answer is asked for */
	struct near *near;          /* NULL: none */
	struct flights *flights;
	struct gateway_lives lives;
	struct limit *limit; /* NULL: none */
};

struct gateway_config {
	const char *order_url, *inventory_url, *analytics_url;
	int64_t order_connections, inventory_connections, analytics_connections;
	int64_t order_timeout_ms, inventory_timeout_ms, analytics_timeout_ms;
	const char *redis_url, *redis_user, *redis_password; /* NULL or "": no cache, none */
	int64_t redis_timeout_ms;
	int64_t near_entries; /* answers in our own memory; 0: none */
	struct gateway_lives lives;
	int64_t rate_limit, rate_burst; /* requests a second for each client, 0: any; at once */
};

extern const struct setting gateway_settings[];
extern const struct http_route gateway_routes[];

/* FAULT_USAGE when a URL is none. Nobody is called yet. */
int gateway_open(const struct gateway_config *config, struct gateway *ret_gateway);
void gateway_close(struct gateway *gateway);

/* The same with what the settings say, for service_main(). */
int gateway_start(struct runtime *runtime, void **ret_context);
void gateway_stop(void *context);

/* listen.c: until told to stop. */
int gateway_run(struct runtime *runtime, void *context);
struct stale;
/* 0 or FAULT_PEER: again, then. */
int gateway_invalidate(const struct gateway *gateway, const struct stale *stale);

/* Whether the client may ask again already; a 429 with Retry-After when not. */
bool gateway_admit(void *context, const struct http_request *request, struct http_reply *reply);

/* products.c */
http_handler gateway_list_products, gateway_get_product;
