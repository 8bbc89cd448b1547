/*
 * A few answers in the process's own memory, in front of Redis: a round trip costs more
 * than all else that a read does.
 *
 * For what never changes, and, for moments, for what Redis has just confirmed. Bounded:
 * a newcomer takes the place of whoever has its slot. Any thread.
 */
#pragma once

#include <base/buffer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAR_VALUE_MAX 4096

struct near;

/* NULL when there is no memory. At most @entries values of NEAR_VALUE_MAX. */
struct near *near_create(size_t entries);
void near_destroy(struct near *near);

/* Appends to @value. False when it is not there, or too old at @now_us. */
bool near_get(struct near *near, const char *key, int64_t now_us, struct buffer *value);
/* What is too long is not kept. */
void near_put(struct near *near, const char *key, const void *bytes, size_t size, int64_t until_us);
void near_forget(struct near *near, const char *key);
void near_forget_all(struct near *near);
