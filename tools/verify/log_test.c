#include "test_desk.h"

static void take(struct desk *desk, enum service service, int n, enum topic topic, int64_t offset,
	int64_t at_us)
{
	feed_inbox(&desk->facts, &desk->report, service,
		&(struct inbox_row){desk_id(n), topic, 0, offset, at_us});
}

static void commit(struct desk *desk, enum service service, enum topic topic, int64_t offset)
{
	desk->facts.committed[service][topic][0] = offset;
}

static void check(struct desk *desk)
{
	check_log(&desk->facts, &desk->report);
}

TEST(sequences_that_rise_and_were_applied_so_pass)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 2);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 5, 4);
	desk_message(desk, 13, 1, TOPIC_ORDER_EVENTS, 0, 1); /* another topic, another row */
	feed_inbox_begin(&desk->facts);
	take(desk, SERVICE_PAYMENT, 11, TOPIC_PAYMENT_REQUESTS, 0, 100);
	take(desk, SERVICE_PAYMENT, 12, TOPIC_PAYMENT_REQUESTS, 5, 100); /* one batch */
	expect_verdict(desk, S6, PASS);
	expect_int(desk->report.results[S6].looked_at, 5);
}

TEST(a_sequence_that_does_not_rise_fails)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 4);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 5, 4);
	expect_verdict(desk, S6, FAIL);
	expect_words(desk, S6, "sequence 4 comes after 4");
	expect_int(desk->report.results[S6].examples[0].where.offset, 5);
}

TEST(another_orders_sequence_is_its_own)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 4);
	desk_message(desk, 12, 2, TOPIC_PAYMENT_REQUESTS, 5, 2);
	expect_verdict(desk, S6, PASS);
}

TEST(what_was_applied_too_early_fails)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_EVENTS, 0, 0);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_EVENTS, 5, 0);
	feed_inbox_begin(&desk->facts);
	take(desk, SERVICE_ORDER, 11, TOPIC_PAYMENT_EVENTS, 0, 200);
	take(desk, SERVICE_ORDER, 12, TOPIC_PAYMENT_EVENTS, 5, 100);
	expect_verdict(desk, S6, FAIL);
	expect_words(desk, S6, "order has taken it before an earlier one of this order");
}

TEST(order_counts_within_a_topic_and_a_service_only)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_INVENTORY_EVENTS, 0, 0);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_EVENTS, 5, 0);
	feed_inbox_begin(&desk->facts);
	take(desk, SERVICE_ORDER, 11, TOPIC_INVENTORY_EVENTS, 0, 200);
	take(desk, SERVICE_ORDER, 12, TOPIC_PAYMENT_EVENTS, 5, 100);
	feed_inbox_begin(&desk->facts);
	take(desk, SERVICE_NOTIFICATION, 12, TOPIC_PAYMENT_EVENTS, 5, 50);
	expect_verdict(desk, S6, PASS);
}

TEST(a_log_that_everybody_took_passes)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 0);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 1, 0);
	take(desk, SERVICE_PAYMENT, 11, TOPIC_PAYMENT_REQUESTS, 0, 1);
	commit(desk, SERVICE_PAYMENT, TOPIC_PAYMENT_REQUESTS, 1); /* 12 is still to come */
	check(desk);
	expect_verdict(desk, S7, PASS);
}

TEST(an_event_that_is_there_twice_fails)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 0);
	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 7, 0);
	expect_verdict(desk, S7, FAIL);
	expect_words(desk, S7, "event 01000000-0000-0000-0000-00000000000b is in the log twice");
	expect_int(desk->report.results[S7].examples[0].where.offset, 7);
}

TEST(a_service_that_was_rewound_may_publish_again)
{
	struct desk *desk = desk_make();

	desk->facts.replayed = 1U << SERVICE_INVENTORY;
	desk_message(desk, 11, 1, TOPIC_INVENTORY_EVENTS, 0, 0);
	desk_message(desk, 11, 1, TOPIC_INVENTORY_EVENTS, 7, 0);
	expect_verdict(desk, S7, PASS);
	desk_message(desk, 12, 1, TOPIC_ORDER_EVENTS, 0, 0);
	desk_message(desk, 12, 1, TOPIC_ORDER_EVENTS, 7, 0);
	expect_verdict(desk, S7, FAIL);
}

TEST(what_was_put_back_from_a_dead_letter_may_be_there_again)
{
	struct desk *desk = desk_make();
	const struct message again = {.topic = TOPIC_PAYMENT_REQUESTS,
		.offset = 9,
		.has_id = true,
		.id = desk_id(11),
		.has_order = true,
		.order = desk_id(1),
		.sequence = 2,
		.redriven = true};

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 2);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 1, 4);
	feed_message(&desk->facts, &desk->report, &again);
	check(desk);
	expect_verdict(desk, S7, PASS);
	expect_verdict(desk, S6, PASS);
	expect_int(desk->report.results[S7].note_count, 1);
}

