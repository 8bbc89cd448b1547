#include <cache/flight.h>

#include <base/clock.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <testkit/testkit.h>

#define FOLLOWERS 8
#define LONG_MS 5000

static struct flights *flights;

struct follower {
	pthread_t thread;
	int64_t wait_ms;
	int result;
	struct buffer value;
};

static void *follow(void *context)
{
	struct follower *follower = context;
	struct flight *flight;

	buffer_init(&follower->value, 0);
	follower->result = flight_join(flights, "k", follower->wait_ms, &follower->value, &flight);
	return NULL;
}

static struct flight *lead(const char *key)
{
	BUFFER_CLEAN struct buffer none;
	struct flight *flight = NULL;

	buffer_init(&none, 0);
	expect_int(flight_join(flights, key, LONG_MS, &none, &flight), FLIGHT_LEAD);
	return flight;
}

static void start_followers(struct follower *followers, int64_t wait_ms)
{
	for (int i = 0; i < FOLLOWERS; i++) {
		followers[i].wait_ms = wait_ms;
		expect_int(pthread_create(&followers[i].thread, NULL, follow, &followers[i]), 0);
	}
}

static void wait_for_all(void)
{
	while (flights_waiting(flights) < FOLLOWERS)
		(void)poll(NULL, 0, 1);
}

static int finish_followers(struct follower *followers, int result, const char *value)
{
	int matching = 0;

	for (int i = 0; i < FOLLOWERS; i++) {
		(void)pthread_join(followers[i].thread, NULL);
		if (followers[i].result == result && followers[i].value.size == strlen(value) &&
			memcmp(followers[i].value.data ? followers[i].value.data : "", value,
				strlen(value)) == 0)
			matching++;
		buffer_finish(&followers[i].value);
	}
	return matching;
}

TEST(gives_the_leaders_answer_to_all_who_wait)
{
	struct follower followers[FOLLOWERS];
	struct flight *flight;

	flights = flights_create();
	flight = lead("k");
	start_followers(followers, LONG_MS);
	wait_for_all();
	flight_land(flights, flight, "answer", 6);
	expect_int(finish_followers(followers, 0, "answer"), FOLLOWERS);
	flights_destroy(flights);
}

TEST(lets_each_load_alone_when_the_answer_is_not_for_others)
{
	struct follower followers[FOLLOWERS];
	struct flight *flight;

	flights = flights_create();
	flight = lead("k");
	start_followers(followers, LONG_MS);
	wait_for_all();
	flight_land(flights, flight, NULL, 0);
	expect_int(finish_followers(followers, FLIGHT_ALONE, ""), FOLLOWERS);
	flights_destroy(flights);
}

TEST(waits_no_longer_than_told)
{
	struct follower followers[FOLLOWERS];
	struct flight *flight;

	flights = flights_create();
	flight = lead("k");
	start_followers(followers, 10);
	expect_int(finish_followers(followers, FLIGHT_ALONE, ""), FOLLOWERS);
	flight_land(flights, flight, "late", 4);
	flights_destroy(flights);
}

TEST(leads_again_after_a_landing_and_for_another_key)
{
	struct flight *first, *second;

	flights = flights_create();
	first = lead("k");
	second = lead("l");
	flight_land(flights, first, "a", 1);
	first = lead("k");
	flight_land(flights, second, "b", 1);
	flight_land(flights, first, "c", 1);
	flights_destroy(flights);
}

TEST(starts_anew_after_a_cut_while_the_old_ones_keep_their_answer)
{
	struct follower followers[FOLLOWERS];
	struct flight *before, *after;

	flights = flights_create();
	before = lead("k");
	start_followers(followers, LONG_MS);
	wait_for_all();
	flights_cut(flights);
	after = lead("k");
	flight_land(flights, before, "old", 3);
	expect_int(finish_followers(followers, 0, "old"), FOLLOWERS);
	flight_land(flights, after, "new", 3);
	after = lead("k");
	flight_land(flights, after, "newer", 5);
	flights_destroy(flights);
}

TESTS("cache flight", TEST_CASE(gives_the_leaders_answer_to_all_who_wait),
	TEST_CASE(lets_each_load_alone_when_the_answer_is_not_for_others),
	TEST_CASE(waits_no_longer_than_told),
	TEST_CASE(leads_again_after_a_landing_and_for_another_key),
	TEST_CASE(starts_anew_after_a_cut_while_the_old_ones_keep_their_answer))
