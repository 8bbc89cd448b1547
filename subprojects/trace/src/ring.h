/*
 * A bounded ring of places for encoded spans: many threads fill, one empties.
 *
 * Each place has a turn (D. Vyukov's bounded queue): the number of the round in which it may be
 * filled or emptied next. A claim is one compare-and-swap; nobody waits for anybody.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RING_CELL_BYTES 880

struct ring_cell {
	_Atomic uint64_t turn;
	size_t size;
	uint8_t bytes[RING_CELL_BYTES];
};

struct ring;

/* @capacity is a power of two. NULL: no memory. */
struct ring *ring_create(size_t capacity);
void ring_destroy(struct ring *ring);

/* A place to fill, to be handed to ring_publish() soon; NULL: full. Any thread. */
struct ring_cell *ring_claim(struct ring *ring);
void ring_publish(struct ring *ring, struct ring_cell *cell);

/* The oldest place, to be handed to ring_release(); NULL: empty. One thread. */
struct ring_cell *ring_peek(struct ring *ring);
void ring_release(struct ring *ring, struct ring_cell *cell);

/* How many places are taken, about. */
size_t ring_count(const struct ring *ring);
