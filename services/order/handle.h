/*
 * What order does with messages.
 */
#pragma once

#include <runtime/handler.h>

extern const struct handler order_handler;

/* In create.c: so many sagas came to their end. @context is the service's. */
void order_ended(void *context, int64_t count);
