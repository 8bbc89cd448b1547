/*
 * A pool of threads that works off messages, with or without a lane for each key.
 *
 * One message of each of three keys takes longer than the others: it is finished only when
 * the next of its key is, or when nobody else has anything left to do. So what may happen
 * on a bad day happens for sure. Needs no Kafka.
 */
#pragma once

#include "history.h"
#include "plan.h"

#include <stdbool.h>

#define POOL_THREADS 4

struct pool;

/* @lanes: a key's messages all go to one thread; else any thread takes the next. */
int pool_create(const struct plan *plan, bool lanes, struct pool **ret_pool);
void pool_destroy(struct pool *pool);

/* Before pool_run(), in the order in which the consumer read them; the plan's messages. */
void pool_add(struct pool *pool, struct step step);
/* Works all off, into @history with the thread as lane. */
int pool_run(struct pool *pool, struct history *history);
