/*
 * What notification does with messages.
 */
#pragma once

#include "notification.h"

#include <runtime/handler.h>

extern const struct handler notification_handler;

/* Before the first message. @templates must outlive the last. */
void notification_handler_use(const struct notification_templates *templates);
