/*
 * What analytics does with messages.
 */
#pragma once

#include <runtime/handler.h>

extern const struct handler analytics_handler;
