#include "reads.h"

#include <base/clock.h>

/* Then each loads for itself: a slow service is no reason to be slow twice. */
#define SHARE_WAIT_MS 1000

/* What may change is kept near for moments: another member of the group may hear its event. */
#define NEAR_MS 50

static bool found_near(
	const struct gateway *gateway, const struct gateway_read *read, struct http_reply *reply)
{
	return gateway->near != NULL &&
		near_get(gateway->near, read->entry.key, clock_monotonic_us(), &reply->body);
}

/* @confirmed: Redis has just said that it is not stale. */
static void keep_near(const struct gateway *gateway, const struct gateway_read *read,
	bool confirmed, const struct http_reply *reply)
{
	int64_t life_ms = read->never_changes ? read->life_ms : NEAR_MS;

	if (gateway->near != NULL && (confirmed || read->never_changes))
		near_put(gateway->near, read->entry.key, reply->body.data, reply->body.size,
			clock_monotonic_us() + life_ms * US_PER_MS);
}

static bool found_in_redis(
	const struct gateway *gateway, const struct gateway_read *read, struct http_reply *reply)
{
	if (gateway->cache == NULL || cache_get(gateway->cache, &read->entry, &reply->body) != 0)
		return false;
	keep_near(gateway, read, true, reply);
	return true;
}

static int load(const struct gateway *gateway, const struct http_request *request,
	const struct gateway_read *read, struct http_reply *reply)
{
	struct cache_lease lease;
	int r, lent = CACHE_OFF, kept = CACHE_OFF;

	if (gateway->cache != NULL)
		lent = cache_begin(gateway->cache, &read->entry, &reply->body, &lease);
	/* Another gateway was first. */
	if (lent == 0)
		return 0;
	r = read->load(gateway, request, read->what, reply);
	if (r == 0 && lent == CACHE_MISS)
		kept = cache_set(gateway->cache, &read->entry, &lease, reply->body.data,
			reply->body.size, read->life_ms);
	if (r == 0)
		keep_near(gateway, read, kept == 0, reply);
	return r;
}

/*
 * What others wait for. That goes for Redis, too: when a hot key's moments in our memory
 * are over, one asks.
 */
static int lead(const struct gateway *gateway, const struct http_request *request,
	const struct gateway_read *read, struct http_reply *reply)
{
	/* Whoever led before us may have landed between our look and our joining. */
	if (found_near(gateway, read, reply) || found_in_redis(gateway, read, reply))
		return 0;
	return load(gateway, request, read, reply);
}

int gateway_read(const struct gateway *gateway, const struct http_request *request,
	const struct gateway_read *read, struct http_reply *reply)
{
	struct flight *flight = NULL;
	int r;

	if (found_near(gateway, read, reply))
		return 0;
	r = flight_join(gateway->flights, read->entry.key, SHARE_WAIT_MS, &reply->body, &flight);
	if (r == FLIGHT_ALONE)
		r = read->load(gateway, request, read->what, reply);
	if (flight != NULL) {
		r = lead(gateway, request, read, reply);
		flight_land(gateway->flights, flight, r == 0 ? reply->body.data : NULL,
			reply->body.size);
	}
	return r < 0 ? r : 0;
}
