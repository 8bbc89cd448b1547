#include "page.h"

#include "test_story.h"
#include "weave.h"

#include <json/json.h>
#include <string.h>

static struct timeline *timeline;
static struct hops hops;
static struct buffer out;

static void open(void)
{
	buffer_init(&out, 0);
	timeline = story_open();
	timeline->subject = (struct subject){
		.known = true,
		.customer_id = "me",
		.payment_method = "card_ok",
		.status = "Completed",
		.step = "completed",
		.traceparent = "00-11-22-01",
		.total = 1230,
		.created_us = STORY_START_US,
		.updated_us = STORY_START_US + 80000,
	};
}

static void write(int width, bool colour)
{
	weave(timeline);
	hops_find(timeline, &hops);
	page_write(timeline, &hops, &(struct page_options){width, colour}, &out);
}

static void close(void)
{
	story_close();
	buffer_finish(&out);
}

/* Columns of the widest line: one to a code point, escapes take none. */
static int widest(const char *text)
{
	int most = 0, columns = 0;

	for (const char *at = text; *at; at++) {
		if (*at == '\033')
			at = strchr(at, 'm');
		else if (*at == '\n')
			columns = 0;
		else if (((unsigned char)*at & 0xc0) != 0x80)
			columns++;
		most = columns > most ? columns : most;
	}
	return most;
}

TEST(the_page_of_a_short_story)
{
	open();
	story_step(0, "CreateOrder", "new → awaiting_payment", 0)->xid = 9;
	struct record *said =
		story_said(0, "order", "OrderPaymentRequested", 2, "payment.requests");
	said->sequence = 2;
	said->xid = 9;
	story_message(0, "OrderPaymentRequested", 2, "payment.requests", 17);
	story_event_add(RECORD_TOOK, 12, "payment", NULL, 2);
	struct record *fact = story_add(RECORD_FACT, 0, "analytics", "order_fact knows");
	fact->at_us = 0;
	fact->detail = "created";
	timeline_note(timeline, "something is to come");
	write(120, false);
	/* clang-format off */
	expect_text(out.data,
		"order 01020304-0506-7008-8000-000000000000: Completed (completed)\n"
		"12.30 by card_ok, customer me; placed 2026-01-31T10:00:00.000000Z\n"
		"traceparent 00-11-22-01\n"
		"\n"
		"TIME (UTC)       SINCE     +DELTA WHERE         WHAT                          DETAIL\n"
		"10:00:00.000    0.0 ms            order         CreateOrder                   new → awaiting_payment, xid 9\n"
		"10:00:00.000    0.0 ms            order         says OrderPaymentRequested    payment.requests 2@17, #2, xid 9\n"
		"10:00:00.012   12.0 ms   +12.0 ms payment       takes OrderPaymentRequested\n"
		"\n"
		"WITHOUT A TIME OF ITS OWN\n"
		"analytics     order_fact knows              created\n"
		"\n"
		"TO NOTE\n"
		"- something is to come\n");
	/* clang-format on */
	close();
}

TEST(the_hops_show_their_share)
{
	open();
	story_completed();
	write(120, false);
	/* clang-format off */
	expect(strstr(out.data,
		"WHERE THE TIME WENT\n"
		"awaiting_payment OrderPaymentRequested: order → payment          10.0 ms  13 %\n"
		"awaiting_payment payment at work                                  5.0 ms   6 %\n"
		"awaiting_payment PaymentSucceeded: payment → order               25.0 ms  31 %\n"
		"awaiting_stock   OrderInventoryRequested: order → inventory      10.0 ms  13 %\n"
		"awaiting_stock   inventory at work                               10.0 ms  13 %\n"
		"awaiting_stock   InventoryReserved: inventory → order            20.0 ms  25 %\n"
		"in all           from its first step to its last                 80.0 ms 100 %\n"
		"after its end    OrderCompleted: order → analytics               16.0 ms\n"
		"after its end    OrderCompleted: order → notification            26.0 ms\n"
		"after its end    notification to: mail Sent                      14.0 ms\n") != NULL);
	/* clang-format on */
	close();
}

TEST(no_line_is_wider_than_the_page)
{
	static const int widths[] = {100, 120, 200};

	for (size_t i = 0; i < 3; i++) {
		open();
		story_completed();
		struct record *row = story_add(RECORD_ROW, 1, "a-place-of-a-long-name",
			"was given a name that is much too long for its column: ääääääääääääää");
		row->detail = "and words → → → that go on and on, and on, and on, and on, and on, "
			      "and on, and on, and on, and on, and on, and on, and on, and on\nx";
		timeline->subject.reason = row->detail;
		timeline_source(timeline, "kafka", row->detail);
		timeline_note(timeline, "%s%s", row->detail, row->detail);
		write(widths[i], i == 1);
		expect_int(widest(out.data), widths[i]);
		expect(strstr(out.data, "…") != NULL);
		expect(strstr(out.data, "\nx") == NULL);
		close();
	}
}

