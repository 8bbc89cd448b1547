#include "live_test.h"

#include <base/clock.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <store/pool.h>
#include <unistd.h>

TEST(gives_out_as_many_as_it_has)
{
	struct store_pool *pool = store_pool_create(live_config(NULL), 2);
	struct store *a, *b, *c;
	int64_t start_us;

	expect_ok(store_pool_take(pool, 0, &a));
	expect_ok(store_pool_take(pool, 0, &b));
	expect(a != b);
	start_us = clock_monotonic_us();
	expect_fault(store_pool_take(pool, 100, &c), FAULT_LIMIT);
	expect(clock_monotonic_us() - start_us >= 100 * US_PER_MS);
	store_pool_give(pool, b);
	expect_ok(store_pool_take(pool, 0, &c));
	expect(c == b);
	store_pool_give(pool, a);
	store_pool_give(pool, c);
	store_pool_give(pool, NULL);
	store_pool_destroy(pool);
	store_pool_destroy(NULL);
}

struct waiter {
	struct store_pool *pool;
	struct store *store;
	int result;
	atomic_bool waits;
};

static void *wait_for_one(void *context)
{
	struct waiter *waiter = context;

	waiter->waits = true;
	waiter->result = store_pool_take(waiter->pool, 5000, &waiter->store);
	return NULL;
}

TEST(whoever_waits_gets_what_is_given_back)
{
	struct waiter waiter = {.pool = store_pool_create(live_config(NULL), 1)};
	struct store *store;
	int64_t start_us;
	pthread_t thread;

	expect_ok(store_pool_take(waiter.pool, 0, &store));
	pthread_create(&thread, NULL, wait_for_one, &waiter);
	while (!waiter.waits)
		sched_yield();
	/* Nothing tells that it sleeps by now; if it does not, the test proves less. */
	usleep(50000);
	start_us = clock_monotonic_us();
	store_pool_give(waiter.pool, store);
	pthread_join(thread, NULL);
	expect_ok(waiter.result);
	expect(clock_monotonic_us() - start_us < 2 * US_PER_S);
	expect(waiter.store == store);
	store_pool_give(waiter.pool, store);
	store_pool_destroy(waiter.pool);
}

TEST(an_open_transaction_does_not_reach_the_next_taker)
{
	struct store_pool *pool = store_pool_create(live_config(NULL), 1);
	struct store *store;

	expect_ok(store_pool_take(pool, 0, &store));
	expect_ok(store_execute(store, "BEGIN; CREATE TABLE left_open (n int)"));
	store_pool_give(pool, store);
	expect_ok(store_pool_take(pool, 0, &store));
	expect_text(live_text(store, "SELECT to_regclass('left_open')"), "(null)");
	store_pool_give(pool, store);
	store_pool_destroy(pool);
}

TEST(a_connection_that_was_lost_is_made_anew)
{
	struct store_pool *pool = store_pool_create(live_config(NULL), 1);
	struct store *other = live_store(NULL), *store;

	expect_ok(store_pool_take(pool, 0, &store));
	int pid = live_pid(store);
	store_pool_give(pool, store);
	live_terminate(other, pid);
	expect_ok(store_pool_take(pool, 0, &store));
	expect_int(live_long(store, "SELECT 1"), 1);
	store_pool_give(pool, store);
	store_pool_destroy(pool);
	store_destroy(other);
}

TEST(a_server_that_is_away_takes_no_connection_out_of_the_pool)
{
	struct store_config config = *live_config(NULL);
	struct store_pool *pool = store_pool_create(&config, 1);
	struct store *store;
	const char *url = config.url;

	config.url = "host=127.0.0.1 port=1 dbname=x";
	expect_fault(store_pool_take(pool, 0, &store), FAULT_DB);
	expect_fault(store_pool_take(pool, 0, &store), FAULT_DB);
	config.url = url;
	expect_ok(store_pool_take(pool, 0, &store));
	store_pool_give(pool, store);
	store_pool_destroy(pool);
}

TESTS("pool", TEST_CASE(gives_out_as_many_as_it_has),
	TEST_CASE(whoever_waits_gets_what_is_given_back),
	TEST_CASE(an_open_transaction_does_not_reach_the_next_taker),
	TEST_CASE(a_connection_that_was_lost_is_made_anew),
	TEST_CASE(a_server_that_is_away_takes_no_connection_out_of_the_pool))
