#include "names.h"

#include <base/fault.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 1024

struct name {
	char *bytes; /* NULL: a free slot */
	size_t size;
	int number;
};

/* Open addressing, at most half full; a power of two. */
struct names {
	struct name *slots;
	size_t slot_count;
	int count;
};

/* FNV-1a. */
static uint64_t hash_of(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3;
	return hash;
}

struct names *names_create(void)
{
	struct names *names = calloc(1, sizeof(*names));

	if (names) {
		names->slots = calloc(SLOTS_MIN, sizeof(*names->slots));
		names->slot_count = SLOTS_MIN;
	}
	if (names && !names->slots) {
		free(names);
		return NULL;
	}
	return names;
}

void names_destroy(struct names *names)
{
	if (names == NULL)
		return;
	for (size_t i = 0; i < names->slot_count; i++)
		free(names->slots[i].bytes);
	free(names->slots);
	free(names);
}

/* Where these bytes are, or would be. */
static struct name *slot_of(struct name *slots, size_t count, const void *bytes, size_t size)
{
	size_t at = hash_of(bytes, size) & (count - 1);

	while (slots[at].bytes &&
		(slots[at].size != size || memcmp(slots[at].bytes, bytes, size) != 0))
		at = (at + 1) & (count - 1);
	return &slots[at];
}

static bool grow(struct names *names)
{
	size_t count = names->slot_count * 2;
	struct name *slots = calloc(count, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < names->slot_count; i++) {
		const struct name *name = &names->slots[i];

		if (name->bytes)
			*slot_of(slots, count, name->bytes, name->size) = *name;
	}
	free(names->slots);
	names->slots = slots;
	names->slot_count = count;
	return true;
}

int names_number(struct names *names, const void *bytes, size_t size)
{
	struct name *slot = slot_of(names->slots, names->slot_count, bytes, size);

	if (slot->bytes)
		return slot->number;
	if ((size_t)names->count * 2 >= names->slot_count) {
		if (!grow(names))
			return fault(FAULT_SYSTEM, "no memory for another order");
		slot = slot_of(names->slots, names->slot_count, bytes, size);
	}
	slot->bytes = malloc(size + 1);
	if (slot->bytes == NULL)
		return fault(FAULT_SYSTEM, "no memory for another order");
	memcpy(slot->bytes, bytes, size);
	slot->size = size;
	slot->number = names->count++;
	return slot->number;
}

int names_count(const struct names *names)
{
	return names->count;
}
