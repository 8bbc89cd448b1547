#include "ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define THREADS 4
#define EACH 20000

static bool put(struct ring *ring, uint64_t number)
{
	struct ring_cell *cell = ring_claim(ring);

	if (!cell)
		return false;
	cell->size = sizeof(number);
	memcpy(cell->bytes, &number, sizeof(number));
	ring_publish(ring, cell);
	return true;
}

static bool take(struct ring *ring, uint64_t *ret_number)
{
	struct ring_cell *cell = ring_peek(ring);

	if (!cell)
		return false;
	memcpy(ret_number, cell->bytes, sizeof(*ret_number));
	ring_release(ring, cell);
	return true;
}

TEST(gives_out_in_the_order_it_took)
{
	struct ring *ring = ring_create(4);
	uint64_t number = 0;

	/* Five rounds of it. */
	for (uint64_t i = 0; i < 20; i += 2) {
		expect(put(ring, i));
		expect(put(ring, i + 1));
		expect_int(ring_count(ring), 2);
		expect(take(ring, &number));
		expect_int(number, i);
		expect(take(ring, &number));
		expect_int(number, i + 1);
		expect(!take(ring, &number));
	}
	ring_destroy(ring);
}

TEST(refuses_when_full_and_takes_again)
{
	struct ring *ring = ring_create(4);
	uint64_t number = 0;

	for (uint64_t i = 0; i < 4; i++)
		expect(put(ring, i));
	expect(!put(ring, 4));
	expect(take(ring, &number));
	expect_int(number, 0);
	expect(put(ring, 4));
	expect(!put(ring, 5));
	for (uint64_t i = 1; i <= 4; i++) {
		expect(take(ring, &number));
		expect_int(number, i);
	}
	ring_destroy(ring);
}

TEST(what_is_claimed_is_not_given_out_before_it_is_published)
{
	struct ring *ring = ring_create(4);
	struct ring_cell *first = ring_claim(ring);
	uint64_t number = 7;

	expect(put(ring, 2));
	expect(ring_peek(ring) == NULL);
	memcpy(first->bytes, &number, sizeof(number));
	ring_publish(ring, first);
	expect(take(ring, &number));
	expect_int(number, 7);
	expect(take(ring, &number));
	expect_int(number, 2);
	ring_destroy(ring);
}

struct filler {
	struct ring *ring;
	uint64_t id;
	pthread_t thread;
};

static void *fill(void *argument)
{
	struct filler *filler = argument;

	for (uint64_t i = 0; i < EACH; i++) {
		while (!put(filler->ring, filler->id << 32 | i))
			sched_yield();
	}
	return NULL;
}

TEST(loses_and_doubles_nothing_of_what_several_threads_put_in)
{
	struct ring *ring = ring_create(64);
	struct filler fillers[THREADS];
	uint64_t next[THREADS] = {0}, number = 0;

	for (uint64_t i = 0; i < THREADS; i++) {
		fillers[i] = (struct filler){.ring = ring, .id = i};
		expect_int(pthread_create(&fillers[i].thread, NULL, fill, &fillers[i]), 0);
	}
	for (int taken = 0; taken < THREADS * EACH;) {
		if (!take(ring, &number)) {
			sched_yield();
			continue;
		}
		expect(number >> 32 < THREADS);
		expect_int(number & UINT32_MAX, next[number >> 32]++);
		taken++;
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(fillers[i].thread, NULL);
	expect(!take(ring, &number));
	ring_destroy(ring);
}

TESTS("trace ring", TEST_CASE(gives_out_in_the_order_it_took),
	TEST_CASE(refuses_when_full_and_takes_again),
	TEST_CASE(what_is_claimed_is_not_given_out_before_it_is_published),
	TEST_CASE(loses_and_doubles_nothing_of_what_several_threads_put_in))
