#include <assert.h>
#include <runtime/uuid_map.h>
#include <string.h>

struct slot {
	struct uuid key;
	void *value; /* NULL: free */
};

struct uuid_map {
	size_t mask;
	size_t count, count_max;
	struct slot *slots;
};

struct uuid_map *uuid_map_create(struct arena *arena, size_t count_max)
{
	struct uuid_map *map = arena_new(arena, struct uuid_map);
	size_t size = 16;

	while (size < count_max * 2)
		size *= 2;
	map->mask = size - 1;
	map->count_max = count_max;
	map->slots = arena_array(arena, size, sizeof(*map->slots));
	return map;
}

/* The last eight bytes of an id are random: they are the hash. */
static struct slot *slot_of(const struct uuid_map *map, const struct uuid *key)
{
	uint64_t hash;
	size_t at;

	memcpy(&hash, key->bytes + 8, sizeof(hash));
	hash *= UINT64_C(0x9E3779B97F4A7C15);
	at = (size_t)(hash >> 20) & map->mask;
	while (map->slots[at].value && !uuid_equal(&map->slots[at].key, key))
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

void *uuid_map_put(struct uuid_map *map, const struct uuid *key, void *value)
{
	struct slot *slot = slot_of(map, key);

	assert(value);
	if (!slot->value) {
		assert(map->count < map->count_max);
		map->count++;
		slot->key = *key;
		slot->value = value;
	}
	return slot->value;
}

void *uuid_map_get(const struct uuid_map *map, const struct uuid *key)
{
	return slot_of(map, key)->value;
}
