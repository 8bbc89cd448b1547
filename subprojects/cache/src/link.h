/*
 * One thread's connection to Redis: commands sent together, answers read in turn.
 */
#pragma once

#include <cache/cache.h>
#include <stdbool.h>

#define LINK_ARGUMENTS_MAX 12
#define LINK_COMMANDS_MAX 6

struct link;
struct redisReply;

/* Where Redis is: a host with a port, or the path of a socket. */
struct link_address {
	char *host, *path, *user, *password;
	int port;
	int64_t timeout_ms;
};

/* FAULT_USAGE when @config->url is none. */
int link_address_init(struct link_address *address, const struct cache_config *config);
void link_address_finish(struct link_address *address);

struct link_command {
	int count;
	const char *arguments[LINK_ARGUMENTS_MAX];
	size_t sizes[LINK_ARGUMENTS_MAX]; /* 0: up to the NUL */
};

/* Connected and authenticated after so many @errors, or NULL with fault_text(). */
struct link *link_create(const struct link_address *address, int64_t errors);
/* False when there have been more errors since. */
bool link_made_after(const struct link *link, int64_t errors);
void link_destroy(struct link *link);

/*
 * All in one round trip, one reply each, to be freed by link_replies_free() whatever
 * the answer. FAULT_PEER: the link is of no use any more. A reply that is an error is
 * one of the replies.
 */
int link_exchange(struct link *link, struct link_command *commands, size_t count,
	struct redisReply *ret_replies[LINK_COMMANDS_MAX]);
void link_replies_free(struct redisReply *replies[LINK_COMMANDS_MAX]);
