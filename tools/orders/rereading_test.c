/*
 * A watcher whose place in the topic goes back, as it does when the broker goes away
 * before it has heard how far the watcher was.
 */
#include "watcher.h"

#include <base/clock.h>
#include <bus/fake.h>
#include <events/events.h>
#include <string.h>
#include <testkit/testkit.h>

#define TOPIC "order.events"
#define TIMEOUT_MS 1000

static const struct plan plan = {
	.rate = 1,
	.count = 1,
	.weights = {[PLAN_OK] = 1},
	.products = {"sku-mouse"},
	.product_count = 1,
};
static struct uuid order;
static char group[64];
static struct watcher *watcher;
static struct tally *tally;
static struct tally_sums sums;

static void begin(void)
{
	struct uuid run = uuid_make(clock_now_us());
	char id[UUID_TEXT_SIZE];

	fake_topic(TOPIC, 1);
	fake_may_wait(false);
	order = uuid_make(clock_now_us());
	snprintf(group, sizeof(group), "orders.%s", uuid_format(&run, id));
	tally = tally_create(&plan, clock_monotonic_us(), clock_now_us(), NULL);
	tally_answered(tally, 0,
		&(struct tally_answer){.http_status = 201,
			.order_id = order,
			.sent_us = clock_monotonic_us(),
			.answered_us = clock_monotonic_us()});
	expect_ok(watcher_create("fake", &(struct bus_access){0}, &run, TIMEOUT_MS, &watcher));
}

static void end(void)
{
	watcher_destroy(watcher);
	tally_destroy(tally);
	fake_reset();
}

static void complete(void)
{
	BUFFER_CLEAN struct buffer value;
	struct bus_header type = {"type", "OrderCompleted", strlen("OrderCompleted")};

	buffer_init(&value, 0);
	expect_ok(order_completed_encode(
		&(struct order_completed){order, "me", clock_now_us()}, &value));
	fake_feed(TOPIC,
		&(struct bus_record){.key = "k",
			.key_size = 1,
			.value = value.data,
			.value_size = value.size,
			.headers = &type,
			.header_count = 1});
}

static void poll_all(void)
{
	for (int i = 0; i < 10; i++)
		expect_ok(watcher_poll(watcher, 0, tally));
	tally_sums(tally, &sums);
}

/* A member comes and goes: the partition is given out anew, from where the group is said to be. */
static void send_back(int64_t offset)
{
	static const char *const topics[] = {TOPIC, NULL};
	struct bus_consumer *other;
	struct bus_batch batch;

	fake_commit(group, TOPIC, 0, offset);
	expect_ok(bus_consumer_create(
		&(struct bus_consumer_config){
			.group = group, .topics = topics, .batch_max = 1, .batch_bytes_max = 1},
		&other));
	expect_ok(bus_consumer_poll(other, 0, &batch));
	expect_int(batch.count, 0);
	bus_consumer_destroy(other);
	poll_all();
}

TEST(what_is_read_again_is_no_second_event)
{
	begin();
	complete();
	poll_all();
	expect_int(sums.all.completed, 1);
	send_back(0);
	expect_int(fake_committed(group, TOPIC, 0), 1);
	expect_int(sums.all.completed, 1);
	expect_int(sums.contradictions, 0);
	end();
}

TEST(an_event_that_is_there_twice_is_one)
{
	begin();
	complete();
	complete();
	poll_all();
	expect_int(sums.contradictions, 1);
	end();
}

TESTS("rereading",
	{"what_is_read_again_is_no_second_event", what_is_read_again_is_no_second_event, 10},
	{"an_event_that_is_there_twice_is_one", an_event_that_is_there_twice_is_one, 10})
