#include "test_desk.h"

#include <testkit/testkit.h>

/* ---- deadlines ---- */

/* Lets the order's deadline pass. */
static enum outcome wait_too_long(struct order *order, struct desk *desk)
{
	desk->out.now_us = order->deadline_us;
	return send(order, ORDER_ON_DEADLINE, &desk->out);
}

TEST(asks_again_with_the_same_request_id)
{
	struct order order = order_at(ORDER_NEW);
	struct desk desk = desk_open(&order);
	struct order_payment_requested first, second;

	send(&order, ORDER_ON_CREATE, &desk.out);
	expect_int(order.deadline_us, desk.out.now_us + desk_policy.step_timeout_us);
	expect_int(wait_too_long(&order, &desk), APPLIED);
	expect_int(order.asks, 2);
	expect_ok(
		order_payment_requested_decode(emitted(&desk, 1, "OrderPaymentRequested")->payload,
			desk.out.emissions[1].payload_size, desk.arena, &first));
	expect_ok(
		order_payment_requested_decode(emitted(&desk, 2, "OrderPaymentRequested")->payload,
			desk.out.emissions[2].payload_size, desk.arena, &second));
	expect_uuid(&first.request_id, &second.request_id);
	expect(second.requested_at_us > first.requested_at_us);
	desk_close(&desk);
}

TEST(fires_no_deadline_before_its_time)
{
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);

	order.deadline_us = desk.out.now_us + 1;
	expect_int(send(&order, ORDER_ON_DEADLINE, &desk.out), IGNORED);
	desk.out.now_us++;
	expect_int(send(&order, ORDER_ON_DEADLINE, &desk.out), APPLIED);
	desk_close(&desk);
}

TEST(voids_the_charge_after_the_last_ask)
{
	struct order order = order_at(ORDER_NEW);
	struct desk desk = desk_open(&order);
	struct refund_payment refund;
	const struct emission *emission;

	send(&order, ORDER_ON_CREATE, &desk.out);
	for (int32_t ask = 1; ask < desk_policy.asks_max; ask++) {
		expect_int(wait_too_long(&order, &desk), APPLIED);
		expect_int(order.step, ORDER_AWAITING_PAYMENT);
	}
	expect_int(wait_too_long(&order, &desk), APPLIED);
	expect_int(order.step, ORDER_REFUNDING);
	expect_int(order.asks, 1);
	emission = emitted(&desk, 1 + (size_t)desk_policy.asks_max, "RefundPayment");
	expect_ok(refund_payment_decode(
		emission->payload, emission->payload_size, desk.arena, &refund));
	expect(uuid_is_nil(&refund.payment_id));
	expect_text(refund.reason, "payment did not answer");

	/* There was nothing to give back. */
	expect_int(send(&order, ORDER_ON_PAYMENT_FAILED, &desk.out), APPLIED);
	expect_int(order.step, ORDER_CANCELLED);
	expect(!order.refunded);
	expect_text(order.cancellation_reason, "payment did not answer");
	desk_close(&desk);
}

TEST(releases_stock_before_the_money_when_inventory_is_silent)
{
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);

	order.asks = desk_policy.asks_max;
	expect_int(send(&order, ORDER_ON_DEADLINE, &desk.out), APPLIED);
	emitted(&desk, 0, "ReleaseInventory");
	expect_int(send(&order, ORDER_ON_INVENTORY_RELEASED, &desk.out), APPLIED);
	emitted(&desk, 1, "RefundPayment");
	expect_int(desk.out.count, 2);
	expect_text(order.cancellation_reason, "inventory did not answer");
	desk_close(&desk);
}

