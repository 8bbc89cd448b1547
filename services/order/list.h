/*
 * GET /orders: pages of orders, newest first, by keyset: a page begins behind the
 * last id of the one before, so that what comes in meanwhile moves nothing.
 */
#pragma once

#include <http/server.h>

#define LIST_LIMIT_MAX 200

http_handler order_list;
