#include "payment.h"

#include <testkit/testkit.h>

struct desk {
	struct arena *arena;
	struct outbox out;
	struct payment payment;
	struct order_payment_requested request;
	struct refund_payment refund;
};

static struct desk desk_open(const char *method)
{
	struct desk desk = {.arena = arena_create(1 << 20)};

	outbox_init(&desk.out, desk.arena, 1700000000000000);
	desk.payment.order_id = uuid_make(1000);
	desk.request = (struct order_payment_requested){.order_id = desk.payment.order_id,
		.request_id = uuid_make(1000),
		.amount = 2130,
		.payment_method = method};
	desk.refund = (struct refund_payment){.order_id = desk.payment.order_id,
		.request_id = uuid_make(1000),
		.amount = 2130,
		.reason = "out_of_stock"};
	return desk;
}

static enum outcome charge(struct desk *desk)
{
	return payment_on_requested(&desk->payment, &desk->request, &desk->out);
}

static enum outcome refund(struct desk *desk)
{
	return payment_on_refund(&desk->payment, &desk->refund, &desk->out);
}

static void expect_emitted(const struct desk *desk, size_t index, const char *type)
{
	expect(index < desk->out.count);
	expect_text(desk->out.emissions[index].type, type);
	expect_uuid(&desk->out.emissions[index].key, &desk->payment.order_id);
}

TEST(charges_once_and_says_so)
{
	struct desk desk = desk_open("card_ok");

	expect_int(charge(&desk), APPLIED);
	expect_int(desk.payment.status, PAYMENT_SUCCEEDED);
	expect_int(desk.payment.amount, 2130);
	expect_emitted(&desk, 0, "PaymentSucceeded");
	arena_destroy(desk.arena);
}

TEST(refuses_what_the_provider_refuses)
{
	const char *methods[] = {"card_declined", "insufficient_funds", "gateway_error"};

	for (size_t i = 0; i < 3; i++) {
		struct desk desk = desk_open(methods[i]);

		expect_int(charge(&desk), APPLIED);
		expect_int(desk.payment.status, PAYMENT_FAILED);
		expect_text(desk.payment.failure_reason, methods[i]);
		expect_emitted(&desk, 0, "PaymentFailed");
		arena_destroy(desk.arena);
	}
}

TEST(answers_the_same_question_with_the_same_payment)
{
	struct desk desk = desk_open("card_ok");
	struct payment_succeeded first, second;

	charge(&desk);
	expect_int(charge(&desk), APPLIED);
	expect_int(desk.out.count, 2);
	expect_ok(payment_succeeded_decode(desk.out.emissions[0].payload,
		desk.out.emissions[0].payload_size, desk.arena, &first));
	expect_ok(payment_succeeded_decode(desk.out.emissions[1].payload,
		desk.out.emissions[1].payload_size, desk.arena, &second));
	expect_uuid(&first.payment_id, &second.payment_id);
	arena_destroy(desk.arena);
}

TEST(poisons_a_second_charge_for_the_order)
{
	struct desk desk = desk_open("card_ok");

	charge(&desk);
	desk.request.request_id = uuid_make(1000);
	expect_int(charge(&desk), POISON);
	arena_destroy(desk.arena);
}

TEST(poisons_an_amount_that_is_not_above_zero)
{
	struct desk desk = desk_open("card_ok");

	desk.request.amount = 0;
	expect_int(charge(&desk), POISON);
	expect_int(desk.payment.status, PAYMENT_NONE);
	arena_destroy(desk.arena);
}

TEST(gives_back_what_was_taken_once)
{
	struct desk desk = desk_open("card_ok");
	struct uuid refund_id;

	charge(&desk);
	expect_int(refund(&desk), APPLIED);
	expect_int(desk.payment.status, PAYMENT_REFUNDED);
	expect_emitted(&desk, 1, "PaymentRefunded");
	refund_id = desk.payment.refund_id;
	expect_int(refund(&desk), APPLIED);
	expect_uuid(&desk.payment.refund_id, &refund_id);
	expect_emitted(&desk, 2, "PaymentRefunded");
	arena_destroy(desk.arena);
}

TEST(poisons_a_refund_of_another_amount)
{
	struct desk desk = desk_open("card_ok");

	charge(&desk);
	desk.refund.amount++;
	expect_int(refund(&desk), POISON);
	expect_int(desk.payment.status, PAYMENT_SUCCEEDED);
	arena_destroy(desk.arena);
}

TEST(voids_a_charge_that_comes_after_its_refund)
{
	struct desk desk = desk_open("card_ok");

	expect_int(refund(&desk), APPLIED);
	expect_int(desk.payment.status, PAYMENT_FAILED);
	expect_text(desk.payment.failure_reason, PAYMENT_VOIDED);
	expect_emitted(&desk, 0, "PaymentFailed");
	expect_int(charge(&desk), APPLIED);
	expect_int(desk.payment.status, PAYMENT_FAILED);
	expect_emitted(&desk, 1, "PaymentFailed");
	arena_destroy(desk.arena);
}

TEST(answers_a_refund_of_a_declined_charge_with_the_failure)
{
	struct desk desk = desk_open("card_declined");

	charge(&desk);
	expect_int(refund(&desk), APPLIED);
	expect_int(desk.payment.status, PAYMENT_FAILED);
	expect_emitted(&desk, 1, "PaymentFailed");
	arena_destroy(desk.arena);
}

TEST(says_refunded_when_the_charge_is_asked_for_again)
{
	struct desk desk = desk_open("card_ok");

	charge(&desk);
	refund(&desk);
	expect_int(charge(&desk), APPLIED);
	expect_int(desk.payment.status, PAYMENT_REFUNDED);
	expect_emitted(&desk, 2, "PaymentRefunded");
	arena_destroy(desk.arena);
}

TEST(poisons_what_is_no_business_of_a_payment)
{
	struct desk desk = desk_open("card_ok");

	expect_int(payment_on_event(&desk.payment, EVENT_ORDER_CREATED, NULL, &desk.out), POISON);
	arena_destroy(desk.arena);
}

TESTS("payment", TEST_CASE(charges_once_and_says_so), TEST_CASE(refuses_what_the_provider_refuses),
	TEST_CASE(answers_the_same_question_with_the_same_payment),
	TEST_CASE(poisons_a_second_charge_for_the_order),
	TEST_CASE(poisons_an_amount_that_is_not_above_zero),
	TEST_CASE(gives_back_what_was_taken_once), TEST_CASE(poisons_a_refund_of_another_amount),
	TEST_CASE(voids_a_charge_that_comes_after_its_refund),
	TEST_CASE(answers_a_refund_of_a_declined_charge_with_the_failure),
	TEST_CASE(says_refunded_when_the_charge_is_asked_for_again),
	TEST_CASE(poisons_what_is_no_business_of_a_payment))
