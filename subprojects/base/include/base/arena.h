/*
 * An arena: memory for one batch, given back all at once.
 *
 * Nothing in it is freed singly. arena_reset() keeps the first blocks for the
 * next batch, so a loop in steady state allocates nothing. Running out of
 * memory, or passing @size_max, ends the process with a message: every input
 * is bounded before it gets here, so both are defects, not load.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

/* @size_max bounds the bytes handed out between two resets; 0: only memory does. */
struct arena *arena_create(size_t size_max);
void arena_destroy(struct arena *arena);
void arena_cleanup(struct arena **arena);
#define ARENA_CLEAN __attribute__((cleanup(arena_cleanup)))

/* Zeroed memory aligned for any type. Never NULL; @size 0 is allowed. */
void *arena_alloc(struct arena *arena, size_t size);
/* As arena_alloc, for @count × @size without overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
char *arena_string(struct arena *arena, const char *text);
/* Copies @size bytes and ends them with a NUL. */
char *arena_string_of(struct arena *arena, const char *text, size_t size);
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All that was handed out since the creation or the last reset becomes invalid. */
void arena_reset(struct arena *arena);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
