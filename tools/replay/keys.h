/*
 * How many different keys were seen: a set of their hashes. Pure.
 *
 * Two keys with one hash of 64 bits count once: with a million keys that is one in
 * thirty million runs.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct keys;

struct keys *keys_create(void);
void keys_destroy(struct keys *keys);
void keys_add(struct keys *keys, const void *key, size_t size);
int64_t keys_count(const struct keys *keys);
