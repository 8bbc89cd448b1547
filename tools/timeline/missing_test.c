#include "missing.h"

#include "test_story.h"
#include "weave.h"

#include <string.h>

static struct timeline *timeline;

static void stands(const char *group, const char *topic, int32_t partition, int64_t offset)
{
	timeline->standings[timeline->standing_count++] =
		(struct standing){group, topic, partition, offset};
}

static void finish(void)
{
	weave(timeline);
	missing_find(timeline);
}

static void expect_note(const char *words)
{
	for (size_t i = 0; i < timeline->note_count; i++) {
		if (strcmp(timeline->notes[i], words) == 0)
			return;
	}
	fail_test("there is no note '%s'; the first of %zu is '%s'", words, timeline->note_count,
		timeline->note_count > 0 ? timeline->notes[0] : "");
}

static const struct record *fact(const char *place)
{
	for (size_t i = 0; i < timeline->count; i++) {
		if (timeline->records[i].kind == RECORD_FACT &&
			strcmp(timeline->records[i].place, place) == 0)
			return &timeline->records[i];
	}
	return NULL;
}

TEST(of_an_order_that_everybody_heard_of_nothing_is_missing)
{
	timeline = story_open();
	story_completed();
	finish();
	expect_int(timeline->note_count, 0);
	story_close();
}

TEST(what_is_in_no_topic_yet_is_told_when_kafka_could_be_asked)
{
	timeline = story_open();
	story_said(0, "order", "OrderCreated", 1, "order.events");
	finish();
	expect_int(timeline->note_count, 1);
	expect_note("order said OrderCreated, and it is not in order.events yet");
	story_close();

	timeline = story_open();
	timeline_source(timeline, "kafka", "away");
	story_said(0, "order", "OrderCreated", 1, "order.events");
	finish();
	expect_int(timeline->note_count, 0);
	story_close();
}

TEST(a_group_that_has_not_come_so_far_is_told_with_its_place)
{
	timeline = story_open();
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_message(0, "OrderPaymentRequested", 1, "payment.requests", 50);
	stands("payment", "payment.requests", 1, 99);
	stands("payment", "payment.requests", 2, 50);
	finish();
	expect_int(timeline->note_count, 1);
	expect_note("payment has not taken OrderPaymentRequested yet: it is at payment.requests "
		    "2@50, payment stands at 50");
	story_close();
}

TEST(a_group_of_which_nothing_is_known_has_just_not_taken_it)
{
	timeline = story_open();
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_message(0, "OrderPaymentRequested", 1, "payment.requests", 50);
	finish();
	expect_note("payment has not taken OrderPaymentRequested at payment.requests 2@50");
	story_close();
}

TEST(what_was_read_past_and_left_no_trace_is_told)
{
	timeline = story_open();
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_message(0, "OrderPaymentRequested", 1, "payment.requests", 50);
	stands("payment", "payment.requests", 2, 51);
	finish();
	expect_note("payment has read past OrderPaymentRequested at payment.requests 2@50 and its "
		    "inbox does not have it");
	story_close();
}

TEST(a_dead_letter_is_a_trace)
{
	timeline = story_open();
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_message(0, "OrderPaymentRequested", 1, "payment.requests", 50);
	story_event_add(RECORD_DEAD, 4, "payment", "dead letter: refused", 1);
	stands("payment", "payment.requests", 2, 51);
	finish();
	expect_int(timeline->note_count, 0);
	story_close();
}

TEST(of_a_database_that_is_away_nothing_is_claimed)
{
	timeline = story_open();
	timeline_source(timeline, "payment", "connection refused");
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_message(0, "OrderPaymentRequested", 1, "payment.requests", 50);
	stands("payment", "payment.requests", 2, 51);
	finish();
	expect_int(timeline->note_count, 0);
	story_close();
}

static void reserve(const char *what, int64_t standing)
{
	timeline = story_open();
	story_said(0, "inventory", what, 5, "inventory.events");
	story_message(0, what, 5, "inventory.events", 50);
	story_event_add(RECORD_TOOK, 9, "order", NULL, 5);
	story_event_add(RECORD_TOOK, 9, "analytics", NULL, 5);
	if (standing >= 0)
		stands("gateway", "inventory.events", 2, standing);
	finish();
}

TEST(the_gateway_has_invalidated_what_it_has_read_past)
{
	reserve("InventoryReserved", 51);
	expect_text(fact("gateway")->what, "cache invalidated");
	expect_text(fact("gateway")->detail,
		"it has read past InventoryReserved, inventory.events 2@50");
	expect_int(timeline->note_count, 0);
	story_close();

	reserve("InventoryReserved", 50);
	expect(fact("gateway") == NULL);
	expect_note("gateway has not read InventoryReserved at inventory.events 2@50 yet: what it "
		    "cached of these products may be old");
	story_close();

	/* A refusal changes no stock; and of an unknown group nothing is said. */
	reserve("InventoryFailed", 51);
	expect(fact("gateway") == NULL);
	story_close();
	reserve("InventoryReserved", -1);
	expect(fact("gateway") == NULL);
	expect_int(timeline->note_count, 0);
	story_close();
}

TEST(the_relays_position_is_told_as_an_lsn)
{
	timeline = story_open();
	struct record *log = story_add(RECORD_LOG_END, 0, "relay.order", "position");
	log->at_us = 0;
	log->offset = 0x1A2B3C4D;
	stands("relay.order", "relay.positions", 0, 0x1A2B3C40);
	finish();
	expect_text(fact("relay.order")->detail,
		"all before LSN 0/1A2B3C40 is in Kafka; the log ends at 0/1A2B3C4D");
	expect_int(fact("relay.order")->offset, -1);
	story_close();

	timeline = story_open();
	log = story_add(RECORD_LOG_END, 0, "relay.order", "position");
	log->at_us = 0;
	log->offset = INT64_C(0x2000000AB);
	finish();
	expect_text(
		fact("relay.order")->detail, "not known; the log of its database ends at LSN 2/AB");
	story_close();
}

TESTS("missing", TEST_CASE(of_an_order_that_everybody_heard_of_nothing_is_missing),
	TEST_CASE(what_is_in_no_topic_yet_is_told_when_kafka_could_be_asked),
	TEST_CASE(a_group_that_has_not_come_so_far_is_told_with_its_place),
	TEST_CASE(a_group_of_which_nothing_is_known_has_just_not_taken_it),
	TEST_CASE(what_was_read_past_and_left_no_trace_is_told),
	TEST_CASE(a_dead_letter_is_a_trace),
	TEST_CASE(of_a_database_that_is_away_nothing_is_claimed),
	TEST_CASE(the_gateway_has_invalidated_what_it_has_read_past),
	TEST_CASE(the_relays_position_is_told_as_an_lsn))
