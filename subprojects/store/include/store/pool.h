/*
 * A few connections shared by many threads (HTTP handlers).
 */
#pragma once

#include <store/store.h>

struct store_pool;

/* @size connections, made on first use. @config must outlive the pool. */
struct store_pool *store_pool_create(const struct store_config *config, size_t size);
void store_pool_destroy(struct store_pool *pool);
/* Waits up to @timeout_ms for a free connection, then store_ready(). FAULT_LIMIT when none came. */
int store_pool_take(struct store_pool *pool, int timeout_ms, struct store **ret_store);
/* Gives it back; rolls back what was left open. NULL is allowed. */
void store_pool_give(struct store_pool *pool, struct store *store);
