/*
 * One read of the edge, through the cache: from our own memory, from Redis, or else loaded
 * by one thread of this process for all that ask, and kept when it may be.
 */
#pragma once

#include "gateway.h"

#include <cache/cache.h>

struct gateway_read {
	struct cache_entry entry;
	int64_t life_ms;    /* in the cache, at most */
	bool never_changes; /* so it may be kept in our own memory, too, as long */
	/* Fills the reply. 0 when it may be kept and shared; READ_OWN; or a fault. */
	int (*load)(const struct gateway *gateway, const struct http_request *request,
		const void *what, struct http_reply *reply);
	const void *what; /* for load() */
};

enum { READ_OWN = 1 }; /* this answer is for its asker alone */

/* 0 or load()'s fault. What is kept is a body of application/json with status 200. */
int gateway_read(const struct gateway *gateway, const struct http_request *request,
	const struct gateway_read *read, struct http_reply *reply);
