#include "test_desk.h"

#include <string.h>

static void letter(struct desk *desk, enum service service, int64_t offset, const char *class)
{
	feed_dead_letter(&desk->facts, &desk->report,
		&(struct dead_letter){.service = service,
			.has_origin = offset >= 0,
			.origin = {.topic = TOPIC_ORDER_EVENTS, .offset = offset},
			.class = class,
			.class_size = strlen(class)});
}

static int check(struct desk *desk, const char *expected)
{
	return check_dead_letters(&desk->facts, &desk->report, expected);
}

TEST(poison_that_nobody_published_passes)
{
	struct desk *desk = desk_make();

	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	letter(desk, SERVICE_NOTIFICATION, 3, "malformed");
	letter(desk, SERVICE_ANALYTICS, 4, "refused");
	desk_message(desk, 11, 1, TOPIC_ORDER_EVENTS, 3, 0);
	desk_message(desk, 12, 1, TOPIC_ORDER_EVENTS, 5, 0);
	desk_record(desk, 12, TOPIC_ORDER_EVENTS);
	expect_ok(check(desk, ""));
	expect_verdict(desk, S9, PASS);
	expect_text(desk->report.results[S9].notes[0], "by class: malformed 2, refused 1");
}

TEST(no_dead_letters_pass_where_messages_were_read)
{
	struct desk *desk = desk_make();

	expect_ok(check(desk, ""));
	expect_verdict(desk, S9, INCONCLUSIVE);
	desk_message(desk, 12, 1, TOPIC_ORDER_EVENTS, 5, 0);
	expect_ok(check(desk, ""));
	expect_verdict(desk, S9, PASS);
}

TEST(a_good_message_among_them_fails)
{
	struct desk *desk = desk_make();

	letter(desk, SERVICE_ANALYTICS, 3, "refused");
	desk_message(desk, 11, 1, TOPIC_ORDER_EVENTS, 3, 0);
	desk_record(desk, 11, TOPIC_ORDER_EVENTS);
	expect_ok(check(desk, ""));
	expect_verdict(desk, S9, FAIL);
	expect_words(desk, S9,
		"event 01000000-0000-0000-0000-00000000000b came from its owner's outbox and is a "
		"dead letter");
	expect_int(desk->report.results[S9].examples[0].where.offset, 3);
}

TEST(the_same_place_twice_for_one_service_fails)
{
	struct desk *desk = desk_make();

	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	expect_ok(check(desk, ""));
	expect_verdict(desk, S9, FAIL);
	expect_words(desk, S9, "is a dead letter of the same service twice");
	desk = desk_make();
	desk->facts.replayed = 1U << SERVICE_ANALYTICS;
	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	expect_ok(check(desk, ""));
	expect_verdict(desk, S9, PASS);
}

TEST(one_that_does_not_say_whence_fails)
{
	struct desk *desk = desk_make();

	letter(desk, SERVICE_PAYMENT, -1, "malformed");
	expect_verdict(desk, S9, FAIL);
	expect_words(desk, S9, "dlq.payment[0]@0 does not say where it came from");
}

TEST(what_was_put_in_is_compared_class_by_class)
{
	struct desk *desk = desk_make();

	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	letter(desk, SERVICE_NOTIFICATION, 3, "malformed");
	letter(desk, SERVICE_ANALYTICS, 4, "refused");
	expect_ok(check(desk, "malformed=2,refused=1"));
	expect_verdict(desk, S9, PASS);
	expect_ok(check(desk, "malformed=2,refused=1,tombstone=1"));
	expect_verdict(desk, S9, FAIL);
	expect_words(desk, S9, "0 dead letters of class tombstone, put in 1");
}

TEST(classes_that_were_not_put_in_fail)
{
	struct desk *desk = desk_make();

	letter(desk, SERVICE_ANALYTICS, 3, "malformed");
	letter(desk, SERVICE_ANALYTICS, 4, "refused");
	expect_ok(check(desk, "malformed=1"));
	expect_verdict(desk, S9, FAIL);
	expect_words(desk, S9, "1 dead letters are of classes that were not put in");
}

TEST(what_is_no_list_of_classes_is_refused)
{
	struct desk *desk = desk_make();

	expect_fault(check(desk, "malformed"), FAULT_USAGE);
	expect_fault(check(desk, "malformed=x"), FAULT_USAGE);
	expect_fault(check(desk, "malformed=-1"), FAULT_USAGE);
	expect_fault(check(desk, "malformed=1;b=2"), FAULT_USAGE);
}

TESTS("verify dead letters", TEST_CASE(poison_that_nobody_published_passes),
	TEST_CASE(no_dead_letters_pass_where_messages_were_read),
	TEST_CASE(a_good_message_among_them_fails),
	TEST_CASE(the_same_place_twice_for_one_service_fails),
	TEST_CASE(one_that_does_not_say_whence_fails),
	TEST_CASE(what_was_put_in_is_compared_class_by_class),
	TEST_CASE(classes_that_were_not_put_in_fail),
	TEST_CASE(what_is_no_list_of_classes_is_refused))
