/*
 * A man in the middle between one producer and its broker, in a thread of its own.
 *
 * All passes, until it is armed: then it swallows the next Produce request, lets the ones
 * behind it through, and at last closes that connection. To the producer this is a
 * network that failed in an unlucky moment; to the broker the batch was never sent.
 * Listens on loopback. Reads Kafka in clear only; what it cannot read passes untouched.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct proxy;

int proxy_create(struct proxy **ret_proxy);
void proxy_destroy(struct proxy *proxy);

/* Where to connect instead of @broker; connections from now on are carried on to @broker. */
struct sockaddr_storage proxy_detour(
	struct proxy *proxy, const struct sockaddr *broker, socklen_t size);

/*
 * Swallows the next Produce request; closes its connection when @answers later requests
 * of it have been answered, or when it has been quiet for a second and a half.
 */
void proxy_arm(struct proxy *proxy, int answers);
/* True once a request was swallowed and its connection closed. */
bool proxy_has_struck(struct proxy *proxy);
