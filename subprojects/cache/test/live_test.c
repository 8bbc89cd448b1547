/*
 * The cache against a real Redis, which others may use: every test has keys of its own.
 */
#include "link.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <cache/cache.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <testkit/testkit.h>
#include <unistd.h>

#define TTL_MS 60000
#define TIMEOUT_MS 1000

static struct cache *cache;
static redisContext *redis; /* somebody else at the same Redis */
static char prefix[24];
static const struct cache_entry entry = {.key = "k"}, grouped = {.key = "p", .group = "g"};

static struct cache *open_cache(const char *url, int64_t timeout_ms)
{
	struct cache *opened = NULL;

	expect_ok(cache_create(
		&(struct cache_config){.url = url, .prefix = prefix, .timeout_ms = timeout_ms},
		&opened));
	return opened;
}

static void start(void)
{
	const struct uuid id = uuid_make(clock_now_us());
	const struct timeval timeout = {.tv_sec = 5};
	char host[64], url[96], text[UUID_TEXT_SIZE];
	int port = 0;

	log_init("test", LOG_ERROR);
	signal(SIGPIPE, SIG_IGN);
	expect_int(sscanf(testkit_redis(), "%63[^:]:%d", host, &port), 2);
	(void)snprintf(prefix, sizeof(prefix), "t%.17s:", uuid_format(&id, text) + 19);
	(void)snprintf(url, sizeof(url), "redis://%s", testkit_redis());
	redis = redisConnectWithTimeout(host, port, timeout);
	expect(redis != NULL && redis->err == 0);
	cache = open_cache(url, TIMEOUT_MS);
}

static void stop(void)
{
	cache_destroy(cache);
	redisFree(redis);
}

/* Words of a command with "%s" for our prefix; an integer's value, a text's length, or -1. */
static long long redis_do(const char *format)
{
	redisReply *reply = redisCommand(redis, format, prefix);
	long long answer = -1;

	expect(reply != NULL);
	if (reply->type == REDIS_REPLY_INTEGER)
		answer = reply->integer;
	else if (reply->type == REDIS_REPLY_STRING)
		answer = (long long)reply->len;
	freeReplyObject(reply);
	return answer;
}

static void expect_get(const struct cache_entry *wanted, int result, const char *value)
{
	BUFFER_CLEAN struct buffer got;

	buffer_init(&got, 0);
	expect_int(cache_get(cache, wanted, &got), result);
	expect_bytes(got.data == NULL ? "" : got.data, got.size, value, strlen(value));
}

static struct cache_lease begin(const struct cache_entry *wanted)
{
	BUFFER_CLEAN struct buffer none;
	struct cache_lease lease = {0};

	buffer_init(&none, 0);
	expect_int(cache_begin(cache, wanted, &none, &lease), CACHE_MISS);
	return lease;
}

static int set(const struct cache_entry *wanted, const struct cache_lease *lease, const char *value)
{
	return cache_set(cache, wanted, lease, value, strlen(value), TTL_MS);
}

static void fill(const struct cache_entry *wanted, const char *value)
{
	struct cache_lease lease = begin(wanted);

	expect_int(set(wanted, &lease, value), 0);
	expect_get(wanted, 0, value);
}

static void invalidate(const char *key)
{
	expect_ok(cache_invalidate(cache, &key, 1));
}

TEST(gives_back_what_was_set)
{
	BUFFER_CLEAN struct buffer value;
	struct cache_lease lease;

	start();
	buffer_init(&value, 0);
	expect_get(&entry, CACHE_MISS, "");
	fill(&entry, "one");
	expect_int(cache_begin(cache, &entry, &value, &lease), 0);
	expect_bytes(value.data, value.size, "one", 3);
	fill(&grouped, "two");
	stop();
}

TEST(limits_every_life_and_not_to_the_same_moment)
{
	long long shortest = TTL_MS, longest = 0;

	start();
	for (int i = 0; i < 20; i++) {
		long long life;

		fill(&entry, "one");
		life = redis_do("PTTL %sk");
		expect(life > TTL_MS * 9 / 10 - TIMEOUT_MS && life <= TTL_MS);
		shortest = life < shortest ? life : shortest;
		longest = life > longest ? life : longest;
		life = redis_do("PTTL %sk:v");
		expect(life > CACHE_LEASE_MS - TIMEOUT_MS && life <= CACHE_LEASE_MS);
		invalidate("k");
	}
	/* Twenty draws from six seconds. */
	expect(longest - shortest > TTL_MS / 100);
	stop();
}

