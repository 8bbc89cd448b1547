/*
 * The parts of notification that live as long as the process.
 */
#pragma once

#include "delivery.h"
#include "notification.h"

#include <runtime/service.h>
#include <store/pool.h>

struct notification_service {
	struct arena *arena;
	struct notification_templates templates;
	struct delivery *delivery;
	struct store_pool *pool;
};

extern const struct setting notification_settings[];

int notification_start(struct runtime *runtime, void **ret_context);
void notification_stop(void *context);
