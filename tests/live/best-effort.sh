#!/bin/bash
#
# Notification, analytics and Redis are killed at once, under load: orders go on as
# before, with figures from before, meanwhile and after; then what was behind
# catches up with everything.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly RATE=50 COUNT=500

orders_run() {
	lab orders --rate "$RATE" --count "$COUNT" --output json >"$LIVE_WORK/orders.json"
}

figures() {
	jq -r --arg with "$1" '.all as $all | .latencyUs as $us |
		"# \($with): \($all.completed) completed, \($all.cancelled) cancelled, \($all.open) open; " +
		"to 201 p50 \($us.toAnswer.p50 / 1000) ms, p99 \($us.toAnswer.p99 / 1000) ms; " +
		"to terminal p50 \($us.toTerminal.p50 / 1000) ms, p99 \($us.toTerminal.p99 / 1000) ms"' \
		"$LIVE_WORK/orders.json"
}

# orders_with SENTENCE
orders_with() {
	check "$1: every accepted order ends" orders_run
	check "$1: all $COUNT are accepted" same "$(jq .all.accepted "$LIVE_WORK/orders.json")" "$COUNT"
	figures "$1"
}

gone() {
	! ready "$1"
}

# Killed, and not started again: the supervisor would have it back within a second.
kill_for_good() {
	local name
	for name in "$@"; do
		lab kill "$name" >/dev/null
		lab stop "$name" >/dev/null 2>&1 || true
		check "$name is gone" wait_for 10 gone "$name"
	done
}

reads_go_on() {
	request GET "/orders/$1"
	check 'an order can be read' same "$STATUS $(field .status)" '200 Completed'
	request GET /products
	check 'products can be read' same "$STATUS" 200
	request GET /analytics/summary
	check 'the summary says that analytics is away' same \
		"$STATUS $(answer_header Content-Type)" '503 application/problem+json'
}

analytics_has_all() {
	same "$(sql analytics "SELECT count(*) FROM order_fact
		WHERE completed_at IS NOT NULL OR cancelled_at IS NOT NULL")" \
		"$(sql order 'SELECT count(*) FROM orders')"
}

# Every order's customer is told that it was created and how it ended, at least.
notification_has_all() {
	same "$(sql notification "SELECT count(DISTINCT order_id) FROM notification
		WHERE status = 'Sent' OR status = 'Simulated'")" "$(sql order 'SELECT count(*) FROM orders')"
}

# A broker that has been busy for a while answers faster: not the first run's merit.
orders_run || true
orders_with 'all well'
order_place sku-sticker
seen=$ORDER_ID
check 'an order completes' order_ends "$seen" Completed
kill_for_good notification analytics redis
orders_with 'notification, analytics and Redis killed'
reads_go_on "$seen"
for name in redis notification analytics; do
	lab start "$name" >/dev/null
done
check 'every process is ready again' wait_for 60 all_ready
check 'analytics catches up with every order' wait_for 120 analytics_has_all
check 'notification catches up with every order' wait_for 120 notification_has_all
orders_with 'all well again'
live_done
