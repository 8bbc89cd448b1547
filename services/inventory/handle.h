/*
 * What inventory does with messages.
 */
#pragma once

#include <runtime/handler.h>

extern const struct handler inventory_handler;
