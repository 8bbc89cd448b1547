#include "keys.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_FIRST 1024

struct keys {
	uint64_t *slots; /* 0: free */
	size_t slot_count, count;
};

/* FNV-1a, then the finisher of SplitMix64: all bits matter. Never 0. */
static uint64_t hash_of(const void *key, size_t size)
{
	const uint8_t *bytes = key;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
	hash ^= hash >> 31;
	return hash ? hash : 1;
}

/* True when it was not there before. */
static int put(uint64_t *slots, size_t slot_count, uint64_t hash)
{
	size_t at = hash & (slot_count - 1);

	while (slots[at] != 0 && slots[at] != hash)
		at = (at + 1) & (slot_count - 1);
	if (slots[at] == hash)
		return 0;
	slots[at] = hash;
	return 1;
}

static uint64_t *make_slots(size_t count)
{
	uint64_t *slots = calloc(count, sizeof(*slots));

	/* A few megabytes for a million keys: what is read is bounded. */
	assert(slots);
	return slots;
}

static void grow(struct keys *keys)
{
	size_t slot_count = keys->slot_count * 2;
	uint64_t *slots = make_slots(slot_count);

	for (size_t i = 0; i < keys->slot_count; i++) {
		if (keys->slots[i] != 0)
			put(slots, slot_count, keys->slots[i]);
	}
	free(keys->slots);
	keys->slots = slots;
	keys->slot_count = slot_count;
}

struct keys *keys_create(void)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	assert(keys);
	keys->slots = make_slots(SLOTS_FIRST);
	keys->slot_count = SLOTS_FIRST;
	return keys;
}

void keys_destroy(struct keys *keys)
{
	if (keys == NULL)
		return;
	free(keys->slots);
	free(keys);
}

void keys_add(struct keys *keys, const void *key, size_t size)
{
	if (keys->count * 2 >= keys->slot_count)
		grow(keys);
	keys->count += (size_t)put(keys->slots, keys->slot_count, hash_of(key, size));
}

int64_t keys_count(const struct keys *keys)
{
	return (int64_t)keys->count;
}
