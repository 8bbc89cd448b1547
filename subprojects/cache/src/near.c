#include "count.h"

#include <cache/cache.h>
#include <cache/near.h>

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	pthread_mutex_t lock;
	char key[CACHE_KEY_MAX + 1];
	int64_t until_us; /* 0: empty */
	struct buffer value;
};

struct near {
	size_t count;
	struct slot slots[];
};

struct near *near_create(size_t entries)
{
	struct near *near = calloc(1, sizeof(*near) + entries * sizeof(near->slots[0]));

	assert(entries > 0);
	if (near == NULL)
		return NULL;
	near->count = entries;
	for (size_t i = 0; i < entries; i++) {
		pthread_mutex_init(&near->slots[i].lock, NULL);
		buffer_init(&near->slots[i].value, NEAR_VALUE_MAX);
	}
	count_init();
	return near;
}

void near_destroy(struct near *near)
{
	if (near == NULL)
		return;
	for (size_t i = 0; i < near->count; i++) {
		buffer_finish(&near->slots[i].value);
		pthread_mutex_destroy(&near->slots[i].lock);
	}
	free(near);
}

/* FNV-1a; the slot is locked. */
static struct slot *lock_slot(struct near *near, const char *key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct slot *slot;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	slot = &near->slots[hash % near->count];
	pthread_mutex_lock(&slot->lock);
	return slot;
}

bool near_get(struct near *near, const char *key, int64_t now_us, struct buffer *value)
{
	struct slot *slot = lock_slot(near, key);
	bool found = now_us < slot->until_us && strcmp(slot->key, key) == 0;

	if (found)
		buffer_add(value, slot->value.data, slot->value.size);
	pthread_mutex_unlock(&slot->lock);
	if (found)
		count_near();
	return found;
}

void near_put(struct near *near, const char *key, const void *bytes, size_t size, int64_t until_us)
{
	struct slot *slot = lock_slot(near, key);

	assert(strlen(key) <= CACHE_KEY_MAX);
	buffer_reset(&slot->value);
	buffer_add(&slot->value, bytes, size);
	slot->until_us = slot->value.failed ? 0 : until_us;
	(void)snprintf(slot->key, sizeof(slot->key), "%s", key);
	pthread_mutex_unlock(&slot->lock);
}

void near_forget(struct near *near, const char *key)
{
	struct slot *slot = lock_slot(near, key);

	if (strcmp(slot->key, key) == 0)
		slot->until_us = 0;
	pthread_mutex_unlock(&slot->lock);
}

void near_forget_all(struct near *near)
{
	for (size_t i = 0; i < near->count; i++) {
		pthread_mutex_lock(&near->slots[i].lock);
		near->slots[i].until_us = 0;
		pthread_mutex_unlock(&near->slots[i].lock);
	}
}
