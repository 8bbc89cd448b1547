/*
 * What the HTTP side of inventory keeps: a few connections for reads.
 */
#pragma once

#include <base/arena.h>
#include <runtime/service.h>

extern const struct setting inventory_settings[];
extern const struct http_route inventory_routes[];

/* Seeds the stock that is missing, opens the pool. */
int inventory_start(struct runtime *runtime, void **ret_context);
void inventory_stop(void *context);
