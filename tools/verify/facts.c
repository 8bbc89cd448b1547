#include "facts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 1024 /* a power of two */
#define EMPTY UINT32_MAX

static void *grow(void *memory, size_t count, size_t size)
{
	void *grown = reallocarray(memory, count, size);

	if (!grown) {
		fputs("verify: out of memory; look at less with --only\n", stderr);
		exit(1);
	}
	return grown;
}

/* Ids that count upwards must spread as well as random ones. */
static size_t slot_of(const struct uuid *id, size_t slots)
{
	uint64_t hash, head;

	memcpy(&head, id->bytes, sizeof(head));
	memcpy(&hash, id->bytes + 8, sizeof(hash));
	hash ^= head * UINT64_C(0x9e3779b97f4a7c15);
	/* Murmur3's end: every bit in reaches every bit out. */
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (size_t)(hash ^ hash >> 33) & (slots - 1);
}

/* Open addressing with twice as many slots as entries at most. Every entry begins with its id. */
struct table {
	void **entries;
	uint32_t **index;
	size_t *count, *capacity;
	size_t size, entries_max;
};

static const struct uuid *id_at(const struct table *table, size_t entry)
{
	return (const struct uuid *)((char *)*table->entries + entry * table->size);
}

static uint32_t *find(const struct table *table, const struct uuid *id)
{
	size_t slots = *table->capacity * 2, slot = slot_of(id, slots);

	while ((*table->index)[slot] != EMPTY &&
		!uuid_equal(id_at(table, (*table->index)[slot]), id))
		slot = (slot + 1) & (slots - 1);
	return &(*table->index)[slot];
}

static void rebuild(const struct table *table, size_t capacity)
{
	*table->capacity = capacity;
	*table->entries = grow(*table->entries, capacity, table->size);
	*table->index = grow(*table->index, capacity * 2, sizeof(uint32_t));
	memset(*table->index, 0xff, capacity * 2 * sizeof(uint32_t));
	for (size_t entry = 0; entry < *table->count; entry++)
		*find(table, id_at(table, entry)) = (uint32_t)entry;
}

static void *find_or_make(const struct table *table, const struct uuid *id)
{
	uint32_t *slot = find(table, id);
	char *entry;

	if (*slot != EMPTY)
		return (char *)*table->entries + *slot * table->size;
	if (*table->count == *table->capacity) {
		rebuild(table, *table->capacity * 2);
		slot = find(table, id);
	}
	assert(*table->count < table->entries_max);
	*slot = (uint32_t)*table->count;
	entry = (char *)*table->entries + (*table->count)++ * table->size;
	memset(entry, 0, table->size);
	memcpy(entry, id, sizeof(*id));
	return entry;
}

#define ORDERS(facts) \
	((struct table){(void **)&(facts)->orders, &(facts)->orders_index, &(facts)->orders_count, \
		&(facts)->orders_capacity, sizeof(struct order_fact), FACTS_ORDERS_MAX})
#define EVENTS(facts) \
	((struct table){(void **)&(facts)->events, &(facts)->events_index, &(facts)->events_count, \
		&(facts)->events_capacity, sizeof(struct event_fact), FACTS_EVENTS_MAX})

void facts_init(struct facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	rebuild(&ORDERS(facts), CAPACITY_FIRST);
	rebuild(&EVENTS(facts), CAPACITY_FIRST);
}

void facts_finish(struct facts *facts)
{
	free(facts->orders);
	free(facts->orders_index);
	free(facts->events);
	free(facts->events_index);
	free(facts->dead.list);
	free(facts->parked.list);
	free(facts->strange.list);
	memset(facts, 0, sizeof(*facts));
}

struct order_fact *facts_order(struct facts *facts, const struct uuid *id)
{
	return find_or_make(&ORDERS(facts), id);
}

struct event_fact *facts_event(struct facts *facts, const struct uuid *id)
{
	size_t before = facts->events_count;
	struct event_fact *event = find_or_make(&EVENTS(facts), id);

	if (facts->events_count > before)
		event->order = NO_ORDER;
	return event;
}

struct event_fact *facts_find_event(struct facts *facts, const struct uuid *id)
{
	const uint32_t *slot = find(&EVENTS(facts), id);

	return *slot == EMPTY ? NULL : &facts->events[*slot];
}

uint32_t facts_order_index(const struct facts *facts, const struct order_fact *order)
{
	return (uint32_t)(order - facts->orders);
}

void places_add(struct places *places, const struct place *place)
{
	if (places->count == places->capacity) {
		places->capacity = places->capacity ? places->capacity * 2 : 64;
		places->list = grow(places->list, places->capacity, sizeof(*places->list));
	}
	places->list[places->count++] = *place;
	places->sorted = false;
}

static int compare(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->topic != b->topic)
		return a->topic < b->topic ? -1 : 1;
	if (a->partition != b->partition)
		return a->partition < b->partition ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

unsigned places_find(struct places *places, enum topic topic, int partition, int64_t offset)
{
	const struct place wanted = {
		.topic = (uint8_t)topic, .partition = (uint16_t)partition, .offset = offset};
	size_t low = 0, high = places->count;
	unsigned services = 0;

	if (!places->sorted && places->count > 0)
		qsort(places->list, places->count, sizeof(*places->list), compare);
	places->sorted = true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(&places->list[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < places->count && compare(&places->list[low], &wanted) == 0; low++)
		services |= places->list[low].services;
	return services;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	/* FNV-1a. */
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return text ? mix(hash, text, strlen(text) + 1) : mix(hash, "\1", 2);
}

#define DIGEST_FIRST UINT64_C(0xcbf29ce484222325)

uint64_t digest_item(const char *product, int64_t quantity)
{
	return mix_text(DIGEST_FIRST, product) * (uint64_t)quantity;
}

uint32_t digest_moment(const char *what, int64_t at_us, int64_t amount, const char *reason)
{
	uint64_t hash = mix_text(DIGEST_FIRST, what);

	hash = mix(hash, &at_us, sizeof(at_us));
	hash = mix(hash, &amount, sizeof(amount));
	hash = mix_text(hash, reason);
	return (uint32_t)(hash ^ hash >> 32);
}
