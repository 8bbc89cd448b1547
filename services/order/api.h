/*
 * The order context over HTTP; the gateway is its only caller.
 */
#pragma once

#include <http/server.h>

extern const struct http_route order_routes[];
