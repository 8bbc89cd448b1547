/*
 * Live: needs Kafka (TESTKIT_BOOTSTRAP).
 */
#include "watcher.h"

#include <base/clock.h>
#include <base/trace.h>
#include <bus/admin.h>
#include <bus/transactor.h>
#include <events/events.h>
#include <string.h>
#include <testkit/testkit.h>

#define TIMEOUT_MS 30000
#define ORDERS 60

static const struct plan plan = {
	.rate = 1000,
	.count = ORDERS,
	.weights = {[PLAN_OK] = 1},
	.products = {"sku-mouse"},
	.product_count = 1,
};
static const char *const topics[] = {"order.events", NULL};
static struct bus_transactor *transactor;
static struct watcher *watcher;
static struct tally *tally;
static struct tally_sums sums;
static struct uuid orders[ORDERS];

static void begin(void)
{
	static const struct bus_topic wanted[] = {{"order.events", 6, 1, -1}, {0}};
	struct uuid run = uuid_make(clock_now_us());
	char id[UUID_TEXT_SIZE];
	int created;

	expect_ok(bus_topics_ensure(testkit_bootstrap(), NULL, wanted, TIMEOUT_MS, &created));
	expect_ok(bus_transactor_create(
		&(struct bus_transactor_config){
			.bootstrap = testkit_bootstrap(),
			.transactional_id = uuid_format(&run, id),
			.client_id = "watcher_test",
			.topics = topics,
			.lanes = 1,
			.transaction_timeout_ms = 10000,
		},
		TIMEOUT_MS, &transactor));
	tally = tally_create(&plan, clock_monotonic_us(), clock_now_us(), NULL);
	for (int n = 0; n < ORDERS; n++)
		orders[n] = uuid_make(clock_now_us());
}

static void watch(void)
{
	expect_ok(
		watcher_create(testkit_bootstrap(), &(struct bus_access){0}, TIMEOUT_MS, &watcher));
}

static void end(void)
{
	watcher_destroy(watcher);
	bus_transactor_destroy(transactor);
	tally_destroy(tally);
}

static void accept_all(void)
{
	for (int n = 0; n < ORDERS; n++)
		tally_answered(tally, n,
			&(struct tally_answer){.http_status = 201,
				.order_id = orders[n],
				.sent_us = clock_monotonic_us(),
				.answered_us = clock_monotonic_us()});
}

static void produce(const char *type, const struct uuid *order, const struct buffer *value)
{
	char key[UUID_TEXT_SIZE];
	struct bus_header header = {"type", type, strlen(type)};

	uuid_format(order, key);
	expect_ok(bus_txn_produce(transactor,
		&(struct bus_record){
			.partition = -1,
			.key = key,
			.key_size = UUID_TEXT_SIZE - 1,
			.value = value->data,
			.value_size = value->size,
			.headers = &header,
			.header_count = 1,
		}));
}

/* Even orders complete, odd ones are cancelled; the transaction stays open. */
static void produce_ends(int64_t at_us)
{
	expect_ok(bus_txn_begin(transactor));
	for (int n = 0; n < ORDERS; n++) {
		BUFFER_CLEAN struct buffer value;
		buffer_init(&value, 0);
		if (n % 2 == 0)
			expect_ok(order_completed_encode(
				&(struct order_completed){orders[n], "me", at_us}, &value));
		else
			expect_ok(order_cancelled_encode(
				&(struct order_cancelled){orders[n], "me", "why", false, at_us},
				&value));
		produce(n % 2 == 0 ? "OrderCompleted" : "OrderCancelled", &orders[n], &value);
	}
}

static void poll_until_quiet(void)
{
	int64_t until_us = clock_monotonic_us() + 10 * US_PER_S;
	while (tally_open(tally) > 0 && clock_monotonic_us() < until_us)
		expect_ok(watcher_poll(watcher, 100, tally));
	tally_sums(tally, &sums);
}

