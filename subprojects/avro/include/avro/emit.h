/*
 * What the generated x_emit() functions have in common.
 */
#pragma once

#include <base/arena.h>
#include <base/buffer.h>
#include <base/uuid.h>

/*
 * Decisions emit what was validated at the edge. A value that no reader would
 * take (@result is the check's), or a nil @key, is a defect: it is logged and
 * the process ends, before anything of this batch is saved.
 */
void avro_emit_check(int result, const char *type, const struct uuid *key);

/* An empty buffer for @size_max bytes in the arena. Never finish it. */
struct buffer avro_emit_room(struct arena *arena, size_t size_max);
