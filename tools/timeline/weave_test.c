#include "weave.h"

#include "test_story.h"

#include <string.h>

static struct timeline *timeline;

/* How many of that kind there are now. */
static size_t count(enum record_kind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < timeline->count; i++)
		found += timeline->records[i].kind == kind;
	return found;
}

static const struct record *first(enum record_kind kind)
{
	for (size_t i = 0; i < timeline->count; i++) {
		if (timeline->records[i].kind == kind)
			return &timeline->records[i];
	}
	fail_test("there is no record of kind %d", (int)kind);
}

static void finish(void)
{
	weave(timeline);
	expect_int(count(RECORD_GONE), 0);
}

TEST(what_was_said_gets_its_place_in_the_topic)
{
	timeline = story_open();
	story_said(0, "order", "OrderCreated", 1, "order.events");
	story_message(0, "OrderCreated", 1, "order.events", 77);
	finish();
	expect_int(timeline->count, 1);
	expect_int(first(RECORD_SAID)->partition, 2);
	expect_int(first(RECORD_SAID)->offset, 77);
	story_close();
}

TEST(the_same_event_twice_in_a_topic_is_shown_twice)
{
	timeline = story_open();
	story_message(0, NULL, 1, "order.events", 77);
	story_message(500, NULL, 1, "order.events", 90);
	story_said(0, "order", "OrderCreated", 1, "order.events");
	finish();
	expect_int(timeline->count, 2);
	expect_int(first(RECORD_SAID)->offset, 77);
	expect_int(first(RECORD_AGAIN)->offset, 90);
	expect_text(first(RECORD_AGAIN)->what, "OrderCreated");
	story_close();
}

TEST(a_message_that_nobody_said_is_alone_unless_its_sender_is_away)
{
	timeline = story_open();
	story_message(0, "PaymentSucceeded", 1, "payment.events", 3);
	story_message(0, "Strange", 0, "some.topic", 4);
	finish();
	expect_int(count(RECORD_ALONE), 2);
	story_close();

	timeline = story_open();
	timeline_source(timeline, "payment", "connection refused");
	story_message(0, "PaymentSucceeded", 1, "payment.events", 3);
	story_message(0, "OrderCreated", 2, "order.events", 3);
	finish();
	expect_int(count(RECORD_MESSAGE), 1);
	expect_int(count(RECORD_ALONE), 1);
	expect_text(first(RECORD_ALONE)->what, "OrderCreated");
	story_close();
}

TEST(a_message_without_an_id_is_never_somebody_elses)
{
	timeline = story_open();
	story_said(0, "order", "OrderCreated", 0, "order.events");
	story_message(0, "OrderCreated", 0, "order.events", 3);
	finish();
	expect_int(count(RECORD_ALONE), 1);
	expect_int(first(RECORD_SAID)->offset, -1);
	story_close();
}

TEST(an_inbox_row_and_the_step_it_led_to_are_one)
{
	timeline = story_open();
	story_step(40, "PaymentSucceeded", "awaiting_payment → awaiting_stock", 3);
	struct record *inbox = story_event_add(RECORD_TOOK, 38, "order", NULL, 3);
	inbox->deliveries = 3;
	inbox->outcome = "applied";
	/* Another service's inbox row of the same event stays. */
	story_event_add(RECORD_TOOK, 50, "analytics", NULL, 3);
	finish();
	expect_int(timeline->count, 2);
	expect_int(first(RECORD_STEP)->deliveries, 3);
	expect_int(first(RECORD_STEP)->at_us, STORY_START_US + 40000);
	expect_text(first(RECORD_TOOK)->place, "analytics");
	expect_text(first(RECORD_TOOK)->what, "PaymentSucceeded");
	story_close();
}

TEST(what_waits_and_its_inbox_row_are_one)
{
	timeline = story_open();
	struct record *parked = story_event_add(RECORD_TOOK, 0, "payment", NULL, 4);
	parked->at_us = 0;
	parked->outcome = "parked";
	struct record *inbox = story_event_add(RECORD_TOOK, 70, "payment", NULL, 4);
	inbox->outcome = "parked";
	story_said(60, "order", "RefundPayment", 4, "payment.requests");
	finish();
	expect_int(count(RECORD_TOOK), 1);
	expect_int(first(RECORD_TOOK)->at_us, STORY_START_US + 70000);
	expect_text(first(RECORD_TOOK)->what, "RefundPayment");
	story_close();
}

TEST(messages_that_could_not_be_read_are_not_put_together)
{
	timeline = story_open();
	story_event_add(RECORD_TOOK, 0, "payment", NULL, 0);
	story_event_add(RECORD_TOOK, 1, "payment", NULL, 0);
	finish();
	expect_int(count(RECORD_TOOK), 2);
	story_close();
}

