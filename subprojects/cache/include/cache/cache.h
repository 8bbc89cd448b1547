/*
 * A cache in Redis (hiredis behind it) that costs little when it is well and nothing
 * when it is not: get, set only what is still true, invalidate.
 *
 * Every call is one round trip with a short time-out on the calling thread's own
 * connection. After an error nobody asks Redis for a jittered pause; calls answer
 * CACHE_OFF at once meanwhile. What was not stored by us under that key (rubbish, a cut
 * value) is a miss, counted and deleted.
 *
 * Nothing stale is stored: a reader that misses takes a lease before it loads, and
 * cache_set() stores only while Redis still holds that very lease. Invalidating
 * deletes value and lease together. A lease that was deleted, flushed, evicted or has
 * expired never comes back, so whatever happens to Redis, a late set is refused.
 */
#pragma once

#include <base/buffer.h>
#include <base/uuid.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_KEY_MAX 128
#define CACHE_VALUE_MAX (256 * 1024)
/* A load that takes longer is not stored. */
#define CACHE_LEASE_MS 60000

struct cache;

struct cache_config {
	const char *url;      /* "redis://host:port" or "unix:/path" */
	const char *user;     /* NULL or "": Redis's default user */
	const char *password; /* NULL or "": none */
	const char *prefix;   /* of all keys: "lab:" */
	int64_t timeout_ms;   /* of connecting, and of each answer */
};

/* FAULT_USAGE when the URL is none. Connects at the first call of each thread. Copies @config. */
int cache_create(const struct cache_config *config, struct cache **ret_cache);
/* All other threads that used it have ended. */
void cache_destroy(struct cache *cache);

/* Key and group together at most CACHE_KEY_MAX, of printable characters. */
struct cache_entry {
	const char *key;
	const char *group; /* one name, by which many entries can be invalidated; or NULL */
};

struct cache_lease {
	char own[UUID_TEXT_SIZE], group[UUID_TEXT_SIZE];
};

enum {
	CACHE_MISS = 1,
	CACHE_OFF,     /* Redis is away, slow or talks nonsense; counted and logged here */
	CACHE_REFUSED, /* invalidated since the lease was taken, or too long: not stored */
};

/* 0 with the value appended to @value; CACHE_MISS; CACHE_OFF. */
int cache_get(struct cache *cache, const struct cache_entry *entry, struct buffer *value);

/* As cache_get(), and with CACHE_MISS a lease: to be called before the load begins. */
int cache_begin(struct cache *cache, const struct cache_entry *entry, struct buffer *value,
	struct cache_lease *ret_lease);

/* @ttl_ms is the longest life; up to a tenth is taken off, so that not all end together. */
int cache_set(struct cache *cache, const struct cache_entry *entry, const struct cache_lease *lease,
	const void *bytes, size_t size, int64_t ttl_ms);

/*
 * Keys or groups. When it answers 0, no load that began before is stored any more, and none
 * that was is found. FAULT_PEER: some may be done; to be called again.
 */
int cache_invalidate(struct cache *cache, const char *const *keys, size_t count);
