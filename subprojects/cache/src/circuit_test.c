#include "circuit.h"

#include <base/clock.h>
#include <testkit/testkit.h>

#define FIRST_MS 100
#define MAX_MS 400
#define NOW (1000 * US_PER_S)

static struct circuit circuit;

static void start(void)
{
	circuit_init(&circuit, FIRST_MS, MAX_MS);
}

TEST(lets_everybody_through_while_all_is_well)
{
	start();
	expect(circuit_allows(&circuit, NOW));
	expect(!circuit_succeeded(&circuit));
	expect(circuit_allows(&circuit, NOW));
}

TEST(lets_nobody_through_in_the_pause_and_one_after_it)
{
	start();
	expect(circuit_failed(&circuit, NOW));
	/* Jittered: not before half of it, surely after all of it. */
	expect(!circuit_allows(&circuit, NOW));
	expect(!circuit_allows(&circuit, NOW + FIRST_MS * US_PER_MS / 2 - 1));
	expect(circuit_allows(&circuit, NOW + FIRST_MS * US_PER_MS));
	expect(!circuit_allows(&circuit, NOW + FIRST_MS * US_PER_MS));
}

TEST(lets_everybody_through_after_a_success)
{
	start();
	(void)circuit_failed(&circuit, NOW);
	expect(circuit_allows(&circuit, NOW + FIRST_MS * US_PER_MS));
	expect(circuit_succeeded(&circuit));
	expect(circuit_allows(&circuit, NOW));
	expect(circuit_allows(&circuit, NOW));
	expect(!circuit_succeeded(&circuit));
}

TEST(makes_the_pauses_longer_up_to_a_bound)
{
	int64_t now_us = NOW;

	start();
	expect(circuit_failed(&circuit, now_us));
	for (int i = 0; i < 10; i++) {
		now_us += MAX_MS * US_PER_MS;
		expect(circuit_allows(&circuit, now_us));
		expect(!circuit_failed(&circuit, now_us));
	}
	expect(!circuit_allows(&circuit, now_us + MAX_MS * US_PER_MS / 2 - 1));
	expect(circuit_allows(&circuit, now_us + MAX_MS * US_PER_MS));
}

TEST(lets_another_try_when_the_one_who_tries_is_never_heard_of)
{
	int64_t later_us = NOW + FIRST_MS * US_PER_MS;

	start();
	(void)circuit_failed(&circuit, NOW);
	expect(circuit_allows(&circuit, later_us));
	expect(!circuit_allows(&circuit, later_us + MAX_MS * US_PER_MS - 1));
	expect(circuit_allows(&circuit, later_us + MAX_MS * US_PER_MS));
}

TESTS("cache circuit", TEST_CASE(lets_everybody_through_while_all_is_well),
	TEST_CASE(lets_nobody_through_in_the_pause_and_one_after_it),
	TEST_CASE(lets_everybody_through_after_a_success),
	TEST_CASE(makes_the_pauses_longer_up_to_a_bound),
	TEST_CASE(lets_another_try_when_the_one_who_tries_is_never_heard_of))