TEST(nothing_is_made_of_an_event_before_it_was_taken)
{
	timeline = story_open();
	/* The inbox dates 3 ms later than the process; the second taking stays as it is. */
	story_event_add(RECORD_TOOK, 13, "payment", NULL, 2);
	story_event_add(RECORD_TOOK, 90, "payment", NULL, 4);
	story_add(RECORD_ROW, 10, "payment", "payment of 1.00")->opens = true;
	/* By transaction. */
	struct record *taking = story_event_add(RECORD_TOOK, 45, "inventory", NULL, 5);
	taking->xid = 7;
	struct record *said =
		story_said(44, "inventory", "InventoryReserved", 6, "inventory.events");
	said->xid = 7;
	/* By the event that it was made of. */
	story_event_add(RECORD_TOOK, 33, "notification", NULL, 8);
	story_event_add(RECORD_ROW, 30, "notification", "to tell: OrderCompleted", 8);
	/* Another database's transaction of the same number, and one that came later. */
	struct record *other = story_said(1, "order", "OrderCreated", 9, "order.events");
	other->xid = 7;
	finish();
	const struct uuid ids[] = {story_event(2), story_event(4), story_event(5), story_event(8)};
	const int ms[] = {10, 90, 44, 30};
	for (size_t i = 0; i < 4; i++)
		expect_int(timeline_find(timeline, RECORD_TOOK, NULL, &ids[i])->at_us,
			STORY_START_US + ms[i] * 1000);
	story_close();
}

TEST(what_analytics_counted_goes_with_what_it_took)
{
	timeline = story_open();
	story_event_add(RECORD_TOOK, 10, "analytics", NULL, 1);
	struct record *counted = story_event_add(RECORD_COUNTED, 12, "analytics", NULL, 1);
	counted->partition = 3;
	counted->offset = 9;
	story_event_add(RECORD_COUNTED, 13, "analytics", "AnalyticsProcessed", 2);
	finish();
	expect_text(first(RECORD_TOOK)->detail, "counted: analytics.events 3@9");
	/* The other one has nobody who took it: it stays. */
	expect_int(count(RECORD_COUNTED), 1);
	story_close();
}

TEST(without_kafka_the_takers_know_where_it_was)
{
	timeline = story_open();
	timeline_source(timeline, "kafka", "away");
	story_said(0, "order", "OrderCreated", 1, "order.events");
	struct record *inbox = story_event_add(RECORD_TOOK, 5, "analytics", NULL, 1);
	inbox->partition = 4;
	inbox->offset = 12;
	finish();
	expect_int(first(RECORD_SAID)->partition, 4);
	expect_int(first(RECORD_SAID)->offset, 12);
	story_close();
}

TEST(a_dead_letter_gives_no_event_its_name)
{
	timeline = story_open();
	story_event_add(RECORD_DEAD, 5, "payment", "dead letter: unreadable", 1);
	story_event_add(RECORD_WAIT, 5, "payment", "the key waits", 1);
	story_event_add(RECORD_TOOK, 6, "payment", NULL, 1);
	finish();
	expect(first(RECORD_TOOK)->what == NULL);
	story_close();
}

TEST(records_come_in_the_order_of_time_and_cause)
{
	timeline = story_open();
	story_add(RECORD_FACT, 0, "analytics", "order_fact knows")->at_us = 0;
	story_said(5, "order", "B", 2, "order.events")->sequence = 2;
	story_said(5, "order", "A", 1, "order.events")->sequence = 1;
	story_step(5, "CreateOrder", "new → awaiting_payment", 0);
	story_event_add(RECORD_TOOK, 5, "payment", "X", 3);
	story_add(RECORD_ROW, 4, "provider", "charge taken");
	finish();
	const char *wanted[] = {"charge taken", "X", "CreateOrder", "A", "B", "order_fact knows"};
	for (size_t i = 0; i < 6; i++)
		expect_text(timeline->records[i].what, wanted[i]);
	story_close();
}

TEST(a_whole_order_has_every_event_once)
{
	timeline = story_open();
	story_completed();
	finish();
	expect_int(count(RECORD_SAID), 6);
	expect_int(count(RECORD_STEP), 3);
	expect_int(count(RECORD_TOOK), 2 + 4 + 3);
	expect_int(count(RECORD_MESSAGE) + count(RECORD_ALONE) + count(RECORD_AGAIN), 0);
	for (size_t i = 0; i < timeline->count; i++)
		expect(timeline->records[i].what != NULL);
	story_close();
}

TEST(nothing_is_woven_into_nothing)
{
	timeline = story_open();
	finish();
	expect_int(timeline->count, 0);
	story_close();
}

TESTS("weave", TEST_CASE(what_was_said_gets_its_place_in_the_topic),
	TEST_CASE(the_same_event_twice_in_a_topic_is_shown_twice),
	TEST_CASE(a_message_that_nobody_said_is_alone_unless_its_sender_is_away),
	TEST_CASE(a_message_without_an_id_is_never_somebody_elses),
	TEST_CASE(an_inbox_row_and_the_step_it_led_to_are_one),
	TEST_CASE(what_waits_and_its_inbox_row_are_one),
	TEST_CASE(messages_that_could_not_be_read_are_not_put_together),
	TEST_CASE(nothing_is_made_of_an_event_before_it_was_taken),
	TEST_CASE(what_analytics_counted_goes_with_what_it_took),
	TEST_CASE(without_kafka_the_takers_know_where_it_was),
	TEST_CASE(a_dead_letter_gives_no_event_its_name),
	TEST_CASE(records_come_in_the_order_of_time_and_cause),
	TEST_CASE(a_whole_order_has_every_event_once), TEST_CASE(nothing_is_woven_into_nothing))
