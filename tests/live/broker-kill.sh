#!/bin/bash
#
# The broker is killed outright under load and started again: every accepted
# order ends, none is stuck, none is charged twice.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly ORDERS=2000 RATE=50

accepted_reaches() {
	[[ $(sql order 'SELECT count(*) FROM orders') -ge $1 ]]
}

broker_was_restarted() {
	[[ $(<"$LAB_RUN/pids/kafka") != "$1" ]] && ready kafka
}

# told FILTER: of what the load generator counted.
told() {
	jq -r "$1" "$LIVE_WORK/orders.json"
}

before=$(sql order 'SELECT count(*) FROM orders')
lab orders --rate "$RATE" --count "$ORDERS" --settle 1s --output json \
	>"$LIVE_WORK/orders.json" 2>"$LIVE_WORK/orders.err" &
load=$!

check 'half of the orders are placed' wait_for 60 accepted_reaches "$((before + ORDERS / 2))"
pid=$(<"$LAB_RUN/pids/kafka")
lab kill kafka >/dev/null
check 'the broker was killed in the middle and serves again' wait_for 60 broker_was_restarted "$pid"
# 1: some had not ended after a second, which is for us to judge.
finished=0
wait "$load" || finished=$?
check 'the load went on to its end' within "$finished" 0 1
[[ -s $LIVE_WORK/orders.json ]] || head -c 2000 "$LIVE_WORK/orders.err"

check "all $ORDERS orders were sent" same "$(told .all.sent)" "$ORDERS"
check 'the edge took nearly all of them, broker or not' \
	within "$(told .all.accepted)" "$((ORDERS * 95 / 100))" "$ORDERS"
check 'no order was seen to end twice, or otherwise than it was answered' same "$(told .contradictions)" 0
stored=$(($(sql order 'SELECT count(*) FROM orders') - before))
check 'what was answered 201 is stored, and nothing that was refused' \
	within "$stored" "$(told .all.accepted)" "$(told '.all.accepted + .all.unknown')"
check 'every accepted order ends within 60 s' wait_for 60 no_open_orders
check 'none is stuck' same "$(open_orders)" 0
check 'none was charged twice' same "$(sql payment "SELECT count(*) FROM
	(SELECT payment_id FROM payment_transaction WHERE kind = 'capture'
	 GROUP BY payment_id HAVING count(*) > 1) AS twice")" 0

# Two databases, one truth: lists of order and amount, compared here.
sql order "SELECT id, total_amount FROM orders WHERE status = 'Completed' ORDER BY id" \
	>"$LIVE_WORK/completed"
sql payment "SELECT p.order_id, sum(CASE kind WHEN 'capture' THEN t.amount ELSE -t.amount END)
	FROM payment p JOIN payment_transaction t ON t.payment_id = p.id
	GROUP BY p.order_id HAVING sum(CASE kind WHEN 'capture' THEN t.amount ELSE -t.amount END) <> 0
	ORDER BY p.order_id" >"$LIVE_WORK/charged"
check 'charged is who completed, and what they owe' cmp "$LIVE_WORK/completed" "$LIVE_WORK/charged"
check 'reserved is who completed' same \
	"$(sql inventory "SELECT order_id FROM reservation WHERE status = 'Reserved' ORDER BY order_id" | md5sum)" \
	"$(cut -d'|' -f1 "$LIVE_WORK/completed" | md5sum)"
for service in order payment; do
	check "every row of ${service}'s outbox is in its topic once" \
		wait_for 30 outbox_published "$service"
	outbox_differs "$service" | head -n 3
done
check 'nothing became a dead letter' same "$(for group in order payment inventory; do
	topic "dlq.$group" | jq -r 'select(.headers | index("mark") | not) | .offset'
done | wc -l)" 0
check 'every process is ready' wait_for 30 all_ready
live_done
