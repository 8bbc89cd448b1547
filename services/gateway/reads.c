#include "reads.h"

/* Then each loads for itself: a slow service is no reason to be slow twice. */
#define SHARE_WAIT_MS 1000

static bool found(
	const struct gateway *gateway, const struct gateway_read *read, struct http_reply *reply)
{
	return gateway->cache != NULL && cache_get(gateway->cache, &read->entry, &reply->body) == 0;
}

/* What others wait for: asked for once more, since it may just have come, then loaded. */
static int lead(const struct gateway *gateway, const struct http_request *request,
	const struct gateway_read *read, struct http_reply *reply)
{
	struct cache_lease lease;
	int r = CACHE_OFF, kept;

	if (gateway->cache != NULL)
		r = cache_begin(gateway->cache, &read->entry, &reply->body, &lease);
	if (r == 0)
		return 0;
	kept = read->load(gateway, request, read->what, reply);
	if (kept == 0 && r == CACHE_MISS)
		(void)cache_set(gateway->cache, &read->entry, &lease, reply->body.data,
			reply->body.size, read->life_ms);
	return kept;
}

int gateway_read(const struct gateway *gateway, const struct http_request *request,
	const struct gateway_read *read, struct http_reply *reply)
{
	struct flight *flight = NULL;
	int r;

	if (found(gateway, read, reply))
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
