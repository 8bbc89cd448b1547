/*
 * GET /notifications?orderId=: what the customer of an order was told, and how it
 * went. For people and tools inside; the gateway does not pass it on.
 */
#pragma once

#include <http/server.h>

extern const struct http_route notification_routes[];
