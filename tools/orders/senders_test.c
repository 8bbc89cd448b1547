/*
 * The open loop against a gateway of the test's own, in this process.
 */
#include "senders.h"

#include <base/clock.h>
#include <http/server.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>
#include <time.h>

#define REQUESTS_MAX 1000

/* What the gateway answers, and what it saw. */
static int status = 201;
static int pause_ms;
static bool without_location, without_gateway;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char keys[REQUESTS_MAX][64], bodies[REQUESTS_MAX][PLAN_BODY_SIZE];
static int64_t arrived_us[REQUESTS_MAX];
static atomic_int received;
static int64_t start_us;

static struct plan plan = {
	.rate = 1000,
	.count = 20,
	.weights = {[PLAN_OK] = 1},
	.products = {"sku-mouse"},
	.product_count = 1,
};
static struct http_server *server;
static struct http_client *client;
static struct tally *tally;
static struct senders *senders;
static struct tally_sums sums;

static void note(const struct http_request *request)
{
	const char *key = http_request_header(request, "Idempotency-Key");

	pthread_mutex_lock(&lock);
	if (received < REQUESTS_MAX) {
		arrived_us[received] = clock_monotonic_us();
		snprintf(keys[received], sizeof(keys[0]), "%s", key ? key : "");
		snprintf(bodies[received], sizeof(bodies[0]), "%s", request->body);
		received++;
	}
	pthread_mutex_unlock(&lock);
}

static int post_order(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct uuid id = uuid_make(clock_now_us());
	char text[UUID_TEXT_SIZE];

	(void)context;
	note(request);
	/* A slow gateway is what is wanted here, not something to wait for. */
	nanosleep(&(struct timespec){.tv_sec = pause_ms / 1000,
			  .tv_nsec = pause_ms % 1000 * 1000000L},
		NULL);
	reply->status = status;
	if (!without_location)
		http_reply_header(reply, "Location", "/orders/%s", uuid_format(&id, text));
	return 0;
}

static void begin(int threads, int timeout_ms)
{
	static const struct http_route routes[] = {{"POST", "/orders", post_order}, {0}};
	char base[64] = "http://127.0.0.1:1";

	expect_ok(http_server_start(
		&(struct http_server_config){
			.listen = "127.0.0.1:0", .threads = 64, .routes = routes},
		&server));
	if (!without_gateway)
		snprintf(base, sizeof(base), "http://127.0.0.1:%d", http_server_port(server));
	start_us = clock_monotonic_us() + 20000;
	client = http_client_create(base, threads);
	tally = tally_create(&plan, start_us, clock_now_us(), NULL);
	expect_ok(senders_start(
		&(struct senders_config){
			.plan = &plan,
			.client = client,
			.tally = tally,
			.threads = threads,
			.timeout_ms = timeout_ms,
			.start_us = start_us,
		},
		&senders));
}

static void end(void)
{
	while (!senders_done(senders))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	senders_destroy(senders);
	tally_sums(tally, &sums);
	tally_destroy(tally);
	http_client_destroy(client);
	http_server_stop(server);
}

TEST(sends_every_request_once_with_its_own_key_and_body)
{
	char key[UUID_TEXT_SIZE], body[PLAN_BODY_SIZE];

	begin(8, 5000);
	end();
	expect_int(sums.all.sent, 20);
	expect_int(sums.all.accepted, 20);
	expect_int(received, 20);
	for (int64_t n = 0; n < plan.count; n++) {
		int seen = 0;
		plan_key(&plan, n, key);
		plan_body(&plan, n, body);
		for (int i = 0; i < received; i++)
			seen += strcmp(keys[i], key) == 0 && strcmp(bodies[i], body) == 0;
		expect_int(seen, 1);
	}
}

TEST(goes_on_sending_while_answers_are_late)
{
	/* 40 requests in 0.4 s, each answered after 1.5 s. */
	plan.rate = 100;
	plan.count = 40;
	pause_ms = 1500;
	begin(64, 5000);
	end();
	expect_int(sums.all.accepted, 40);
	expect(arrived_us[39] - arrived_us[0] < 1400000);
	expect(histogram_percentile(&sums.answered, 0) >= 1500000);
}

TEST(what_waits_for_a_free_connection_counts_from_when_it_was_due)
{
	/* One connection at 20 ms a request: the last of 20 is due after 19 ms, sent after 380. */
	pause_ms = 20;
	plan.rate = 1000;
	begin(1, 5000);
	end();
	expect(sums.answered.max_us >= 20 * 20000 - 19000);
	expect(sums.delayed.max_us >= 19 * 20000 - 19000);
}

TEST(is_not_early)
{
	plan.rate = 50;
	plan.count = 10;
	begin(4, 5000);
	end();
	for (int i = 0; i < 10; i++)
		expect(arrived_us[i] >= start_us + i * 20000);
}

TEST(a_refusal_is_a_refusal)
{
	status = 503;
	without_location = true;
	begin(8, 5000);
	end();
	expect_int(sums.all.refused, 20);
	expect_int(sums.all.accepted, 0);
}

TEST(an_answer_that_does_not_come_in_time_is_unknown)
{
	plan.count = 3;
	pause_ms = 400;
	begin(8, 100);
	end();
	expect_int(sums.all.unknown, 3);
	expect_int(sums.all.sent, 3);
}

TEST(an_acceptance_that_names_no_order_is_unknown)
{
	without_location = true;
	begin(8, 5000);
	end();
	expect_int(sums.all.unknown, 20);
	expect_int(sums.all.accepted, 0);
}

TEST(a_gateway_that_is_gone_makes_everything_unknown_and_nothing_hang)
{
	plan.rate = 20;
	plan.count = 10;
	without_gateway = true;
	begin(4, 1000);
	end();
	expect_int(sums.all.sent, 10);
	expect_int(sums.all.unknown, 10);
}

TEST(stopping_sends_nothing_more_and_takes_no_time)
{
	plan.rate = 1;
	plan.count = 1000;
	begin(8, 5000);
	while (received == 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	int64_t before_us = clock_monotonic_us();
	senders_stop(senders);
	end();
	expect(clock_monotonic_us() - before_us < 900000);
	expect_int(sums.all.sent, 1);
}

TESTS("senders", TEST_CASE(sends_every_request_once_with_its_own_key_and_body),
	TEST_CASE(goes_on_sending_while_answers_are_late),
	TEST_CASE(what_waits_for_a_free_connection_counts_from_when_it_was_due),
	TEST_CASE(is_not_early), TEST_CASE(a_refusal_is_a_refusal),
	TEST_CASE(an_answer_that_does_not_come_in_time_is_unknown),
	TEST_CASE(an_acceptance_that_names_no_order_is_unknown),
	TEST_CASE(a_gateway_that_is_gone_makes_everything_unknown_and_nothing_hang),
	TEST_CASE(stopping_sends_nothing_more_and_takes_no_time))
