#include <base/arena.h>

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what a reset took back is poisoned: late use is a report, not luck. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(bytes, size) ((void)(bytes), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(bytes, size) ((void)(bytes), (void)(size))
#endif

#define BLOCK_SIZE ((size_t)64 * 1024)
/* What a reset keeps at most; one unusually large batch does not hold its memory for ever. */
#define KEPT_SIZE_MAX ((size_t)8 * 1024 * 1024)

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *first;
	struct block *current;
	size_t used;
	size_t size_max;
};

static _Noreturn void arena_exhausted(const char *why, size_t size)
{
	fprintf(stderr, "arena: %s (%zu bytes asked for)\n", why, size);
	abort();
}

static struct block *block_create(size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);
	if (!block)
		arena_exhausted("out of memory", size);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	ASAN_POISON_MEMORY_REGION(block->data, size);
	return block;
}

static void block_destroy(struct block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
	free(block);
}

struct arena *arena_create(size_t size_max)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	if (!arena)
		arena_exhausted("out of memory", sizeof(*arena));
	arena->size_max = size_max;
	arena->first = block_create(BLOCK_SIZE);
	arena->current = arena->first;
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->first, *next; block; block = next) {
		next = block->next;
		block_destroy(block);
	}
	free(arena);
}

void arena_cleanup(struct arena **arena)
{
	arena_destroy(*arena);
	*arena = NULL;
}

/* The next kept block that is large enough, or a new one at the end. */
static struct block *arena_advance(struct arena *arena, size_t size)
{
	struct block *block = arena->current;
	while (block->next) {
		block = block->next;
		if (block->size >= size)
			return arena->current = block;
	}
	block->next = block_create(size > BLOCK_SIZE ? size : BLOCK_SIZE);
	return arena->current = block->next;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t unit = alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		arena_exhausted("absurd size", size);
	size_t rounded = (size + unit - 1) / unit * unit;
	if (arena->size_max && rounded > arena->size_max - arena->used)
		arena_exhausted("limit reached", size);

	struct block *block = arena->current;
	if (rounded > block->size - block->used)
		block = arena_advance(arena, rounded);
	char *bytes = block->data + block->used;
	block->used += rounded;
	arena->used += rounded;
	ASAN_UNPOISON_MEMORY_REGION(bytes, size);
	memset(bytes, 0, size);
	return bytes;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total))
		arena_exhausted("array overflows", count);
	return arena_alloc(arena, total);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text) + 1);
}

char *arena_string_of(struct arena *arena, const char *text, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);
	if (size)
		memcpy(copy, text, size);
	return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	char scratch[256];
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(scratch, sizeof(scratch), format, arguments);
	va_end(arguments);
	assert(size >= 0);
	if ((size_t)size < sizeof(scratch))
		return arena_copy(arena, scratch, (size_t)size + 1);

	char *text = arena_alloc(arena, (size_t)size + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)size + 1, format, arguments);
	va_end(arguments);
	return text;
}

void arena_reset(struct arena *arena)
{
	size_t kept = 0;
	struct block **link = &arena->first;

	while (*link) {
		struct block *block = *link;
		if (block != arena->first && kept + block->size > KEPT_SIZE_MAX) {
			*link = block->next;
			block_destroy(block);
			continue;
		}
		kept += block->size;
		block->used = 0;
		ASAN_POISON_MEMORY_REGION(block->data, block->size);
		link = &block->next;
	}
	arena->current = arena->first;
	arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
