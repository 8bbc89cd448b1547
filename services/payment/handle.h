/*
 * What payment does with messages.
 */
#pragma once

#include <runtime/handler.h>

extern const struct handler payment_handler;
