#!/bin/bash
#
# What an outside party may do to a payment: be slow, be away, do it and say
# nothing; and a process that dies between question, answer and result. Our money
# and the provider's own ledger tell the same story afterwards.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

# payment_of ORDER COLUMN
payment_of() {
	sql payment "SELECT $2 FROM payment WHERE order_id = '$1'"
}

# at_provider ORDER: charges taken and refunds given in the provider's own ledger.
at_provider() {
	sql payment "SELECT count(c.payment_id) || ' ' || count(r.refund_id)
		FROM payment p JOIN provider.charge c ON c.payment_id = p.id AND c.refusal IS NULL
		LEFT JOIN provider.refund r USING (payment_id) WHERE p.order_id = '$1'"
}

# with_us ORDER: captures and refunds in our own.
with_us() {
	sql payment "SELECT count(*) FILTER (WHERE kind = 'capture') || ' ' || count(*) FILTER (WHERE kind = 'refund')
		FROM payment p JOIN payment_transaction t ON t.payment_id = p.id WHERE p.order_id = '$1'"
}

# The movements that only one of the two ledgers knows.
ledgers_differ() {
	sql payment "SELECT * FROM (SELECT payment_id, kind, amount FROM payment_transaction) AS ours
		FULL JOIN (SELECT payment_id, 'capture' AS kind, amount FROM provider.charge WHERE refusal IS NULL
			UNION ALL SELECT payment_id, 'refund', amount FROM provider.refund) AS theirs
		USING (payment_id, kind, amount) WHERE ours IS NULL OR theirs IS NULL"
}

in_balance() {
	check "$1: the provider's ledger and ours hold the same movements" same "$(ledgers_differ)" ''
	check "$1: every movement is two entries that add up to nothing" same "$(sql payment "SELECT count(*)
		FROM (SELECT FROM payment_entry GROUP BY payment_id, kind
			HAVING sum(amount) <> 0 OR count(*) <> 2) AS bad")" 0
	check "$1: no question is left open" same \
		"$(sql payment 'SELECT count(*) FROM payment WHERE due_at IS NOT NULL')" 0
}

without_an_answer() {
	order_place sku-cable 1 unknown_outcome
	check 'a charge that nobody answered for is found out: Completed' order_ends "$ORDER_ID" Completed
	check 'the provider was asked more than once' within "$(payment_of "$ORDER_ID" attempts)" 1 100
	check 'and took the money once' same "$(at_provider "$ORDER_ID")" '1 0'
	check 'so did we' same "$(with_us "$ORDER_ID")" '1 0'
}

refunded_at_the_provider() {
	order_place sku-soldout
	check 'an order without stock is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'the provider gave the money back once' same "$(at_provider "$ORDER_ID")" '1 1'
	check 'so did we' same "$(with_us "$ORDER_ID")" '1 1'
}

given_up() {
	order_place sku-cable 1 gateway_error
	check 'an order whose gateway stays away is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'it was asked several times' within "$(payment_of "$ORDER_ID" attempts)" 3 10
	check 'the provider will not take the money later' same "$(sql payment "SELECT c.refusal FROM payment p
		JOIN provider.charge c ON c.payment_id = p.id WHERE p.order_id = '$ORDER_ID'")" cancelled
}

# extreme min|max METHOD: of how long its charges took, in milliseconds.
extreme() {
	sql payment "SELECT (1000 * extract(epoch FROM $1(updated_at - created_at)))::bigint
		FROM payment WHERE method = '$2' AND status = 'Succeeded' AND created_at > '$SINCE'"
}

# More slow ones than a partition or a teller could stand in line for.
slow_ones() {
	local i slow
	SINCE=$(sql payment 'SELECT now()')
	for ((i = 0; i < 12; i++)); do
		order_place sku-cable 1 slow
	done
	slow=$ORDER_ID
	for ((i = 0; i < 12; i++)); do
		order_place sku-cable
	done
	check 'slow charges and those behind them all end' wait_for 20 no_open_orders
	check 'a slow order is Completed' order_ends "$slow" Completed
	check 'it is paid once' same "$(at_provider "$slow")" '1 0'
	check 'slow charges take two seconds, and do not add up' within "$(extreme max slow)" 2000 6000
	check 'none behind them waits for them' within "$(extreme max card_ok)" 0 "$(extreme min slow)"
}

was_restarted() {
	[[ $(<"$LAB_RUN/pids/payment") != "$1" ]] && ready payment
}

# dies_at POINT: three orders, one of them refused, one refunded.
dies_at() {
	local pid ok refused refunded
	lab stop payment >/dev/null
	lab start payment CRASH_AT="$1" >/dev/null
	wait_for 30 ready payment || true
	pid=$(<"$LAB_RUN/pids/payment")
	order_place sku-cable
	ok=$ORDER_ID
	order_place sku-cable 1 card_declined
	refused=$ORDER_ID
	order_place sku-soldout
	refunded=$ORDER_ID
	check "killed at $1, the supervisor starts payment again" wait_for 30 was_restarted "$pid"
	check "killed at $1, a paid order completes" order_ends "$ok" Completed
	check "killed at $1, a refused one is Cancelled" order_ends "$refused" Cancelled
	check "killed at $1, a refunded one is Cancelled" order_ends "$refunded" Cancelled
	check "killed at $1, the provider charged once" same "$(at_provider "$ok")" '1 0'
	check "killed at $1, the provider refunded once" same "$(at_provider "$refunded")" '1 1'
	in_balance "killed at $1"
}

# One call of four goes wrong, half of those after it was done.
often_away() {
	local i
	lab stop payment >/dev/null
	lab start payment PROVIDER_FAILURE_PERMILLE=250 PROVIDER_LATENCY_MS=20 >/dev/null
	wait_for 30 ready payment || true
	for ((i = 0; i < 40; i++)); do
		order_place "$([[ $((i % 4)) == 0 ]] && echo sku-soldout || echo sku-cable)"
	done
	check 'forty orders end although a quarter of the calls go wrong' wait_for 60 no_open_orders
	check 'calls did go wrong' within "$(sql payment 'SELECT sum(attempts) FROM payment')" 5 100000
	in_balance 'after that'
	lab stop payment >/dev/null
	lab start payment >/dev/null
	check 'payment is ready again' wait_for 30 ready payment
}

without_an_answer
refunded_at_the_provider
given_up
slow_ones
in_balance 'after all these'
for point in loop.after_commit payment.before_ask payment.after_answer payment.before_commit payment.after_commit; do
	dies_at "$point"
done
often_away
check 'what was paid and refunded is in the topic once' wait_for 30 outbox_published payment
check 'every process is ready' wait_for 20 all_ready
live_done
