#include "topics.h"

#include "test_story.h"

#include <base/buffer.h>
#include <events/events.h>
#include <string.h>

static struct timeline *timeline;
static struct record record;

#define HEADER(name, text) \
	{ \
		name, text, sizeof(text) - 1 \
	}

static void describe(const char *topic, const void *value, size_t value_size,
	const struct bus_header *headers, size_t count)
{
	const struct bus_message message = {
		.topic = topic,
		.partition = 3,
		.offset = 44,
		.timestamp_ms = 1769853600123,
		.value = value,
		.value_size = value_size,
	};

	topics_describe(&message, headers, count, timeline->arena, &record);
}

TEST(a_message_is_known_by_its_headers)
{
	static const struct bus_header headers[] = {
		HEADER("id", "0190b1f2-0000-7000-8000-000000000001"),
		HEADER("type", "OrderCreated"), HEADER("traceparent", "00-1-2-01")};
	char id[UUID_TEXT_SIZE];

	timeline = story_open();
	describe("order.events", "bytes", 5, headers, 3);
	expect_int(record.kind, RECORD_MESSAGE);
	expect_text(record.what, "OrderCreated");
	expect_text(record.topic, "order.events");
	expect_int(record.partition, 3);
	expect_int(record.offset, 44);
	expect_int(record.at_us, INT64_C(1769853600123000));
	expect_text(uuid_format(&record.event_id, id), "0190b1f2-0000-7000-8000-000000000001");
	story_close();
}

TEST(a_message_may_have_nothing_but_a_key)
{
	static const struct bus_header bad[] = {HEADER("id", "4711"), {"type", NULL, 0}};

	timeline = story_open();
	describe("order.events", NULL, 0, NULL, 0);
	expect_int(record.kind, RECORD_MESSAGE);
	expect(record.what == NULL);
	expect(uuid_is_nil(&record.event_id));
	describe("order.events", NULL, 0, bad, 2);
	expect(record.what == NULL);
	expect(uuid_is_nil(&record.event_id));
	story_close();
}

TEST(a_dead_letter_says_what_whence_and_why)
{
	static const struct bus_header headers[] = {
		HEADER("id", "0190b1f2-0000-7000-8000-000000000001"),
		HEADER("type", "RefundPayment"), HEADER("dlq.topic", "payment.requests"),
		HEADER("dlq.partition", "2"), HEADER("dlq.offset", "17"),
		HEADER("dlq.group", "payment"), HEADER("dlq.class", "unreadable"),
		HEADER("dlq.reason", "schema id 9 is not known")};

	timeline = story_open();
	describe("dlq.payment", "bytes", 5, headers, 8);
	expect_int(record.kind, RECORD_DEAD);
	expect_text(record.place, "payment");
	expect_text(record.what, "dead letter: unreadable");
	expect_text(record.detail, "was payment.requests 2@17: schema id 9 is not known");
	/* Without a word of whence it is a message like any other. */
	describe("dlq.payment", "bytes", 5, headers, 2);
	expect_int(record.kind, RECORD_MESSAGE);
	/* And with a few it says what it does not know. */
	describe("dlq.payment", "bytes", 5, (struct bus_header[]){headers[2], headers[5]}, 2);
	expect_text(record.what, "dead letter: no class");
	expect_text(record.detail, "was payment.requests ?@?: no reason");
	story_close();
}

TEST(what_was_counted_stands_for_the_event_that_was)
{
	struct analytics_processed event = {.event_type = "OrderCreated", .processed_at_us = 5};
	struct buffer bytes;
	char id[UUID_TEXT_SIZE], want[UUID_TEXT_SIZE];

	timeline = story_open();
	event.order_id = timeline->order_id;
	event.event_id = story_event(9);
	buffer_init(&bytes, 0);
	expect_ok(analytics_processed_encode(&event, &bytes));
	describe("analytics.events", bytes.data, bytes.size, NULL, 0);
	expect_int(record.kind, RECORD_COUNTED);
	expect_text(uuid_format(&record.event_id, id), uuid_format(&event.event_id, want));
	/* The same bytes elsewhere, and other bytes there, are just messages. */
	describe("order.events", bytes.data, bytes.size, NULL, 0);
	expect_int(record.kind, RECORD_MESSAGE);
	describe("analytics.events", "rubbish", 7, NULL, 0);
	expect_int(record.kind, RECORD_MESSAGE);
	buffer_finish(&bytes);
	story_close();
}

TESTS("message", TEST_CASE(a_message_is_known_by_its_headers),
	TEST_CASE(a_message_may_have_nothing_but_a_key),
	TEST_CASE(a_dead_letter_says_what_whence_and_why),
	TEST_CASE(what_was_counted_stands_for_the_event_that_was))
