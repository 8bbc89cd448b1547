#include "test_desk.h"

#include <testkit/testkit.h>

/* ---- the full grid ---- */

#define INPUTS 9
#define IGNORE 0
#define REFUSE (-1) /* POISON: a dead letter, or a command that is refused */

/* The last two are one: a deadline, before the last ask and after it. */
static const enum order_trigger inputs[INPUTS] = {
	ORDER_ON_PAYMENT_SUCCEEDED,
	ORDER_ON_PAYMENT_FAILED,
	ORDER_ON_PAYMENT_REFUNDED,
	ORDER_ON_INVENTORY_RESERVED,
	ORDER_ON_INVENTORY_FAILED,
	ORDER_ON_INVENTORY_RELEASED,
	ORDER_ON_CANCEL,
	ORDER_ON_DEADLINE,
	ORDER_ON_GIVING_UP,
};

#define PAYMENT ORDER_AWAITING_PAYMENT
#define STOCK ORDER_AWAITING_STOCK
#define RELEASING ORDER_RELEASING_STOCK
#define REFUNDING ORDER_REFUNDING
#define COMPLETED ORDER_COMPLETED
#define CANCELLED ORDER_CANCELLED

/* clang-format off */
static const struct {
	enum order_step from;
	bool paid; /* whether a charge is known */
	int to[INPUTS]; /* where it goes; or IGNORE, REFUSE */
} grid[] = {
	/*                  paid       declined   refunded   reserved   missing    released   cancel     deadline   last */
	{PAYMENT,   false, {STOCK,     CANCELLED, REFUSE,    REFUSE,    REFUSE,    REFUSE,    REFUNDING, PAYMENT,   REFUNDING}},
	{STOCK,     true,  {REFUSE,    REFUSE,    REFUSE,    COMPLETED, REFUNDING, REFUSE,    RELEASING, STOCK,     RELEASING}},
	{RELEASING, true,  {REFUSE,    REFUSE,    REFUSE,    IGNORE,    IGNORE,    REFUNDING, IGNORE,    RELEASING, RELEASING}},
	{REFUNDING, true,  {IGNORE,    REFUSE,    CANCELLED, IGNORE,    IGNORE,    IGNORE,    IGNORE,    REFUNDING, REFUNDING}},
	{REFUNDING, false, {IGNORE,    CANCELLED, CANCELLED, IGNORE,    IGNORE,    IGNORE,    IGNORE,    REFUNDING, REFUNDING}},
	{COMPLETED, true,  {IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    REFUSE,    IGNORE,    IGNORE}},
	{CANCELLED, true,  {IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE}},
	{CANCELLED, false, {IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE,    IGNORE}},
};
/* clang-format on */

#define ROWS (sizeof(grid) / sizeof(grid[0]))

/* Exactly what was kept before, when it is not applied. */
static void check_untouched(const struct order *order, const struct order *before, const char *name)
{
	if (order->step != before->step || order->version != before->version ||
		order->sequence != before->sequence || order->deadline_us != before->deadline_us)
		fail_test("%s while %s: changed something", name, order_step_name(before->step));
}

static void check_applied(const struct order *order, const struct order *before, const char *name)
{
	bool open = !order_is_terminal(order);

	if (order->version != before->version + 1 || order->sequence == before->sequence)
		fail_test("%s while %s: not counted", name, order_step_name(before->step));
	if ((order->deadline_us > 0) != open || (order->asks > 0) != open)
		fail_test("%s while %s: the deadline is %lld after %d asks", name,
			order_step_name(before->step), (long long)order->deadline_us, order->asks);
}

