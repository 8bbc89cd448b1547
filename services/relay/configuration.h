/*
 * Settings of the relay and what they become: which outbox, which topics.
 */
#pragma once

#include "relay.h"

#include <base/settings.h>
#include <runtime/service.h>

extern const struct setting configuration_settings[];

/* The functions of struct service. The context is the relay. */
int configuration_start(struct runtime *runtime, void **ret_relay);
void configuration_stop(void *relay);
int configuration_run(struct runtime *runtime, void *relay);