TEST(forgets_what_is_invalidated)
{
	start();
	fill(&entry, "old");
	invalidate("k");
	expect_get(&entry, CACHE_MISS, "");
	fill(&entry, "new");
	fill(&grouped, "old");
	invalidate("g");
	expect_get(&grouped, CACHE_MISS, "");
	fill(&grouped, "new");
	invalidate("p");
	expect_get(&grouped, CACHE_MISS, "");
	stop();
}

/* The race: between a reader's load and its set, what it loaded is invalidated. */
TEST(refuses_what_was_loaded_before_an_invalidation)
{
	struct cache_lease early, late;

	start();
	early = begin(&entry);
	invalidate("k");
	expect_int(set(&entry, &early, "stale"), CACHE_REFUSED);
	expect_get(&entry, CACHE_MISS, "");

	/* Also when somebody else has begun, and even stored, since. */
	early = begin(&entry);
	invalidate("k");
	late = begin(&entry);
	expect_int(set(&entry, &early, "stale"), CACHE_REFUSED);
	expect_int(set(&entry, &late, "fresh"), 0);
	expect_int(set(&entry, &early, "stale"), CACHE_REFUSED);
	expect_get(&entry, 0, "fresh");

	early = begin(&grouped);
	invalidate("g");
	expect_int(set(&grouped, &early, "stale"), CACHE_REFUSED);
	late = begin(&grouped);
	invalidate("p");
	expect_int(set(&grouped, &late, "stale"), CACHE_REFUSED);
	expect_get(&grouped, CACHE_MISS, "");
	stop();
}

/* A counter that is lost and begins again would let this pass. */
TEST(refuses_when_the_lease_was_lost_with_the_invalidation)
{
	struct cache_lease early;

	start();
	early = begin(&entry);
	invalidate("k");
	expect_int(redis_do("DEL %sk:v"), 0);
	(void)begin(&entry);
	expect_int(set(&entry, &early, "stale"), CACHE_REFUSED);
	early = begin(&entry);
	expect_int(redis_do("DEL %sk:v"), 1);
	expect_int(set(&entry, &early, "unknown"), CACHE_REFUSED);
	expect_get(&entry, CACHE_MISS, "");
	stop();
}

TEST(invalidates_many_at_once)
{
	char names[100][8];
	const char *keys[100];

	start();
	for (int i = 0; i < 100; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "m%d", i);
		keys[i] = names[i];
		fill(&(struct cache_entry){.key = keys[i]}, "x");
	}
	expect_ok(cache_invalidate(cache, keys, 99));
	for (int i = 0; i < 99; i++)
		expect_get(&(struct cache_entry){.key = keys[i]}, CACHE_MISS, "");
	expect_get(&(struct cache_entry){.key = keys[99]}, 0, "x");
	stop();
}

TEST(takes_rubbish_for_a_miss_and_deletes_it)
{
	/* clang-format off */
	static const char *const commands[] = {
		"SET %sk rubbish", "SET %sk \"\"", "LPUSH %sk a b", "HSET %sk a b", "SETRANGE %sk 60 x",
		"SETRANGE %sk 2000000 x",
	};
	/* clang-format on */
	start();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		fill(&entry, "good");
		expect_int(redis_do("DEL %sk"), 1);
		expect(redis_do(commands[i]) != 0);
		expect_get(&entry, CACHE_MISS, "");
		expect_int(redis_do("EXISTS %sk"), 0);
		fill(&entry, "good again");
		invalidate("k");
	}
	/* A value of ours with one byte more. */
	fill(&entry, "good");
	(void)redis_do("APPEND %sk x");
	expect_get(&entry, CACHE_MISS, "");
	stop();
}

TEST(is_not_led_astray_by_rubbish_where_leases_are)
{
	static const char *const commands[] = {
		"LPUSH %sg:v a", "SET %sg:v rubbish", "LPUSH %sp:v a", "SET %sp:v rubbish"};
	BUFFER_CLEAN struct buffer none;
	struct cache_lease lease;

	start();
	buffer_init(&none, 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		invalidate("p");
		invalidate("g");
		(void)redis_do(commands[i]);
		expect_get(&grouped, CACHE_MISS, "");
		expect_int(cache_begin(cache, &grouped, &none, &lease), CACHE_OFF);
		fill(&grouped, "good");
	}
	stop();
}

TEST(keeps_no_more_than_its_bound)
{
	static char large[CACHE_VALUE_MAX + 1];
	BUFFER_CLEAN struct buffer value;
	struct cache_lease lease;

	start();
	buffer_init(&value, 0);
	memset(large, 'x', sizeof(large));
	lease = begin(&entry);
	expect_int(cache_set(cache, &entry, &lease, large, sizeof(large), TTL_MS), CACHE_REFUSED);
	expect_int(cache_set(cache, &entry, &lease, large, sizeof(large) - 1, TTL_MS), 0);
	expect_int(cache_get(cache, &entry, &value), 0);
	expect_bytes(value.data, value.size, large, sizeof(large) - 1);
	stop();
}

