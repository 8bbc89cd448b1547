/*
 * Fires the deadlines of the saga. They live in the database, so any number of
 * order processes may sweep: each deadline is fired by one of them, once.
 */
#pragma once

#include <base/arena.h>
#include <stdint.h>
#include <store/store.h>

struct sweeper;

/* A thread with a connection of its own. @config must outlive it. */
int sweeper_start(const struct store_config *config, struct sweeper **ret_sweeper);
/* Ends after the pass in hand. NULL is allowed. */
void sweeper_stop(struct sweeper *sweeper);

#define SWEEP_ORDERS_MAX 100

struct sweep {
	int64_t fired;   /* SWEEP_ORDERS_MAX: there may be more */
	int64_t next_us; /* the nearest deadline to come; 0: none */
};

/* One pass: what is due at @now_us, in one transaction. After a fault it is rolled back. */
int sweep_once(struct store *store, struct arena *arena, int64_t now_us, struct sweep *ret_sweep);
