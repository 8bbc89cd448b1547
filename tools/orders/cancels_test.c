/*
 * Cancellations against a gateway of the test's own, in this process.
 */
#include "cancels.h"

#include <base/clock.h>
#include <http/server.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>
#include <time.h>

#define ORDERS 20

static struct plan plan = {
	.rate = 1000,
	.count = ORDERS,
	.weights = {[PLAN_CANCEL] = 1},
	.products = {"sku-mouse"},
	.product_count = 1,
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char paths[ORDERS][128];
static int64_t arrived_us[ORDERS];
static _Atomic int received;
static int status = 202;
static struct http_server *server;
static struct http_client *client;
static struct tally *tally;
static struct cancels *cancels;
static struct tally_sums sums;
static int64_t start_us;

static int post_cancel(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	pthread_mutex_lock(&lock);
	if (received < ORDERS) {
		arrived_us[received] = clock_monotonic_us();
		snprintf(paths[received], sizeof(paths[0]), "%s", request->path);
		received++;
	}
	pthread_mutex_unlock(&lock);
	reply->status = status;
	return 0;
}

static struct uuid order(int64_t n)
{
	struct uuid id = uuid_floor((n + 1) * 1000);

	return id;
}

/* A tally in which every order was accepted. */
static void begin(void)
{
	static const struct http_route routes[] = {
		{"POST", "/orders/{orderId}/cancellation", post_cancel}, {0}};
	char base[64];

	expect_ok(http_server_start(
		&(struct http_server_config){
			.listen = "127.0.0.1:0", .threads = 16, .routes = routes},
		&server));
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", http_server_port(server));
	client = http_client_create(base, CANCELS_THREADS);
	start_us = clock_monotonic_us();
	tally = tally_create(&plan, start_us, clock_now_us(), NULL);
	for (int64_t n = 0; n < ORDERS; n++)
		tally_answered(tally, n,
			&(struct tally_answer){.http_status = 201,
				.order_id = order(n),
				.sent_us = start_us,
				.answered_us = start_us});
	expect_ok(cancels_start(
		&(struct cancels_config){
			.plan = &plan, .client = client, .tally = tally, .timeout_ms = 5000},
		&cancels));
}

static void add(int64_t n, int64_t after_us)
{
	struct uuid id = order(n);

	cancels_add(cancels, n, &id, start_us + after_us);
}

static void end(void)
{
	while (!cancels_done(cancels))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	cancels_destroy(cancels);
	tally_sums(tally, &sums);
	tally_destroy(tally);
	http_client_destroy(client);
	http_server_stop(server);
}

TEST(each_order_is_cancelled_once_and_none_is_early)
{
	begin();
	/* Added in an order that is not that of their times. */
	for (int64_t n = 0; n < ORDERS; n++)
		add(n, (n * 7 % ORDERS) * 10000);
	end();
	expect_int(received, ORDERS);
	expect_int(sums.cancels.asked, ORDERS);
	expect_int(sums.cancels.accepted, ORDERS);
	for (int64_t n = 0; n < ORDERS; n++) {
		char path[128], text[UUID_TEXT_SIZE];
		struct uuid id = order(n);
		int seen = 0;

		snprintf(path, sizeof(path), "/orders/%s/cancellation", uuid_format(&id, text));
		for (int i = 0; i < received; i++) {
			if (strcmp(paths[i], path) != 0)
				continue;
			seen++;
			expect(arrived_us[i] >= start_us + (n * 7 % ORDERS) * 10000);
		}
		expect_int(seen, 1);
	}
}

TEST(those_that_are_due_are_not_held_up_by_those_that_wait)
{
	begin();
	for (int64_t n = 0; n < ORDERS; n++)
		add(n, n % 2 == 0 ? 3600 * US_PER_S : 0);
	while (received < ORDERS / 2)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	cancels_stop(cancels);
	end();
	expect_int(sums.cancels.asked, ORDERS / 2);
}

TEST(what_was_completed_before_is_too_late)
{
	status = 409;
	begin();
	add(0, 0);
	end();
	expect_int(sums.cancels.too_late, 1);
	expect_int(sums.cancels.accepted, 0);
}

TEST(after_a_stop_nothing_more_is_taken)
{
	begin();
	cancels_stop(cancels);
	add(0, 0);
	expect(cancels_done(cancels));
	end();
	expect_int(received, 0);
	expect_int(sums.cancels.asked, 0);
}

TESTS("cancels", TEST_CASE(each_order_is_cancelled_once_and_none_is_early),
	TEST_CASE(those_that_are_due_are_not_held_up_by_those_that_wait),
	TEST_CASE(what_was_completed_before_is_too_late),
	TEST_CASE(after_a_stop_nothing_more_is_taken))