TEST(a_message_that_was_passed_over_is_lost)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 0);
	commit(desk, SERVICE_PAYMENT, TOPIC_PAYMENT_REQUESTS, 1);
	check(desk);
	expect_verdict(desk, S7, FAIL);
	expect_words(desk, S7,
		"lost: payment went past event 01000000-0000-0000-0000-00000000000b and has not "
		"taken it");
	report_unquiet(&desk->report, "moving");
	expect_verdict(desk, S7, INCONCLUSIVE);
}

TEST(who_does_not_listen_does_not_lose)
{
	struct desk *desk = desk_make();

	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 0);
	commit(desk, SERVICE_ORDER, TOPIC_PAYMENT_REQUESTS, 1);
	check(desk);
	expect_verdict(desk, S7, PASS);
}

TEST(a_dead_letter_or_a_parked_message_is_not_lost)
{
	struct desk *desk = desk_make();

	places_add(&desk->facts.dead,
		&(struct place){
			.topic = TOPIC_PAYMENT_REQUESTS, .services = 1U << SERVICE_PAYMENT});
	places_add(&desk->facts.parked,
		&(struct place){.topic = TOPIC_PAYMENT_REQUESTS,
			.offset = 1,
			.services = 1U << SERVICE_PAYMENT});
	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 0);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 1, 0);
	commit(desk, SERVICE_PAYMENT, TOPIC_PAYMENT_REQUESTS, 2);
	check(desk);
	expect_verdict(desk, S7, PASS);
	desk_message(desk, 13, 1, TOPIC_ORDER_EVENTS, 0, 0);
	places_add(&desk->facts.dead,
		&(struct place){.topic = TOPIC_ORDER_EVENTS, .services = 1U << SERVICE_ANALYTICS});
	commit(desk, SERVICE_NOTIFICATION, TOPIC_ORDER_EVENTS, 1);
	check(desk);
	expect_verdict(desk, S7, FAIL); /* another service's dead letter does not excuse */
}

TEST(an_event_taken_that_is_not_in_the_log_was_aborted)
{
	struct desk *desk = desk_make();

	take(desk, SERVICE_PAYMENT, 11, TOPIC_PAYMENT_REQUESTS, 5, 1);
	expect_verdict(desk, S7, FAIL);
	expect_words(desk, S7,
		"aborted read: payment has taken event 01000000-0000-0000-0000-00000000000b, "
		"which is not in the log");
}

TEST(what_the_topic_has_dropped_or_got_later_was_not_aborted)
{
	struct desk *desk = desk_make();

	desk->facts.starts[TOPIC_PAYMENT_REQUESTS][0] = 6;
	take(desk, SERVICE_PAYMENT, 11, TOPIC_PAYMENT_REQUESTS, 5, 1);
	expect_verdict(desk, S7, PASS);
	take(desk, SERVICE_PAYMENT, 12, TOPIC_PAYMENT_REQUESTS, 1000, 1);
	report_unquiet(&desk->report, "moving");
	expect_verdict(desk, S7, INCONCLUSIVE);
}

TEST(poison_with_somebodys_id_is_no_double)
{
	struct desk *desk = desk_make();

	places_add(&desk->facts.dead,
		&(struct place){.topic = TOPIC_PAYMENT_REQUESTS,
			.offset = 3,
			.services = 1U << SERVICE_PAYMENT});
	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 0, 0);
	desk_message(desk, 11, 1, TOPIC_PAYMENT_REQUESTS, 3, 0);
	expect_verdict(desk, S7, PASS);
	/* And when the poison comes first. */
	places_add(&desk->facts.dead,
		&(struct place){.topic = TOPIC_PAYMENT_REQUESTS,
			.offset = 5,
			.services = 1U << SERVICE_PAYMENT});
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 5, 0);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 6, 0);
	expect_verdict(desk, S7, PASS);
	desk_message(desk, 12, 1, TOPIC_PAYMENT_REQUESTS, 7, 0);
	expect_verdict(desk, S7, FAIL);
}

TESTS("verify log", TEST_CASE(sequences_that_rise_and_were_applied_so_pass),
	TEST_CASE(a_sequence_that_does_not_rise_fails),
	TEST_CASE(another_orders_sequence_is_its_own), TEST_CASE(what_was_applied_too_early_fails),
	TEST_CASE(order_counts_within_a_topic_and_a_service_only),
	TEST_CASE(a_log_that_everybody_took_passes), TEST_CASE(an_event_that_is_there_twice_fails),
	TEST_CASE(a_service_that_was_rewound_may_publish_again),
	TEST_CASE(what_was_put_back_from_a_dead_letter_may_be_there_again),
	TEST_CASE(a_message_that_was_passed_over_is_lost),
	TEST_CASE(who_does_not_listen_does_not_lose),
	TEST_CASE(a_dead_letter_or_a_parked_message_is_not_lost),
	TEST_CASE(an_event_taken_that_is_not_in_the_log_was_aborted),
	TEST_CASE(what_the_topic_has_dropped_or_got_later_was_not_aborted),
	TEST_CASE(poison_with_somebodys_id_is_no_double))
