/*
 * What the HTTP side of analytics keeps: a few connections for reads.
 */
#pragma once

#include <runtime/service.h>

extern const struct http_route analytics_routes[];

int analytics_start(struct runtime *runtime, void **ret_context);
void analytics_stop(void *context);