static void check_cell(size_t row, size_t column)
{
	struct order order = order_at(grid[row].from), before;
	struct desk desk = desk_open(&order);
	int to = grid[row].to[column];
	const char *name = order_trigger_name(inputs[column]);
	enum order_trigger trigger = inputs[column];
	enum outcome outcome;

	if (!grid[row].paid)
		order.payment_id = (struct uuid){0};
	if (trigger == ORDER_ON_GIVING_UP) {
		order.asks = desk_policy.asks_max;
		trigger = ORDER_ON_DEADLINE;
	}
	before = order;
	outcome = send(&order, trigger, &desk.out);
	if (to > 0 && (outcome != APPLIED || order.step != (enum order_step)to))
		fail_test("%s while %s: %s, step %s", name, order_step_name(before.step),
			outcome_name(outcome), order_step_name(order.step));
	if (to <= 0 && outcome != (to == REFUSE ? POISON : IGNORED))
		fail_test("%s while %s: %s", name, order_step_name(before.step),
			outcome_name(outcome));
	if (to > 0) {
		check_applied(&order, &before, name);
	} else {
		expect(desk.out.reason != NULL);
		check_untouched(&order, &before, name);
	}
	desk_close(&desk);
}

TEST(answers_every_input_in_every_step)
{
	for (size_t row = 0; row < ROWS; row++) {
		for (size_t column = 0; column < INPUTS; column++)
			check_cell(row, column);
	}
}

/* The grid and the saga's table say the same: no line that nothing takes, no step it has not. */
TEST(takes_every_line_of_the_table_and_no_other)
{
	for (int step = ORDER_AWAITING_PAYMENT; step < ORDER_STEPS; step++) {
		const struct order order = {.step = (enum order_step)step};

		for (size_t column = 0; column < INPUTS; column++) {
			int to = 0;

			for (size_t row = 0; row < ROWS; row++) {
				if ((int)grid[row].from == step && grid[row].to[column] > 0)
					to = grid[row].to[column];
			}
			/* Compensating steps never give up: their last deadline is no other. */
			if (inputs[column] == ORDER_ON_GIVING_UP && to == step)
				to = 0;
			expect_int(order_expects(&order, inputs[column]), to > 0);
			if (to > 0)
				expect_int(order_step_after(&order, inputs[column]), to);
		}
	}
}

/* ---- what is emitted ---- */

TEST(tells_observers_and_asks_for_the_charge_when_created)
{
	struct order order = order_at(ORDER_NEW);
	struct desk desk = desk_open(&order);
	struct order_payment_requested request;
	const struct emission *emission;

	expect_int(send(&order, ORDER_ON_CREATE, &desk.out), APPLIED);
	expect_int(desk.out.count, 2);
	expect_int(order.step, ORDER_AWAITING_PAYMENT);
	expect_int(order.status, ORDER_STATUS_PENDING);
	expect(order.deadline_us > desk.out.now_us);
	expect_int(emitted(&desk, 0, "OrderCreated")->sequence, 1);
	emission = emitted(&desk, 1, "OrderPaymentRequested");
	expect_int(emission->sequence, 2);
	expect_text(emission->topic, "payment.requests");
	expect_uuid(&emission->key, &order.id);
	expect_ok(order_payment_requested_decode(
		emission->payload, emission->payload_size, desk.arena, &request));
	expect_int(request.amount, 2130);
	expect_text(request.payment_method, "card_ok");
	desk_close(&desk);
}

TEST(asks_for_the_stock_of_every_item_once_paid)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);
	struct order_inventory_requested request;
	const struct emission *emission;

	expect_int(send(&order, ORDER_ON_PAYMENT_SUCCEEDED, &desk.out), APPLIED);
	expect_int(order.status, ORDER_STATUS_PAID);
	expect(!uuid_is_nil(&order.payment_id));
	emission = emitted(&desk, 0, "OrderInventoryRequested");
	expect_ok(order_inventory_requested_decode(
		emission->payload, emission->payload_size, desk.arena, &request));
	expect_int(request.items_count, 2);
	expect_text(request.items[1].product_id, "sku-cup");
	expect_int(request.items[0].quantity, 2);
	desk_close(&desk);
}

