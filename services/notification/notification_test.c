#include "notification.h"

#include <string.h>
#include <testkit/testkit.h>

static const struct notification_templates templates = {
	.of = {
		[EVENT_ORDER_COMPLETED] = {"{orderId} complete", "complete"},
		[EVENT_ORDER_CANCELLED] = {"{orderId} cancelled", "cancelled: {reason}"},
		[EVENT_PAYMENT_FAILED] = {"payment of {amount}", "{orderId}: {amount} {reason}"},
	}};

struct desk {
	struct outbox out;
	struct customer_order order;
	struct notification told;
	char order_id[UUID_TEXT_SIZE];
};

static struct desk desk_open(void)
{
	struct desk desk = {.order.order_id = uuid_make(1000)};

	outbox_init(&desk.out, arena_create(1 << 20), 1700000000000000);
	uuid_format(&desk.order.order_id, desk.order_id);
	return desk;
}

static enum outcome on(struct desk *desk, enum event_type type, const void *event)
{
	return notification_on_event(
		&desk->order, &templates, type, event, &desk->out, &desk->told);
}

static enum outcome created(struct desk *desk, const char *customer_id)
{
	return on(desk, EVENT_ORDER_CREATED, &(struct order_created){.customer_id = customer_id});
}

static enum outcome completed(struct desk *desk, const char *customer_id)
{
	return on(
		desk, EVENT_ORDER_COMPLETED, &(struct order_completed){.customer_id = customer_id});
}

static enum outcome cancelled(struct desk *desk, const char *reason)
{
	return on(desk, EVENT_ORDER_CANCELLED,
		&(struct order_cancelled){.customer_id = "me", .cancellation_reason = reason});
}

static enum outcome failed(struct desk *desk, const char *reason)
{
	return on(desk, EVENT_PAYMENT_FAILED,
		&(struct payment_failed){.amount = 2130, .failure_reason = reason});
}

static void close_desk(struct desk *desk)
{
	expect_int(desk->out.count, 0);
	arena_destroy(desk->out.arena);
}

TEST(learns_the_customer_and_tells_nothing_of_a_new_order)
{
	struct desk desk = desk_open();

	expect_int(created(&desk, "me"), APPLIED);
	expect_text(desk.order.customer_id, "me");
	expect_int(desk.order.told, 0);
	close_desk(&desk);
}

TEST(tells_of_a_completed_order)
{
	struct desk desk = desk_open();

	expect_int(completed(&desk, "me"), APPLIED);
	expect_int(desk.order.told, 1u << EVENT_ORDER_COMPLETED);
	expect_int(desk.told.type, EVENT_ORDER_COMPLETED);
	expect(strncmp(desk.told.subject, desk.order_id, 36) == 0);
	expect_text(desk.told.subject + 36, " complete");
	expect_text(desk.order.customer_id, "me");
	close_desk(&desk);
}

TEST(tells_of_a_cancelled_order_and_why)
{
	struct desk desk = desk_open();

	expect_int(cancelled(&desk, "out_of_stock"), APPLIED);
	expect_text(desk.told.body, "cancelled: out_of_stock");
	close_desk(&desk);
}

TEST(tells_of_a_failed_payment_how_much_and_why)
{
	struct desk desk = desk_open();

	expect_int(failed(&desk, "card_declined"), APPLIED);
	expect_text(desk.told.subject, "payment of 21.30");
	expect_text(desk.told.body + 36, ": 21.30 card_declined");
	close_desk(&desk);
}

TEST(a_failed_payment_may_come_before_its_order)
{
	struct desk desk = desk_open();

	expect_int(failed(&desk, "card_declined"), APPLIED);
	expect(!desk.order.customer_id);
	expect_int(created(&desk, "me"), APPLIED);
	expect_text(desk.order.customer_id, "me");
	expect_int(desk.order.told, 1u << EVENT_PAYMENT_FAILED);
	close_desk(&desk);
}

TEST(tells_each_kind_of_event_once)
{
	struct desk desk = desk_open();

	expect_int(failed(&desk, "card_declined"), APPLIED);
	expect_int(failed(&desk, "card_declined"), IGNORED);
	expect_int(cancelled(&desk, "card_declined"), APPLIED);
	expect_int(cancelled(&desk, "another reason"), IGNORED);
	expect_text(desk.told.body, "cancelled: card_declined");
	close_desk(&desk);
}

TEST(says_nothing_of_a_charge_that_was_never_made)
{
	struct desk desk = desk_open();

	expect_int(failed(&desk, "voided"), IGNORED);
	expect_int(desk.order.told, 0);
	close_desk(&desk);
}

TEST(an_event_that_names_nobody_takes_no_name_away)
{
	struct desk desk = desk_open();

	expect_int(created(&desk, "me"), APPLIED);
	expect_int(completed(&desk, ""), APPLIED);
	expect_text(desk.order.customer_id, "me");
	close_desk(&desk);
}

TEST(takes_note_of_money_that_moved_and_says_nothing)
{
	struct desk desk = desk_open();

	expect_int(on(&desk, EVENT_PAYMENT_SUCCEEDED, &(struct payment_succeeded){0}), APPLIED);
	expect_int(on(&desk, EVENT_PAYMENT_REFUNDED, &(struct payment_refunded){0}), APPLIED);
	expect_int(desk.order.told, 0);
	close_desk(&desk);
}

TEST(every_other_event_is_poison)
{
	for (enum event_type type = 0; type < EVENT_TYPE_COUNT; type++) {
		struct desk desk = desk_open();
		const char *topic = event_info(type)->topic;

		if (strcmp(topic, "order.events") != 0 && strcmp(topic, "payment.events") != 0)
			expect_int(on(&desk, type, NULL), POISON);
		close_desk(&desk);
	}
}

TEST(a_template_may_name_what_its_event_has)
{
	for (enum event_type type = 0; type < EVENT_TYPE_COUNT; type++) {
		if (notification_fields(type) != 0)
			expect_ok(template_check(&templates.of[type], notification_fields(type)));
		else
			expect(!templates.of[type].subject);
	}
}

TESTS("notification", TEST_CASE(learns_the_customer_and_tells_nothing_of_a_new_order),
	TEST_CASE(tells_of_a_completed_order), TEST_CASE(tells_of_a_cancelled_order_and_why),
	TEST_CASE(tells_of_a_failed_payment_how_much_and_why),
	TEST_CASE(a_failed_payment_may_come_before_its_order),
	TEST_CASE(tells_each_kind_of_event_once),
	TEST_CASE(says_nothing_of_a_charge_that_was_never_made),
	TEST_CASE(an_event_that_names_nobody_takes_no_name_away),
	TEST_CASE(takes_note_of_money_that_moved_and_says_nothing),
	TEST_CASE(every_other_event_is_poison), TEST_CASE(a_template_may_name_what_its_event_has))
