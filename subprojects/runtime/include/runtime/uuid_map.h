/*
 * Finds things by uuid within one batch: a fixed-size open-addressing table in
 * an arena. Keys are copied; values are the caller's.
 */
#pragma once

#include <base/arena.h>
#include <base/uuid.h>

struct uuid_map;

/* Room for @count_max keys. */
struct uuid_map *uuid_map_create(struct arena *arena, size_t count_max);
/* Keeps the first value put under a key. Returns the value now there. */
void *uuid_map_put(struct uuid_map *map, const struct uuid *key, void *value);
/* NULL when there is none. */
void *uuid_map_get(const struct uuid_map *map, const struct uuid *key);
