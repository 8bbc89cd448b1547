#include "payment.h"

#include <testkit/testkit.h>

struct desk {
	struct arena *arena;
	struct outbox out;
	struct payment payment;
	struct order_payment_requested request;
	struct refund_payment refund;
	const char *reason; /* why the provider declines */
};

static struct desk desk_open(const char *method)
{
	struct desk desk = {.arena = arena_create(1 << 20), .reason = "card_declined"};

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

static enum outcome hear(
	struct desk *desk, enum provider_question question, enum provider_answer answer)
{
	const struct provider_call call = {
		.question = question, .answer = answer, .reason = desk->reason};

	return payment_on_answer(&desk->payment, &call, &desk->out);
}

static void expect_emitted(const struct desk *desk, size_t index, const char *type)
{
	expect(index < desk->out.count);
	expect_text(desk->out.emissions[index].type, type);
	expect_uuid(&desk->out.emissions[index].key, &desk->payment.order_id);
}

static void expect_asks(
	const struct desk *desk, enum provider_question now, enum provider_question later)
{
	expect_int(desk->payment.ask, now);
	expect_int(desk->payment.ask_later, later);
	expect(desk->payment.due_at_us > desk->out.now_us);
}

/* ---- the full grid: every status, every message, every answer ---- */

#define MESSAGES 4 /* requested, another request, refund, refund of another amount */
#define QUESTIONS (PROVIDER_CANCEL + 1)
#define ANSWERS (PROVIDER_NO_ANSWER + 1)

/* A payment that got into @status the way payments do. */
static struct desk desk_in(enum payment_status status)
{
	struct desk desk = desk_open("card_ok");

