#include <cache/near.h>

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static struct near *near;

static void put(const char *key, const char *value, int64_t until_us)
{
	near_put(near, key, value, strlen(value), until_us);
}

/* @value NULL: it is not there. */
static void expect_near(const char *key, int64_t now_us, const char *value)
{
	BUFFER_CLEAN struct buffer got;

	buffer_init(&got, 0);
	expect_int(near_get(near, key, now_us, &got), value != NULL);
	if (value != NULL)
		expect_bytes(got.data, got.size, value, strlen(value));
}

TEST(gives_back_what_was_put_until_its_time)
{
	near = near_create(8);
	expect_near("k", 0, NULL);
	put("k", "one", 100);
	expect_near("k", 99, "one");
	expect_near("k", 100, NULL);
	put("k", "two", 200);
	expect_near("k", 199, "two");
	near_destroy(near);
}

TEST(gives_a_key_nothing_of_another)
{
	/* One slot: every key has it. */
	near = near_create(1);
	put("k", "one", 100);
	expect_near("l", 0, NULL);
	put("l", "two", 100);
	expect_near("k", 0, NULL);
	expect_near("l", 0, "two");
	near_forget(near, "k");
	expect_near("l", 0, "two");
	near_destroy(near);
}

TEST(forgets_one_or_all)
{
	near = near_create(64);
	put("k", "one", 100);
	put("l", "two", 100);
	near_forget(near, "k");
	expect_near("k", 0, NULL);
	near_forget_all(near);
	expect_near("l", 0, NULL);
	near_destroy(near);
}

TEST(keeps_nothing_longer_than_its_bound)
{
	static char large[NEAR_VALUE_MAX + 1];

	near = near_create(1);
	put("k", "one", 100);
	near_put(near, "k", large, NEAR_VALUE_MAX + 1, 100);
	expect_near("k", 0, NULL);
	near_put(near, "k", large, NEAR_VALUE_MAX, 100);
	put("k", "one", 100);
	expect_near("k", 0, "one");
	near_destroy(near);
}

TESTS("cache near", TEST_CASE(gives_back_what_was_put_until_its_time),
	TEST_CASE(gives_a_key_nothing_of_another), TEST_CASE(forgets_one_or_all),
	TEST_CASE(keeps_nothing_longer_than_its_bound))