TEST(gives_the_money_back_when_stock_is_missing)
{
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);
	struct refund_payment refund;
	const struct emission *emission;

	expect_int(send(&order, ORDER_ON_INVENTORY_FAILED, &desk.out), APPLIED);
	expect_int(order.status, ORDER_STATUS_PAID);
	emission = emitted(&desk, 0, "RefundPayment");
	expect_ok(refund_payment_decode(
		emission->payload, emission->payload_size, desk.arena, &refund));
	expect_uuid(&refund.payment_id, &order.payment_id);
	expect_int(refund.amount, 2130);

	/* Nobody is told before the money is back. */
	expect_int(desk.out.count, 1);
	expect_int(send(&order, ORDER_ON_PAYMENT_REFUNDED, &desk.out), APPLIED);
	emitted(&desk, 1, "OrderCancelled");
	expect(order.refunded);
	expect_text(order.cancellation_reason, "out_of_stock");
	expect_int(order.deadline_us, 0);
	desk_close(&desk);
}

TEST(cancels_without_touching_stock_when_the_charge_is_declined)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);

	expect_int(send(&order, ORDER_ON_PAYMENT_FAILED, &desk.out), APPLIED);
	expect_int(desk.out.count, 1);
	emitted(&desk, 0, "OrderCancelled");
	expect_text(order.cancellation_reason, "card_declined");
	expect(!order.refunded);
	desk_close(&desk);
}

TEST(ignores_the_same_payment_told_twice)
{
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);
	const struct payment_succeeded again = {
		.order_id = order.id, .payment_id = order.payment_id, .amount = order.total_amount};

	expect_int(order_on_payment_succeeded(&order, &again, &desk.out), IGNORED);
	expect_int(order.step, ORDER_AWAITING_STOCK);
	desk_close(&desk);
}

TEST(poisons_a_payment_of_another_amount)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);
	const struct payment_succeeded wrong = {.order_id = order.id,
		.payment_id = uuid_make(2000),
		.amount = order.total_amount - 1};

	expect_int(order_on_payment_succeeded(&order, &wrong, &desk.out), POISON);
	expect_int(order.step, ORDER_AWAITING_PAYMENT);
	desk_close(&desk);
}

TEST(refuses_a_total_that_does_not_fit)
{
	const struct order_item dear[] = {{.quantity = 1000, .price = MONEY_MAX / 2}};
	money_t total = 7;

	expect_fault(order_total(dear, 1, &total), FAULT_LIMIT);
	expect_int(total, 7);
	expect_ok(order_total(desk_items, 2, &total));
	expect_int(total, 2130);
}

TEST(names_read_back)
{
	for (int step = ORDER_NEW; step < ORDER_STEPS; step++) {
		enum order_step back;

		expect_ok(order_step_parse(order_step_name((enum order_step)step), &back));
		expect_int(back, step);
	}
	for (int trigger = ORDER_ON_CREATE; trigger < ORDER_TRIGGERS; trigger++) {
		enum order_trigger back;

		expect_ok(order_trigger_parse(
			order_trigger_name((enum order_trigger)trigger), &back));
		expect_int(back, trigger);
	}
}

TESTS("order", TEST_CASE(answers_every_input_in_every_step),
	TEST_CASE(takes_every_line_of_the_table_and_no_other),
	TEST_CASE(tells_observers_and_asks_for_the_charge_when_created),
	TEST_CASE(asks_for_the_stock_of_every_item_once_paid),
	TEST_CASE(gives_the_money_back_when_stock_is_missing),
	TEST_CASE(cancels_without_touching_stock_when_the_charge_is_declined),
	TEST_CASE(ignores_the_same_payment_told_twice),
	TEST_CASE(poisons_a_payment_of_another_amount),
	TEST_CASE(refuses_a_total_that_does_not_fit), TEST_CASE(names_read_back))
