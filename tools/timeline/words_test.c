#include "words.h"

#include "test_story.h"

#include <string.h>

static struct timeline *timeline;

TEST(durations_are_as_fine_as_they_are_long)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {{0, "0.0 ms"}, {49, "0.0 ms"}, {800, "0.8 ms"}, {12345, "12.3 ms"},
		{999999, "999.9 ms"}, {1000000, "1.00 s"}, {4567000, "4.56 s"},
		{59999999, "59.99 s"}, {60000000, "1m 00s"}, {200000000, "3m 20s"},
		{INT64_C(3600000000), "1h 00m"}, {INT64_C(18180000000), "5h 03m"},
		{INT64_C(86400000000), "1d 00h"}, {INT64_C(187200000000), "2d 04h"},
		{-5000, "-5.0 ms"}, {-61000000, "-1m 01s"}};
	char text[WORDS_DURATION_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_text(words_duration(cases[i].us, text), cases[i].text);
}

static void expect_words(const struct record *record, const char *what, const char *detail)
{
	expect_text(words_what(record, timeline->arena), what);
	expect_text(words_detail(record, timeline->arena), detail);
}

TEST(what_is_said_names_its_topic_and_what_is_taken_only_its_place)
{
	timeline = story_open();
	struct record *said = story_said(0, "order", "OrderCreated", 1, "order.events");
	said->sequence = 4;
	said->xid = 812;
	expect_words(said, "says OrderCreated", "order.events, #4, xid 812");
	said->partition = 3;
	said->offset = 17;
	said->astray = true;
	expect_words(said, "says OrderCreated",
		"order.events 3@17, #4, not its key's partition, xid 812");

	struct record *took = story_event_add(RECORD_TOOK, 0, "payment", NULL, 1);
	took->topic = "payment.requests";
	took->partition = 3;
	took->offset = 17;
	took->deliveries = 1;
	took->outcome = "applied";
	took->xid = 5;
	expect_words(took, "takes an event", "3@17");
	took->outcome = "ignored";
	took->detail = "already paid";
	took->deliveries = 2;
	took->what = "RefundPayment";
	expect_words(took, "takes RefundPayment",
		"3@17, ignored, already paid, came 2 times, counted once");
	story_close();
}

TEST(a_command_is_not_taken_from_a_topic)
{
	timeline = story_open();
	struct record *step = story_step(0, "CreateOrder", "new → awaiting_payment", 0);
	step->xid = 9;
	expect_words(step, "CreateOrder", "new → awaiting_payment, xid 9");
	step = story_step(0, "PaymentSucceeded", "awaiting_payment → awaiting_stock", 7);
	step->xid = 9;
	expect_words(step, "takes PaymentSucceeded", "2@7, awaiting_payment → awaiting_stock");
	story_close();
}

TEST(what_is_only_in_a_topic_is_told_apart)
{
	timeline = story_open();
	struct record *message = story_message(0, "OrderCreated", 1, "order.events", 5);
	expect_words(message, "holds OrderCreated", "order.events 2@5");
	message->kind = RECORD_ALONE;
	expect_words(message, "holds OrderCreated", "order.events 2@5, in nobody's outbox");
	message->kind = RECORD_AGAIN;
	expect_words(message, "again OrderCreated", "order.events 2@5");
	expect(!words_is_bad(message));
	story_close();
}

TEST(bad_news_begins_with_what_it_is)
{
	timeline = story_open();
	struct record *dead = story_add(RECORD_DEAD, 0, "payment", "dead letter: unreadable");
	dead->detail = "was payment.requests 2@5: no such schema";
	dead->topic = "dlq.payment";
	dead->partition = 0;
	dead->offset = 3;
	expect_words(dead, "dead letter: unreadable",
		"was payment.requests 2@5: no such schema, dlq.payment 0@3");
	expect(words_is_bad(dead));
	struct record *took = story_event_add(RECORD_TOOK, 0, "payment", "RefundPayment", 1);
	expect(!words_is_bad(took));
	took->outcome = "ignored";
	expect(!words_is_bad(took));
	took->outcome = "parked";
	expect(words_is_bad(took));
	took->outcome = "poison";
	expect(words_is_bad(took));
	story_close();
}

TEST(a_log_line_says_that_it_is_one)
{
	timeline = story_open();
	struct record *line = story_add(RECORD_LOG, 0, "order", "ignored");
	expect_words(line, "log: ignored", "");
	line->detail = "reason already completed";
	expect_words(line, "log: ignored", "reason already completed");
	story_close();
}

TESTS("words", TEST_CASE(durations_are_as_fine_as_they_are_long),
	TEST_CASE(what_is_said_names_its_topic_and_what_is_taken_only_its_place),
	TEST_CASE(a_command_is_not_taken_from_a_topic),
	TEST_CASE(what_is_only_in_a_topic_is_told_apart),
	TEST_CASE(bad_news_begins_with_what_it_is), TEST_CASE(a_log_line_says_that_it_is_one))