TEST(asks_for_a_compensation_for_ever_at_growing_pauses)
{
	static const int64_t pauses_us[] = {1000, 2000, 4000, 5000, 5000, 5000};
	struct order order = order_at(ORDER_AWAITING_STOCK);
	struct desk desk = desk_open(&order);

	send(&order, ORDER_ON_INVENTORY_FAILED, &desk.out);
	for (size_t i = 0; i < sizeof(pauses_us) / sizeof(pauses_us[0]); i++) {
		expect_int(order.deadline_us - desk.out.now_us, pauses_us[i]);
		expect_int(order.stuck, (int32_t)i >= desk_policy.asks_max);
		expect_int(wait_too_long(&order, &desk), APPLIED);
		emitted(&desk, i + 1, "RefundPayment");
	}
	expect_int(send(&order, ORDER_ON_PAYMENT_REFUNDED, &desk.out), APPLIED);
	expect_int(order.step, ORDER_CANCELLED);
	expect(!order.stuck);
	expect_int(order.asks, 0);
	desk_close(&desk);
}

TEST(is_no_longer_stuck_when_the_stock_is_released)
{
	struct order order = order_at(ORDER_RELEASING_STOCK);
	struct desk desk = desk_open(&order);

	order.asks = desk_policy.asks_max;
	expect_int(send(&order, ORDER_ON_DEADLINE, &desk.out), APPLIED);
	expect(order.stuck);
	expect_int(send(&order, ORDER_ON_INVENTORY_RELEASED, &desk.out), APPLIED);
	expect(!order.stuck);
	expect_int(order.asks, 1);
	desk_close(&desk);
}

/* ---- cancellation ---- */

TEST(takes_back_a_charge_that_may_still_happen_when_cancelled)
{
	struct order order = order_at(ORDER_AWAITING_PAYMENT);
	struct desk desk = desk_open(&order);
	const struct payment_refunded refunded = {
		.order_id = order.id, .payment_id = uuid_make(2000), .amount = order.total_amount};

	expect_int(send(&order, ORDER_ON_CANCEL, &desk.out), APPLIED);
	emitted(&desk, 0, "RefundPayment");
	expect_int(order.status, ORDER_STATUS_PENDING);

	/* The charge came through before the refund: both are told, in this order. */
	expect_int(send(&order, ORDER_ON_PAYMENT_SUCCEEDED, &desk.out), IGNORED);
	expect_int(order_on_payment_refunded(&order, &refunded, &desk.out), APPLIED);
	expect_uuid(&order.payment_id, &refunded.payment_id);
	expect(order.refunded);
	expect_text(order.cancellation_reason, "cancelled by the customer");
	desk_close(&desk);
}

TEST(keeps_the_first_reason_when_cancelled_while_compensating)
{
	struct order order = order_at(ORDER_REFUNDING);
	struct desk desk = desk_open(&order);

	expect_int(send(&order, ORDER_ON_CANCEL, &desk.out), IGNORED);
	expect_int(desk.out.count, 0);
	expect_text(order.cancellation_reason, "out_of_stock");
	desk_close(&desk);
}

TEST(refuses_to_cancel_a_completed_order)
{
	struct order order = order_at(ORDER_COMPLETED);
	struct desk desk = desk_open(&order);

	expect_int(send(&order, ORDER_ON_CANCEL, &desk.out), POISON);
	expect_text(desk.out.reason, "a completed order cannot be cancelled");
	desk_close(&desk);
}

TESTS("order late", TEST_CASE(asks_again_with_the_same_request_id),
	TEST_CASE(fires_no_deadline_before_its_time),
	TEST_CASE(voids_the_charge_after_the_last_ask),
	TEST_CASE(releases_stock_before_the_money_when_inventory_is_silent),
	TEST_CASE(asks_for_a_compensation_for_ever_at_growing_pauses),
	TEST_CASE(is_no_longer_stuck_when_the_stock_is_released),
	TEST_CASE(takes_back_a_charge_that_may_still_happen_when_cancelled),
	TEST_CASE(keeps_the_first_reason_when_cancelled_while_compensating),
	TEST_CASE(refuses_to_cancel_a_completed_order))