	if (status == PAYMENT_NONE)
		return desk;
	charge(&desk);
	if (status == PAYMENT_FAILED)
		hear(&desk, PROVIDER_CHARGE, PROVIDER_DECLINED);
	if (status == PAYMENT_VOIDING)
		refund(&desk);
	if (status == PAYMENT_SUCCEEDED || status >= PAYMENT_REFUNDING)
		hear(&desk, PROVIDER_CHARGE, PROVIDER_CHARGED);
	if (status >= PAYMENT_REFUNDING)
		refund(&desk);
	if (status == PAYMENT_REFUNDED)
		hear(&desk, PROVIDER_REFUND, PROVIDER_REFUNDED);
	expect_int(desk.payment.status, status);
	outbox_rewind(&desk.out, 0);
	return desk;
}

struct cell {
	enum outcome outcome;
	enum payment_status status;
	const char *emits;
};

/* clang-format off */
#define A(status, emits) {APPLIED, PAYMENT_##status, emits}
#define I(status)        {IGNORED, PAYMENT_##status, NULL}
#define P(status)        {POISON,  PAYMENT_##status, NULL}
static const struct cell on_messages[PAYMENT_STATUS_COUNT][MESSAGES] = {
	/*                    requested                       another request  refund                          of another amount */
	[PAYMENT_NONE]      = {A(CHARGING, NULL),                A(CHARGING, NULL), A(FAILED, "PaymentFailed"),     A(FAILED, "PaymentFailed")},
	[PAYMENT_CHARGING]  = {I(CHARGING),                      P(CHARGING),       A(VOIDING, NULL),               P(CHARGING)},
	[PAYMENT_VOIDING]   = {I(VOIDING),                       P(VOIDING),        I(VOIDING),                     I(VOIDING)},
	[PAYMENT_SUCCEEDED] = {A(SUCCEEDED, "PaymentSucceeded"), P(SUCCEEDED),      A(REFUNDING, NULL),             P(SUCCEEDED)},
	[PAYMENT_FAILED]    = {A(FAILED, "PaymentFailed"),       P(FAILED),         A(FAILED, "PaymentFailed"),     A(FAILED, "PaymentFailed")},
	[PAYMENT_REFUNDING] = {I(REFUNDING),                     P(REFUNDING),      I(REFUNDING),                   I(REFUNDING)},
	[PAYMENT_REFUNDED]  = {A(REFUNDED, "PaymentRefunded"),   P(REFUNDED),       A(REFUNDED, "PaymentRefunded"), A(REFUNDED, "PaymentRefunded")},
};

/* What is asked next: now, later, or nothing because the payment is settled. */
#define N(question) {PROVIDER_##question, true}
#define L(question) {PROVIDER_##question, false}
#define DONE        {PROVIDER_NOTHING, false}
static const struct next {
	enum provider_question question;
	bool now;
} after_charging[QUESTIONS][ANSWERS] = {
	/*                    charged   refunded  declined  unavailable  not found   no answer */
	[PROVIDER_CHARGE] = {{0}, DONE, L(QUERY),  DONE,     L(CHARGE),   N(CHARGE),  L(QUERY)},
	[PROVIDER_QUERY]  = {{0}, DONE, L(QUERY),  DONE,     L(QUERY),    N(CHARGE),  L(QUERY)},
	[PROVIDER_CANCEL] = {{0}, DONE, L(CANCEL), DONE,     L(CANCEL),   N(CHARGE),  L(CANCEL)},
}, after_voiding[QUESTIONS][ANSWERS] = {
	[PROVIDER_CHARGE] = {{0}, N(REFUND), L(QUERY),  DONE, N(CANCEL), N(CANCEL), L(QUERY)},
	[PROVIDER_QUERY]  = {{0}, N(REFUND), L(QUERY),  DONE, L(QUERY),  N(CANCEL), L(QUERY)},
	[PROVIDER_CANCEL] = {{0}, N(REFUND), L(CANCEL), DONE, L(CANCEL), N(CANCEL), L(CANCEL)},
}, after_refunding[QUESTIONS][ANSWERS] = {
	[PROVIDER_REFUND] = {{0}, L(REFUND), DONE, L(REFUND), L(REFUND), L(REFUND), L(REFUND)},
};
/* clang-format on */

static enum outcome send(struct desk *desk, int message)
{
	if (message == 1)
		desk->request.request_id = uuid_make(5000);
	if (message == 3)
		desk->refund.amount++;
	return message < 2 ? charge(desk) : refund(desk);
}

TEST(decides_every_pair_of_status_and_message)
{
	for (int status = 0; status < PAYMENT_STATUS_COUNT; status++) {
		for (int message = 0; message < MESSAGES; message++) {
			struct desk desk = desk_in((enum payment_status)status);
			const struct cell *want = &on_messages[status][message];

			expect_int(send(&desk, message), want->outcome);
			expect_int(desk.payment.status, want->status);
			expect_int(desk.out.count, want->emits != NULL);
			if (want->emits)
				expect_emitted(&desk, 0, want->emits);
			arena_destroy(desk.arena);
		}
	}
}

static void expect_next(const struct desk *desk, const struct next *want)
{
	if (want->question && want->now)
		expect_int(desk->payment.ask, want->question);
	else if (want->question)
		expect_asks(desk, PROVIDER_NOTHING, want->question);
	else
		expect_int(desk->payment.due_at_us, 0);
	/* It is answered exactly when nothing is open any more. */
	expect_int(desk->out.count, want->question == PROVIDER_NOTHING);
}

static void expect_answers(enum payment_status status, enum provider_question question,
	const struct next row[static ANSWERS])
{
	for (int answer = PROVIDER_CHARGED; answer < ANSWERS; answer++) {
		struct desk desk = desk_in(status);

		expect_int(hear(&desk, question, (enum provider_answer)answer), APPLIED);
		expect_next(&desk, &row[answer]);
		arena_destroy(desk.arena);
	}
}

TEST(decides_every_pair_of_status_and_answer)
{
	const enum provider_question charging[] = {
		PROVIDER_CHARGE, PROVIDER_QUERY, PROVIDER_CANCEL};
	const enum payment_status settled[] = {
		PAYMENT_NONE, PAYMENT_SUCCEEDED, PAYMENT_FAILED, PAYMENT_REFUNDED};

	for (size_t i = 0; i < 3; i++) {
		expect_answers(PAYMENT_CHARGING, charging[i], after_charging[charging[i]]);
		expect_answers(PAYMENT_VOIDING, charging[i], after_voiding[charging[i]]);
	}
	expect_answers(PAYMENT_REFUNDING, PROVIDER_REFUND, after_refunding[PROVIDER_REFUND]);
	for (size_t i = 0; i < 4; i++) {
		for (int answer = PROVIDER_CHARGED; answer < ANSWERS; answer++) {
			struct desk desk = desk_in(settled[i]);

			expect_int(hear(&desk, PROVIDER_CHARGE, (enum provider_answer)answer),
				IGNORED);
			expect_int(desk.payment.status, settled[i]);
			arena_destroy(desk.arena);
		}
	}
}

/* ---- stories ---- */

TEST(asks_before_it_answers)
{
	struct desk desk = desk_open("card_ok");

	expect_int(charge(&desk), APPLIED);
	expect_int(desk.payment.amount, 2130);
	expect(!uuid_is_nil(&desk.payment.id));
	expect_int(desk.out.count, 0);
	/* Whoever finds it overdue asks what became of it, and does not charge again. */
	expect_asks(&desk, PROVIDER_CHARGE, PROVIDER_QUERY);
	expect_int(hear(&desk, PROVIDER_CHARGE, PROVIDER_CHARGED), APPLIED);
	expect_int(desk.payment.status, PAYMENT_SUCCEEDED);
	expect_emitted(&desk, 0, "PaymentSucceeded");
	arena_destroy(desk.arena);
}

TEST(refuses_what_the_provider_refuses)
{
	struct desk desk = desk_open("card_declined");

	charge(&desk);
	expect_int(hear(&desk, PROVIDER_CHARGE, PROVIDER_DECLINED), APPLIED);
	expect_int(desk.payment.status, PAYMENT_FAILED);
	expect_text(desk.payment.failure_reason, "card_declined");
	expect_emitted(&desk, 0, "PaymentFailed");
	arena_destroy(desk.arena);
}

TEST(gives_a_provider_up_that_stays_away_but_cancels_first)
{
	struct desk desk = desk_open("gateway_error");
	int64_t pause_us = 0;

	charge(&desk);
	for (int i = 1; i < PAYMENT_CHARGES_MAX; i++) {
		expect_int(hear(&desk, PROVIDER_CHARGE, PROVIDER_UNAVAILABLE), APPLIED);
		expect_asks(&desk, PROVIDER_NOTHING, PROVIDER_CHARGE);
		expect(desk.payment.due_at_us - desk.out.now_us > pause_us);
		pause_us = desk.payment.due_at_us - desk.out.now_us;
	}
	expect_int(hear(&desk, PROVIDER_CHARGE, PROVIDER_UNAVAILABLE), APPLIED);
	expect_asks(&desk, PROVIDER_CANCEL, PROVIDER_CANCEL);
	expect_int(desk.out.count, 0);
	desk.reason = PROVIDER_CANCELLED;
	expect_int(hear(&desk, PROVIDER_CANCEL, PROVIDER_DECLINED), APPLIED);
	expect_text(desk.payment.failure_reason, PAYMENT_GATEWAY_ERROR);
	expect_emitted(&desk, 0, "PaymentFailed");
	arena_destroy(desk.arena);
}

TEST(has_a_charge_that_was_taken_after_all)
{
	struct desk desk = desk_in(PAYMENT_CHARGING);

	expect_int(hear(&desk, PROVIDER_CANCEL, PROVIDER_CHARGED), APPLIED);
	expect_int(desk.payment.status, PAYMENT_SUCCEEDED);
	arena_destroy(desk.arena);
}

TEST(never_fails_a_charge_whose_outcome_nobody_knows)
{
	struct desk desk = desk_in(PAYMENT_CHARGING);

	for (int i = 0; i < 1000; i++) {
		expect_int(
			hear(&desk, i == 0 ? PROVIDER_CHARGE : PROVIDER_QUERY, PROVIDER_NO_ANSWER),
			APPLIED);
		expect_asks(&desk, PROVIDER_NOTHING, PROVIDER_QUERY);
		expect(desk.payment.due_at_us - desk.out.now_us <= PAYMENT_PAUSE_MAX_US);
	}
	expect_int(hear(&desk, PROVIDER_QUERY, PROVIDER_CHARGED), APPLIED);
	expect_int(desk.payment.status, PAYMENT_SUCCEEDED);
	arena_destroy(desk.arena);
}

TEST(refunds_a_charge_that_was_under_way_and_answers_once)
{
	struct desk desk = desk_in(PAYMENT_CHARGING);
	struct uuid refund_id;

	expect_int(refund(&desk), APPLIED);
	expect_int(refund(&desk), IGNORED);
	expect_int(hear(&desk, PROVIDER_CHARGE, PROVIDER_CHARGED), APPLIED);
	expect_asks(&desk, PROVIDER_REFUND, PROVIDER_REFUND);
	refund_id = desk.payment.refund_id;
	expect(!uuid_is_nil(&refund_id));
	expect_int(hear(&desk, PROVIDER_REFUND, PROVIDER_NO_ANSWER), APPLIED);
	expect_int(hear(&desk, PROVIDER_REFUND, PROVIDER_REFUNDED), APPLIED);
	expect_uuid(&desk.payment.refund_id, &refund_id);
	expect_int(desk.out.count, 1);
	expect_emitted(&desk, 0, "PaymentRefunded");
	arena_destroy(desk.arena);
}

TEST(cancels_a_charge_that_waits_to_be_asked_for_again)
{
	struct desk desk = desk_in(PAYMENT_CHARGING);

	hear(&desk, PROVIDER_CHARGE, PROVIDER_UNAVAILABLE);
	expect_int(refund(&desk), APPLIED);
	expect_asks(&desk, PROVIDER_CANCEL, PROVIDER_CANCEL);
	desk.reason = PROVIDER_CANCELLED;
	expect_int(hear(&desk, PROVIDER_CANCEL, PROVIDER_DECLINED), APPLIED);
	expect_text(desk.payment.failure_reason, PAYMENT_VOIDED);
	arena_destroy(desk.arena);
}

TEST(answers_the_same_question_with_the_same_payment)
{
	struct desk desk = desk_in(PAYMENT_SUCCEEDED);
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

TEST(poisons_an_amount_that_is_not_above_zero)
{
	struct desk desk = desk_open("card_ok");

	desk.request.amount = 0;
	expect_int(charge(&desk), POISON);
	expect_int(desk.payment.status, PAYMENT_NONE);
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
	expect_int(desk.payment.ask, PROVIDER_NOTHING);
	expect_emitted(&desk, 1, "PaymentFailed");
	arena_destroy(desk.arena);
}

TEST(poisons_what_is_no_business_of_a_payment)
{
	struct desk desk = desk_open("card_ok");

	expect_int(payment_on_event(&desk.payment, EVENT_ORDER_CREATED, NULL, &desk.out), POISON);
	arena_destroy(desk.arena);
}

TESTS("payment", TEST_CASE(decides_every_pair_of_status_and_message),
	TEST_CASE(decides_every_pair_of_status_and_answer), TEST_CASE(asks_before_it_answers),
	TEST_CASE(refuses_what_the_provider_refuses),
	TEST_CASE(gives_a_provider_up_that_stays_away_but_cancels_first),
	TEST_CASE(has_a_charge_that_was_taken_after_all),
	TEST_CASE(never_fails_a_charge_whose_outcome_nobody_knows),
	TEST_CASE(refunds_a_charge_that_was_under_way_and_answers_once),
	TEST_CASE(cancels_a_charge_that_waits_to_be_asked_for_again),
	TEST_CASE(answers_the_same_question_with_the_same_payment),
	TEST_CASE(poisons_an_amount_that_is_not_above_zero),
	TEST_CASE(voids_a_charge_that_comes_after_its_refund),
	TEST_CASE(poisons_what_is_no_business_of_a_payment))
