#include "test_desk.h"

#include <base/clock.h>

#define DAY_US (INT64_C(86400) * US_PER_S)

static void check(struct desk *desk)
{
	check_outboxes(&desk->facts, &desk->report);
}

TEST(rows_and_messages_that_match_pass)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_ORDER_EVENTS, 0, 1);
	desk_message(desk, 12, 1, TOPIC_INVENTORY_EVENTS, 0, 0);
	desk_record(desk, 11, TOPIC_ORDER_EVENTS);
	desk_record(desk, 12, TOPIC_INVENTORY_EVENTS);
	check(desk);
	expect_verdict(desk, S8, PASS);
	expect_int(desk->report.results[S8].looked_at, 2);
	expect_int(records_missing(&desk->facts, SERVICE_ORDER), 0);
}

TEST(a_row_that_is_not_in_its_topic_fails_when_quiet)
{
	struct desk *desk = desk_make();

	desk_record(desk, 11, TOPIC_ORDER_EVENTS);
	expect_int(records_missing(&desk->facts, SERVICE_ORDER), 1);
	expect_int(records_missing(&desk->facts, SERVICE_PAYMENT), 0);
	check(desk);
	expect_verdict(desk, S8, FAIL);
	expect_words(desk, S8,
		"event 01000000-0000-0000-0000-00000000000b of order.outbox is not there");
	report_unquiet(&desk->report, "the relay is behind");
	expect_verdict(desk, S8, INCONCLUSIVE);
}

TEST(a_message_that_no_row_has_fails)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_EVENTS, 4, 0);
	desk_record(desk, 12, TOPIC_PAYMENT_EVENTS);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_EVENTS, 5, 0);
	check(desk);
	expect_verdict(desk, S8, FAIL);
	expect_words(desk, S8,
		"event 01000000-0000-0000-0000-00000000000b is there, and not in payment.outbox");
	expect_int(desk->report.results[S8].examples[0].where.offset, 4);
	expect_int(desk->report.results[S8].missing, 1);
}

TEST(a_message_that_is_there_twice_fails_at_any_time)
{
	struct desk *desk = desk_make();

	report_unquiet(&desk->report, "moving");
	desk_message(desk, 11, 1, TOPIC_PAYMENT_EVENTS, 4, 0);
	desk_message(desk, 11, 1, TOPIC_PAYMENT_EVENTS, 5, 0);
	desk_record(desk, 11, TOPIC_PAYMENT_EVENTS);
	check(desk);
	expect_verdict(desk, S8, FAIL);
	expect_words(desk, S8, "event 01000000-0000-0000-0000-00000000000b is there 2 times");
}

TEST(a_message_in_another_topic_than_its_row_says_fails)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 4, 0);
	desk_record(desk, 11, TOPIC_ORDER_EVENTS);
	expect_words(
		desk, S8, "event 01000000-0000-0000-0000-00000000000b belongs into order.events");
}

TEST(a_row_for_a_topic_of_somebody_else_fails)
{
	struct desk *desk = desk_make();
	const struct uuid id = desk_id(11);

	feed_record(&desk->facts, &desk->report, SERVICE_PAYMENT, &id, "order.events", 1);
	expect_words(desk, S8,
		"payment has row 01000000-0000-0000-0000-00000000000b for topic 'order.events', "
		"which is not its");
	feed_record(&desk->facts, &desk->report, SERVICE_PAYMENT, &id, "nowhere", 1);
	expect_int(desk->report.results[S8].violations, 2);
}

TEST(rows_older_than_what_a_topic_keeps_are_excused_and_counted)
{
	struct desk *desk = desk_make();
	const struct uuid id = desk_id(11);
	int64_t at_us = desk->facts.now_us - 8 * DAY_US;

	feed_record(&desk->facts, &desk->report, SERVICE_ORDER, &id, "order.events", at_us);
	check(desk);
	expect_verdict(desk, S8, FAIL); /* the topic has dropped nothing yet */
	desk = desk_make();
	desk->facts.starts[TOPIC_ORDER_EVENTS][1] = 4;
	feed_record(&desk->facts, &desk->report, SERVICE_ORDER, &id, "order.events", at_us);
	check(desk);
	expect_verdict(desk, S8, PASS);
	expect_text(desk->report.results[S8].notes[0], "1 rows are older than what topics keep");
}

TEST(messages_older_than_the_rows_kept_are_excused_and_counted)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_ORDER_EVENTS, 0, 1);
	desk_message(desk, 12, 1, TOPIC_ORDER_EVENTS, 1, 2);
	desk_record(desk, 12, TOPIC_ORDER_EVENTS);
	desk->facts.now_us += 30 * DAY_US;
	check(desk);
	expect_verdict(desk, S8, PASS);
	expect_text(desk->report.results[S8].notes[0], "1 messages are older than the rows kept");
}

TEST(nobodys_messages_are_excused_only_as_dead_letters)
{
	struct desk *desk = desk_make();
	const struct message strange = {.topic = TOPIC_ORDER_EVENTS, .offset = 7};

	places_add(&desk->facts.dead,
		&(struct place){.topic = TOPIC_ORDER_EVENTS, .offset = 6, .services = 1});
	places_add(&desk->facts.dead,
		&(struct place){.topic = TOPIC_ORDER_EVENTS, .offset = 7, .services = 1});
	desk_message(desk, 11, 1, TOPIC_ORDER_EVENTS, 6, 0);
	feed_message(&desk->facts, &desk->report, &strange);
	report_looked_at(&desk->report, S8, 1);
	check(desk);
	expect_verdict(desk, S8, PASS);
	expect_text(desk->report.results[S8].notes[0],
		"2 messages of nobody's outbox are dead letters, see S9");
	feed_message(&desk->facts, &desk->report,
		&(struct message){.topic = TOPIC_ORDER_EVENTS, .offset = 8});
	check(desk);
	expect_verdict(desk, S8, FAIL);
	expect_words(desk, S8, "a message without an event id, and nobody's dead letter");
}

TESTS("verify outboxes", TEST_CASE(rows_and_messages_that_match_pass),
	TEST_CASE(a_row_that_is_not_in_its_topic_fails_when_quiet),
	TEST_CASE(a_message_that_no_row_has_fails),
	TEST_CASE(a_message_that_is_there_twice_fails_at_any_time),
	TEST_CASE(a_message_in_another_topic_than_its_row_says_fails),
	TEST_CASE(a_row_for_a_topic_of_somebody_else_fails),
	TEST_CASE(rows_older_than_what_a_topic_keeps_are_excused_and_counted),
	TEST_CASE(messages_older_than_the_rows_kept_are_excused_and_counted),
	TEST_CASE(nobodys_messages_are_excused_only_as_dead_letters))
