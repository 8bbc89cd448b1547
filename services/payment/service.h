/*
 * What payment keeps beside the loop: its tellers.
 */
#pragma once

#include <runtime/service.h>

extern const struct setting payment_settings[];

int payment_start(struct runtime *runtime, void **ret_context);
void payment_stop(void *context);