/* Asks when it is told to, over a connection of its own. */
struct other {
	pthread_t thread;
	pthread_barrier_t barrier;
	int first, second;
};

static void *ask_twice(void *context)
{
	BUFFER_CLEAN struct buffer value;
	struct other *other = context;

	buffer_init(&value, 0);
	other->first = cache_get(cache, &entry, &value);
	(void)pthread_barrier_wait(&other->barrier);
	(void)pthread_barrier_wait(&other->barrier);
	other->second = cache_get(cache, &entry, &value);
	return NULL;
}

/* When one connection turned out dead, the others are made anew before they are used. */
TEST(fails_once_when_all_connections_were_cut)
{
	BUFFER_CLEAN struct buffer value;
	struct other other;
	int r;

	start();
	buffer_init(&value, 0);
	fill(&entry, "one");
	(void)pthread_barrier_init(&other.barrier, NULL, 2);
	expect_int(pthread_create(&other.thread, NULL, ask_twice, &other), 0);
	(void)pthread_barrier_wait(&other.barrier);
	expect_int(other.first, 0);
	expect(redis_do("CLIENT KILL TYPE normal SKIPME yes") >= 2);
	expect_get(&entry, CACHE_OFF, "");
	do {
		r = cache_get(cache, &entry, &value);
	} while (r == CACHE_OFF);
	expect_int(r, 0);
	(void)pthread_barrier_wait(&other.barrier);
	(void)pthread_join(other.thread, NULL);
	expect_int(other.second, 0);
	stop();
}

/* A port where connections are made and nobody ever answers. */
static int silent_port(int *ret_listener)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(self);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	expect_int(bind(listener, (struct sockaddr *)&self, size), 0);
	expect_int(listen(listener, 8), 0);
	expect_int(getsockname(listener, (struct sockaddr *)&self, &size), 0);
	*ret_listener = listener;
	return ntohs(self.sin_port);
}

TEST(costs_one_time_out_and_then_nothing_when_nobody_answers)
{
	int listener, port;
	int64_t began_us;
	const char *key = "k";
	char url[40];

	start();
	cache_destroy(cache);
	port = silent_port(&listener);
	(void)snprintf(url, sizeof(url), "redis://127.0.0.1:%d", port);
	cache = open_cache(url, 30);
	began_us = clock_monotonic_us();
	expect_get(&entry, CACHE_OFF, "");
	expect(clock_monotonic_us() - began_us >= 20 * US_PER_MS);
	expect(clock_monotonic_us() - began_us < 2 * US_PER_S);
	began_us = clock_monotonic_us();
	for (int i = 0; i < 1000; i++)
		expect_get(&entry, CACHE_OFF, "");
	/* A thousand time-outs would be half a minute. */
	expect(clock_monotonic_us() - began_us < US_PER_S);
	expect_fault(cache_invalidate(cache, &key, 1), FAULT_PEER);

	/* Nobody there at all. */
	(void)close(listener);
	cache_destroy(cache);
	cache = open_cache(url, 30);
	expect_get(&entry, CACHE_OFF, "");
	stop();
}

TEST(refuses_urls_that_are_none)
{
	static const char *const urls[] = {"", "127.0.0.1:6379", "redis://", "redis://host",
		"redis://:6379", "redis://host:", "redis://host:0", "redis://host:65536",
		"redis://host:12x", "unix:", "unix:relative", "http://host:1"};
	struct cache *none;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		expect_fault(cache_create(
				     &(struct cache_config){
					     .url = urls[i], .prefix = "", .timeout_ms = 1},
				     &none),
			FAULT_USAGE);
		expect(strstr(fault_text(), "redis.url") != NULL);
	}
}

TESTS("cache live", TEST_CASE(gives_back_what_was_set),
	TEST_CASE(limits_every_life_and_not_to_the_same_moment),
	TEST_CASE(forgets_what_is_invalidated),
	TEST_CASE(refuses_what_was_loaded_before_an_invalidation),
	TEST_CASE(refuses_when_the_lease_was_lost_with_the_invalidation),
	TEST_CASE(invalidates_many_at_once), TEST_CASE(takes_rubbish_for_a_miss_and_deletes_it),
	TEST_CASE(is_not_led_astray_by_rubbish_where_leases_are),
	TEST_CASE(keeps_no_more_than_its_bound),
	TEST_CASE(fails_once_when_all_connections_were_cut),
	TEST_CASE(costs_one_time_out_and_then_nothing_when_nobody_answers),
	TEST_CASE(refuses_urls_that_are_none))
