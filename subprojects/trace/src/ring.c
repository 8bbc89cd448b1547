#include "ring.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

struct ring {
	size_t mask;
	/* Apart: what the fillers write shall not slow the emptier down, nor the other way. */
	_Alignas(64) _Atomic uint64_t head; /* the next to be claimed */
	_Alignas(64) _Atomic uint64_t tail; /* the next to be emptied */
	_Alignas(64) struct ring_cell cells[];
};

struct ring *ring_create(size_t capacity)
{
	size_t size = sizeof(struct ring) + capacity * sizeof(struct ring_cell);
	struct ring *ring = aligned_alloc(64, (size + 63) / 64 * 64);

	assert(capacity > 0 && (capacity & (capacity - 1)) == 0);
	if (!ring)
		return NULL;
	ring->mask = capacity - 1;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	for (size_t i = 0; i < capacity; i++)
		atomic_init(&ring->cells[i].turn, i);
	return ring;
}

void ring_destroy(struct ring *ring)
{
	free(ring);
}

struct ring_cell *ring_claim(struct ring *ring)
{
	uint64_t place = atomic_load_explicit(&ring->head, memory_order_relaxed);

	for (;;) {
		struct ring_cell *cell = &ring->cells[place & ring->mask];
		uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);

		/* Not emptied since the round before. */
		if ((int64_t)(turn - place) < 0)
			return NULL;
		if (turn != place)
			place = atomic_load_explicit(&ring->head, memory_order_relaxed);
		else if (atomic_compare_exchange_weak_explicit(&ring->head, &place, place + 1,
				 memory_order_relaxed, memory_order_relaxed))
			return cell;
	}
}

void ring_publish(struct ring *ring, struct ring_cell *cell)
{
	(void)ring;
	atomic_fetch_add_explicit(&cell->turn, 1, memory_order_release);
}

struct ring_cell *ring_peek(struct ring *ring)
{
	uint64_t place = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	struct ring_cell *cell = &ring->cells[place & ring->mask];
	bool filled = atomic_load_explicit(&cell->turn, memory_order_acquire) == place + 1;

	return filled ? cell : NULL;
}

void ring_release(struct ring *ring, struct ring_cell *cell)
{
	atomic_fetch_add_explicit(&cell->turn, ring->mask, memory_order_release);
	atomic_fetch_add_explicit(&ring->tail, 1, memory_order_relaxed);
}

size_t ring_count(const struct ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	return head > tail ? (size_t)(head - tail) : 0;
}
