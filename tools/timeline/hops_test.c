#include "hops.h"

#include "test_story.h"
#include "weave.h"

#include <string.h>

static struct timeline *timeline;
static struct hops hops;

static void finish(void)
{
	weave(timeline);
	hops_find(timeline, &hops);
}

static void expect_hop(size_t at, const char *step, const char *what, int ms)
{
	expect(at < hops.count);
	if (step)
		expect_text(hops.list[at].step, step);
	else
		expect(hops.list[at].step == NULL);
	expect_text(hops.list[at].what, what);
	expect_int(hops.list[at].us, ms * 1000);
}

TEST(each_round_is_the_way_there_the_work_and_the_way_back)
{
	timeline = story_open();
	story_completed();
	finish();
	expect_hop(0, "awaiting_payment", "OrderPaymentRequested: order → payment", 10);
	expect_hop(1, "awaiting_payment", "payment at work", 5);
	expect_hop(2, "awaiting_payment", "PaymentSucceeded: payment → order", 25);
	expect_hop(3, "awaiting_stock", "OrderInventoryRequested: order → inventory", 10);
	expect_hop(4, "awaiting_stock", "inventory at work", 10);
	expect_hop(5, "awaiting_stock", "InventoryReserved: inventory → order", 20);
	expect_hop(6, NULL, "OrderCompleted: order → analytics", 16);
	expect_hop(7, NULL, "OrderCompleted: order → notification", 26);
	expect_hop(8, NULL, "notification to: mail Sent", 14);
	expect_int(hops.count, 9);
	expect_int(hops.total_us, 80000);
	expect(hops.ended);
	expect(!hops.backwards);
	story_close();
}

TEST(a_command_is_only_waited_for)
{
	timeline = story_open();
	story_step(0, "CreateOrder", "new → awaiting_payment", 0);
	story_step(70, "CancelOrder", "awaiting_payment → refunding", 0);
	finish();
	expect_hop(0, "awaiting_payment", "until CancelOrder", 70);
	expect_int(hops.count, 1);
	expect(!hops.ended);
	story_close();
}

TEST(an_answer_to_a_question_of_before_is_only_waited_for)
{
	timeline = story_open();
	story_step(0, "CreateOrder", "new → awaiting_payment", 0);
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_event_add(RECORD_TOOK, 10, "payment", NULL, 1);
	story_step(20, "CancelOrder", "awaiting_payment → refunding", 0);
	story_said(30, "payment", "PaymentFailed", 2, "payment.events");
	story_step(50, "PaymentFailed", "refunding → cancelled", 2);
	finish();
	expect_hop(1, "refunding", "until PaymentFailed", 30);
	expect_int(hops.count, 2);
	expect(hops.ended);
	story_close();
}

TEST(of_questions_asked_again_the_one_that_was_answered_counts)
{
	timeline = story_open();
	story_step(0, "CreateOrder", "new → awaiting_payment", 0);
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_said(300, "order", "OrderPaymentRequested", 2, "payment.requests");
	story_event_add(RECORD_TOOK, 310, "payment", NULL, 2);
	story_said(320, "payment", "PaymentSucceeded", 3, "payment.events");
	story_event_add(RECORD_TOOK, 400, "payment", NULL, 1);
	story_step(330, "PaymentSucceeded", "awaiting_payment → awaiting_stock", 3);
	finish();
	expect_hop(0, "awaiting_payment", "until it asked: OrderPaymentRequested", 300);
	expect_hop(1, "awaiting_payment", "OrderPaymentRequested: order → payment", 10);
	expect_hop(2, "awaiting_payment", "payment at work", 10);
	expect_hop(3, "awaiting_payment", "PaymentSucceeded: payment → order", 10);
	story_close();
}

TEST(clocks_that_differ_are_told)
{
	timeline = story_open();
	story_step(0, "CreateOrder", "new → awaiting_payment", 0);
	story_said(0, "order", "OrderPaymentRequested", 1, "payment.requests");
	story_event_add(RECORD_TOOK, -5, "payment", NULL, 1);
	story_said(8, "payment", "PaymentSucceeded", 3, "payment.events");
	story_step(20, "PaymentSucceeded", "awaiting_payment → awaiting_stock", 3);
	finish();
	expect_hop(0, "awaiting_payment", "OrderPaymentRequested: order → payment", -5);
	expect(hops.backwards);
	story_close();
}

TEST(without_steps_there_are_no_hops)
{
	timeline = story_open();
	story_message(0, "OrderCreated", 1, "order.events", 1);
	finish();
	expect_int(hops.count, 0);
	expect_int(hops.total_us, 0);
	expect(!hops.ended);
	story_close();
}

TESTS("hops", TEST_CASE(each_round_is_the_way_there_the_work_and_the_way_back),
	TEST_CASE(a_command_is_only_waited_for),
	TEST_CASE(an_answer_to_a_question_of_before_is_only_waited_for),
	TEST_CASE(of_questions_asked_again_the_one_that_was_answered_counts),
	TEST_CASE(clocks_that_differ_are_told), TEST_CASE(without_steps_there_are_no_hops))