TEST(without_a_width_nothing_is_cut)
{
	open();
	story_add(RECORD_ROW, 1, "order", "x")->detail =
		"words that go on and on, and on, and on, and on, and on, and on, and to the end.";
	write(0, false);
	expect(strstr(out.data, "and to the end.\n") != NULL);
	close();
}

TEST(colour_is_only_there_when_asked_for)
{
	open();
	story_completed();
	write(120, false);
	expect(strchr(out.data, '\033') == NULL);
	buffer_reset(&out);
	page_write(timeline, &hops, &(struct page_options){120, true}, &out);
	expect(strstr(out.data, "\033[36morder ") != NULL);
	close();
}

TEST(bad_news_is_red)
{
	open();
	story_add(RECORD_DEAD, 1, "payment", "dead letter: refused");
	write(120, true);
	expect(strstr(out.data, "\033[31mpayment ") != NULL);
	close();
}

TEST(a_new_day_is_told)
{
	open();
	story_add(RECORD_ROW, 0, "order", "today");
	story_add(RECORD_ROW, 14 * 3600 * 1000, "order", "tomorrow");
	write(120, false);
	expect(strstr(out.data,
		       "order         today\n2026-02-01\n00:00:00.000   14h 00m   +14h 00m "
		       "order") != NULL);
	close();
}

TEST(a_source_that_is_away_is_named_in_one_line)
{
	open();
	timeline->subject.known = false;
	timeline_source(timeline, "order", "connection refused");
	story_message(0, "OrderCreated", 1, "order.events", 3);
	write(120, false);
	expect(strstr(out.data,
		       ": its own row is not known\n"
		       "order is away, what only it knows is not shown: connection "
		       "refused\n") != NULL);
	close();
}

static int64_t number(const struct json_value *object, const char *name)
{
	return json_number(json_member(object, name));
}

static void expect_member(const struct json_value *object, const char *name, const char *want)
{
	expect_text(json_string(json_member(object, name), NULL), want);
}

TEST(the_json_has_all_of_it)
{
	JSON_CLEAN struct json_document *document = NULL;

	open();
	story_completed();
	timeline_note(timeline, "something \"quoted\"");
	timeline_source(timeline, "logs", "not there");
	weave(timeline);
	hops_find(timeline, &hops);
	page_write_json(timeline, &hops, &out);
	expect_ok(json_parse(out.data, out.size, &document));
	const struct json_value *root = json_root(document);
	const struct json_value *records = json_member(root, "records");
	const struct json_value *said = json_element(records, 1);

	expect_member(root, "orderId", "01020304-0506-7008-8000-000000000000");
	expect_member(json_member(root, "order"), "totalAmount", "12.30");
	expect_int(json_count(records), timeline->count);
	expect_member(said, "kind", "said");
	expect_member(said, "what", "OrderCreated");
	expect_member(said, "topic", "order.events");
	expect_int(number(said, "partition"), 2);
	expect_int(number(said, "offset"), 1);
	expect_int(number(json_element(records, 3), "sinceUs"), 10000);
	expect_int(number(json_element(records, 4), "deltaUs"), 5000);
	expect_int(json_count(json_member(root, "hops")), hops.count);
	expect_int(number(root, "totalUs"), 80000);
	expect(json_truth(json_member(root, "ended")));
	expect_member(json_element(json_member(root, "sources"), 6), "reason", "not there");
	expect_text(json_string(json_element(json_member(root, "notes"), 0), NULL),
		"something \"quoted\"");
	close();
}

TEST(the_json_of_an_order_without_a_row_says_null)
{
	JSON_CLEAN struct json_document *document = NULL;

	open();
	timeline->subject.known = false;
	page_write_json(timeline, &hops, &out);
	expect_ok(json_parse(out.data, out.size, &document));
	expect_int(json_kind_of(json_member(json_root(document), "order")), JSON_NULL);
	expect_int(json_count(json_member(json_root(document), "records")), 0);
	close();
}

TESTS("page", TEST_CASE(the_page_of_a_short_story), TEST_CASE(the_hops_show_their_share),
	TEST_CASE(no_line_is_wider_than_the_page), TEST_CASE(without_a_width_nothing_is_cut),
	TEST_CASE(colour_is_only_there_when_asked_for), TEST_CASE(bad_news_is_red),
	TEST_CASE(a_new_day_is_told), TEST_CASE(a_source_that_is_away_is_named_in_one_line),
	TEST_CASE(the_json_has_all_of_it), TEST_CASE(the_json_of_an_order_without_a_row_says_null))
