#include "limit.h"

#include <base/clock.h>
#include <pthread.h>
#include <stdlib.h>

#define WAYS 8 /* places one client may be in */
#define SETS (LIMIT_CLIENTS / WAYS)
#define NS_PER_US 1000
#define NS_PER_S (US_PER_S * NS_PER_US)

struct client {
	uint64_t name;  /* a hash; 0: nobody yet */
	int64_t due_ns; /* when its next request would be due at exactly @rate */
};

struct limit {
	int64_t interval_ns; /* between two requests */
	int64_t burst_ns;    /* how far ahead of its rate a client may be */
	pthread_mutex_t lock;
	struct client clients[SETS][WAYS];
};

struct limit *limit_create(int64_t rate, int64_t burst)
{
	struct limit *limit = calloc(1, sizeof(*limit));

	if (limit == NULL)
		return NULL;
	limit->interval_ns = NS_PER_S / rate;
	limit->burst_ns = limit->interval_ns * (burst - 1);
	(void)pthread_mutex_init(&limit->lock, NULL);
	return limit;
}

void limit_destroy(struct limit *limit)
{
	if (limit == NULL)
		return;
	(void)pthread_mutex_destroy(&limit->lock);
	free(limit);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash | 1;
}

/* The client's place, or that of whoever was quiet longest. */
static struct client *place_of(struct limit *limit, uint64_t name)
{
	struct client *set = limit->clients[(name >> 32) % SETS];
	struct client *quietest = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].name == name)
			return &set[i];
		if (set[i].due_ns < quietest->due_ns)
			quietest = &set[i];
	}
	*quietest = (struct client){.name = name};
	return quietest;
}

int64_t limit_take(struct limit *limit, const char *client, int64_t now_us)
{
	int64_t now_ns = now_us * NS_PER_US, early_ns;
	struct client *place;

	(void)pthread_mutex_lock(&limit->lock);
	place = place_of(limit, hash(client));
	if (place->due_ns < now_ns)
		place->due_ns = now_ns;
	early_ns = place->due_ns - limit->burst_ns - now_ns;
	if (early_ns <= 0)
		place->due_ns += limit->interval_ns;
	(void)pthread_mutex_unlock(&limit->lock);
	return early_ns <= 0 ? 0 : (early_ns + NS_PER_US - 1) / NS_PER_US;
}