TEST(tells_the_tally_how_each_order_ended)
{
	begin();
	watch();
	accept_all();
	produce_ends(clock_now_us() + 5 * US_PER_S);
	expect_ok(bus_txn_commit(transactor));
	poll_until_quiet();
	expect_int(sums.all.completed, ORDERS / 2);
	expect_int(sums.all.cancelled, ORDERS / 2);
	expect_int(sums.contradictions, 0);
	/* The event's own time lies 5 s ahead of when it was written. */
	expect(histogram_percentile(&sums.completed, 0) >= 4 * US_PER_S);
	expect(sums.arrived.max_us < 15 * US_PER_S);
	end();
}

TEST(misses_nothing_that_comes_right_after_it_is_made)
{
	begin();
	watch();
	produce_ends(clock_now_us());
	expect_ok(bus_txn_commit(transactor));
	accept_all();
	poll_until_quiet();
	expect_int(sums.all.completed + sums.all.cancelled, ORDERS);
	end();
}

TEST(does_not_look_at_what_was_before)
{
	begin();
	produce_ends(clock_now_us());
	expect_ok(bus_txn_commit(transactor));
	watch();
	accept_all();
	for (int i = 0; i < 10; i++)
		expect_ok(watcher_poll(watcher, 100, tally));
	expect_int(tally_open(tally), ORDERS);
	end();
}

TEST(believes_no_transaction_that_was_aborted)
{
	begin();
	watch();
	accept_all();
	produce_ends(clock_now_us());
	expect(bus_txn_abort(transactor) >= 0);
	for (int i = 0; i < 10; i++)
		expect_ok(watcher_poll(watcher, 100, tally));
	expect_int(tally_open(tally), ORDERS);
	end();
}

TEST(passes_over_what_cannot_be_read)
{
	BUFFER_CLEAN struct buffer nonsense;

	begin();
	watch();
	accept_all();
	buffer_init(&nonsense, 0);
	buffer_add_text(&nonsense, "nonsense");
	expect_ok(bus_txn_begin(transactor));
	produce("OrderCompleted", &orders[0], &nonsense);
	expect_ok(bus_txn_commit(transactor));
	produce_ends(clock_now_us());
	expect_ok(bus_txn_commit(transactor));
	poll_until_quiet();
	expect_int(sums.all.completed, ORDERS / 2);
	end();
}

TEST(an_event_that_is_there_twice_is_one_too_many)
{
	begin();
	watch();
	accept_all();
	for (int times = 0; times < 2; times++) {
		produce_ends(clock_now_us());
		expect_ok(bus_txn_commit(transactor));
	}
	for (int i = 0; i < 100 && sums.contradictions < ORDERS; i++) {
		expect_ok(watcher_poll(watcher, 100, tally));
		tally_sums(tally, &sums);
	}
	expect_int(sums.all.completed, ORDERS / 2);
	expect_int(sums.contradictions, ORDERS);
	end();
}

TEST(a_broker_that_is_away_is_a_fault)
{
	expect_fault(
		watcher_create("127.0.0.1:1", &(struct bus_access){0}, 1000, &watcher), FAULT_BUS);
}

TESTS("watcher", {"tells_the_tally_how_each_order_ended", tells_the_tally_how_each_order_ended, 60},
	{"misses_nothing_that_comes_right_after_it_is_made",
		misses_nothing_that_comes_right_after_it_is_made, 60},
	{"does_not_look_at_what_was_before", does_not_look_at_what_was_before, 60},
	{"believes_no_transaction_that_was_aborted", believes_no_transaction_that_was_aborted, 60},
	{"passes_over_what_cannot_be_read", passes_over_what_cannot_be_read, 60},
	{"an_event_that_is_there_twice_is_one_too_many",
		an_event_that_is_there_twice_is_one_too_many, 60},
	{"a_broker_that_is_away_is_a_fault", a_broker_that_is_away_is_a_fault, 60})
