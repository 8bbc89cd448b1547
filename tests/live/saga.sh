#!/bin/bash
#
# What becomes of an order when the others are late, when its customer changes
# their mind, and when two order processes watch the same deadlines.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly TIMEOUT_MS=400
second=

# order_restart ASKS_MAX: the saga in a hurry, so that nobody has to wait for it.
order_restart() {
	lab stop order >/dev/null
	lab start order "SAGA_STEP_TIMEOUT_MS=$TIMEOUT_MS" SAGA_PAUSE_MAX_MS=1000 \
		"SAGA_ASKS_MAX=$1" >/dev/null
	wait_for 30 ready order
}

# Leaves the lab as it was.
saga_finish() {
	[[ -z $second ]] || kill "$second" 2>/dev/null || true
	lab start payment >/dev/null 2>&1 || true
	lab start inventory >/dev/null 2>&1 || true
	lab stop order >/dev/null 2>&1 || true
	lab start order >/dev/null 2>&1 || true
	live_cleanup
}
trap saga_finish EXIT

order_is() {
	request GET "/orders/$1"
	jq -e "$2" <<<"$BODY"
}

# timeline_has ID FILTER MIN: so many entries that the filter selects.
timeline_has() {
	request GET "/orders/$1/timeline"
	jq -e "[.entries[] | select($2)] | length >= $3" <<<"$BODY"
}

cancel() {
	request POST "/orders/$1/cancellation"
}

# money_of ORDER: what was taken minus what was given back, and how often it was taken.
money_of() {
	echo "$(money_kept "$1") $(captures "$1")"
}

nothing_was_kept() {
	[[ $(money_of "$1") =~ ^0\ [01]$ ]] || {
		money_of "$1"
		return 1
	}
}

# metric URL NAME: the sum of its values, whatever the labels.
metric() {
	curl -fs -m 5 "$1/metrics" | awk -v name="$2" '
		index($1, name) == 1 && (length($1) == length(name) || substr($1, length(name) + 1, 1) == "{") {
			sum += $2
		}
		END {print sum + 0}'
}

metric_is() {
	[[ $(metric "$1" "$2") == "$3" ]]
}

asks_again_and_completes() {
	lab stop payment >/dev/null
	order_place sku-sticker
	check 'without payment an order is asked for again and again' \
		wait_for 20 timeline_has "$ORDER_ID" '.type == "OrderPaymentRequested"' 3
	check 'it stays Pending' order_is "$ORDER_ID" '.status == "Pending" and .stuck == false'
	lab start payment >/dev/null
	check 'when payment is back it completes' order_ends "$ORDER_ID" Completed
	check 'it is paid once' same "$(money_of "$ORDER_ID")" "$(sql order \
		"SELECT total_amount || ' 1' FROM orders WHERE id = '$ORDER_ID'")"
	check 'its timeline shows the deadlines' \
		timeline_has "$ORDER_ID" '.kind == "applied" and .type == "Deadline"' 2
}

# tell_again ORDER EVENT_ID: its PaymentSucceeded once more, byte for byte, as that event.
tell_again() {
	sql order "SELECT encode(event, 'hex') FROM order_history
		WHERE order_id = '$1' AND type = 'PaymentSucceeded'" |
		python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' \
			>"$LIVE_WORK/event"
	lab kcat -P -t payment.events -k "$1" -H "id=$2" "$LIVE_WORK/event"
}

answers_told_again() {
	local id
	order_place sku-sticker
	check 'an order is paid and completes' order_ends "$ORDER_ID" Completed
	id=$(sql order "SELECT event_id FROM order_history
		WHERE order_id = '$ORDER_ID' AND type = 'PaymentSucceeded'")
	tell_again "$ORDER_ID" "$id"
	check 'the same event delivered twice is applied once, and its timeline counts both' wait_for 20 \
		timeline_has "$ORDER_ID" '.kind == "applied" and .type == "PaymentSucceeded"
			and .deliveries == 2' 1
	tell_again "$ORDER_ID" "$(cat /proc/sys/kernel/random/uuid)"
	check 'the same answer as another event is ignored, and its timeline says why' wait_for 20 \
		timeline_has "$ORDER_ID" '.kind == "ignored" and .type == "PaymentSucceeded"
			and .reason == "already completed" and .topic == "payment.events"
			and (.partition | type) == "number" and (.offset | type) == "number"' 1
}

turns_round_when_payment_is_away() {
	lab stop payment >/dev/null
	order_place sku-sticker
	check 'after the last ask the money is asked back' \
		wait_for 20 order_is "$ORDER_ID" '.step == "refunding"'
	check 'a compensation without an answer is stuck' wait_for 20 order_is "$ORDER_ID" .stuck
	check 'the metrics count it' wait_for 20 metric_is "$ORDER_URL" orderlab_orders_stuck 1
	lab start payment >/dev/null
	check 'when payment is back it is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'it says why' same "$(field .cancellationReason)" 'payment did not answer'
	check 'it is no longer stuck' order_is "$ORDER_ID" '.stuck == false'
	check 'nor in the metrics' wait_for 20 metric_is "$ORDER_URL" orderlab_orders_stuck 0
	check 'no money was kept' nothing_was_kept "$ORDER_ID"
}

turns_round_when_inventory_is_away() {
	local before
	before=$(stock_of sku-sticker)
	lab stop inventory >/dev/null
	order_place sku-sticker
	check 'after the last ask the stock is asked back' \
		wait_for 20 order_is "$ORDER_ID" '.step == "releasing_stock"'
	check 'a release without an answer is stuck' wait_for 20 order_is "$ORDER_ID" .stuck
	lab start inventory >/dev/null
	check 'when inventory is back the order is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'its money is given back' order_is "$ORDER_ID" .refunded
	check 'once' same "$(money_of "$ORDER_ID")" '0 1'
	check 'its stock is as before' same "$(stock_of sku-sticker)" "$before"
}

cancelled_while_awaiting_payment() {
	local before
	before=$(stock_of sku-sticker)
	lab stop payment >/dev/null
	order_place sku-sticker
	cancel "$ORDER_ID"
	check 'a cancellation before the payment is accepted with 202' same "$STATUS" 202
	check 'the order is refunding' same "$(field .step)" refunding
	cancel "$ORDER_ID"
	check 'a second one too, and nothing new comes of it' same \
		"$STATUS $(sql order "SELECT count(*) FROM order_history
			WHERE order_id = '$ORDER_ID' AND type = 'CancelOrder'")" '202 1'
	lab start payment >/dev/null
	check 'when payment has answered it is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'by its customer' same "$(field .cancellationReason)" 'cancelled by the customer'
	check 'no money was kept of it' nothing_was_kept "$ORDER_ID"
	check 'no stock was touched' same "$(stock_of sku-sticker)" "$before"
	cancel "$ORDER_ID"
	check 'cancelling what is Cancelled answers it as it is' same "$STATUS $(field .status)" \
		'200 Cancelled'
}

cancelled_while_awaiting_stock() {
	local before
	before=$(stock_of sku-sticker)
	lab stop inventory >/dev/null
	order_place sku-sticker
	check 'an order is paid and waits for its stock' \
		wait_for 20 order_is "$ORDER_ID" '.step == "awaiting_stock"'
	cancel "$ORDER_ID"
	check 'a cancellation then is accepted with 202' same "$STATUS $(field .step)" \
		'202 releasing_stock'
	lab start inventory >/dev/null
	check 'it ends as Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'refunded' same "$(field .refunded)" true
	check 'money taken once and given back' same "$(money_of "$ORDER_ID")" '0 1'
	check 'stock as before' same "$(stock_of sku-sticker)" "$before"
}

# A refusal that crosses its customer's cancellation, on the way back.
cancelled_while_being_declined() {
	lab stop payment >/dev/null
	order_place sku-sticker 1 card_declined
	cancel "$ORDER_ID"
	lab start payment >/dev/null
	check 'a cancelled order whose card is then declined is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'no money was taken' same "$(money_of "$ORDER_ID")" '0 0'
}

# The refusals without any trouble: tests/live/paths.sh looks at them closely.
refused() {
	order_place sku-sticker 1 card_declined
	check 'a declined order is Cancelled' order_ends "$ORDER_ID" Cancelled
	order_place sku-soldout
	check 'an order of what is sold out is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'its money is given back' same "$(money_of "$ORDER_ID")" '0 1'
}

not_to_be_cancelled() {
	order_place sku-sticker
	check 'an order completes' order_ends "$ORDER_ID" Completed
	cancel "$ORDER_ID"
	check 'a completed order refuses its cancellation with 409' same \
		"$STATUS $(answer_header Content-Type) $(field .type)" \
		'409 application/problem+json /problems/order-completed'
	check 'and stays Completed' order_is "$ORDER_ID" '.status == "Completed"'
	cancel 00000000-0000-7000-8000-000000000000
	check 'an order nobody placed: 404' same "$STATUS" 404
	cancel not-an-id
	check 'an id that is none: 404' same "$STATUS" 404
}

# order_program ARGUMENT...: the service's own program, on this lab's database.
order_program() {
	DATABASE_URL=$ORDER_DATABASE_URL DATABASE_PASSWORD_FILE=$ORDER_PASSWORD_FILE \
		"${LAB_BUILD:-$LIVE_TREE/build}/services/order/order" "$@"
}

# A second member beside the one under the supervisor, on a port that is free.
second_start() {
	local port
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	SECOND_URL=http://127.0.0.1:$port
	DATABASE_URL=$ORDER_DATABASE_URL DATABASE_PASSWORD_FILE=$ORDER_PASSWORD_FILE \
		HTTP_LISTEN=127.0.0.1:$port SERVICE_INSTANCE=2 SAGA_STEP_TIMEOUT_MS=$TIMEOUT_MS \
		SAGA_PAUSE_MAX_MS=1000 SAGA_ASKS_MAX=1000 SEED_FILE=$LIVE_TREE/deploy/seed/catalogue.json \
		"${LAB_BUILD:-$LIVE_TREE/build}/services/order/order" >"$LIVE_WORK/second.log" 2>&1 &
	second=$!
	wait_for 30 curl -fs "$SECOND_URL/readyz"
}

deadlines() {
	sql order "SELECT count(*) FROM order_history WHERE type = 'Deadline'"
}

# Two deadlines of one order, nothing between them, closer together than the time-out:
# fired twice. (An answer between them counts from when its batch began.)
deadlines_fired_twice() {
	sql order "SELECT count(*) FROM (
		SELECT type, lag(type) OVER history AS type_before, at - lag(at) OVER history AS gap
		FROM order_history WINDOW history AS (PARTITION BY order_id ORDER BY version)) AS rows
		WHERE type = 'Deadline' AND type_before = 'Deadline'
			AND gap < interval '$TIMEOUT_MS ms'"
}

fired() {
	metric "$1" orderlab_deadlines_fired_total
}

both_have_fired() {
	(($(fired "$ORDER_URL") > first_before && $(fired "$SECOND_URL") > 0 &&
		$(deadlines) >= rows_before + 300))
}

two_processes_sweep() {
	local i first_before rows_before rows
	second_start
	lab stop payment >/dev/null
	rows_before=$(deadlines) first_before=$(fired "$ORDER_URL")
	for ((i = 0; i < 60; i++)); do
		order_place sku-sticker
	done
	check 'two order processes fire 300 deadlines, each some of them' wait_for 30 both_have_fired
	lab start payment >/dev/null
	check 'all their orders end' wait_for 30 no_open_orders
	rows=$(deadlines)
	check 'every deadline was fired by one of the two' same \
		"$(($(fired "$ORDER_URL") - first_before + $(fired "$SECOND_URL")))" "$((rows - rows_before))"
	check 'none twice' same "$(deadlines_fired_twice)" 0
	kill "$second"
	check 'the second one ends in order' wait "$second"
	second=
}

history_is_the_truth() {
	local id
	check 'every order can be made again from its history' order_program --rebuild all
	check 'all of them' same "$(order_program --rebuild all)" \
		"$(sql order 'SELECT count(*) FROM orders') rebuilt, 0 differ"
	id=$(sql order "SELECT id FROM orders WHERE step = 'cancelled' LIMIT 1")
	check 'one alone too' same "$(order_program --rebuild "$id")" '1 rebuilt, 0 differ'
	sql order "UPDATE orders SET sequence = sequence + 1 WHERE id = '$id'" >/dev/null
	check 'an order that was tampered with is found' same \
		"$(order_program --rebuild all | sed -n '2p;$p' | sed 's/[0-9][0-9]*/N/g')" \
		'sequence: stored N, rebuilt N
N rebuilt, N differ'
	check 'with exit code 1' same "$(order_program --rebuild "$id" >/dev/null || echo $?)" 1
	sql order "UPDATE orders SET sequence = sequence - 1 WHERE id = '$id'" >/dev/null
	check 'an id that is none is refused' same \
		"$(order_program --rebuild nobody 2>/dev/null || echo $?)" 2
}

# "from to trigger" of each row of the table, as the program prints it.
rows_of_the_table() {
	order_program --states |
		sed -nE 's/^\t([a-z_]+) -> ([a-z_]+) \[label="([A-Za-z ]+)\\n.*/\1 \2 \3/p' | sort
}

rows_that_ran() {
	sql order "SELECT DISTINCT step_from || ' ' || step_to || ' ' ||
		CASE WHEN type = 'Deadline' AND step_from <> step_to THEN 'last Deadline' ELSE type END
		FROM order_history" | sort
}

every_row_ran() {
	rows_of_the_table >"$LIVE_WORK/table"
	rows_that_ran >"$LIVE_WORK/ran"
	check 'the saga has 16 rows' same "$(wc -l <"$LIVE_WORK/table")" 16
	check 'every row of the saga has run here, and nothing else' \
		diff "$LIVE_WORK/table" "$LIVE_WORK/ran"
}

dead_before=$(topic dlq.order | wc -l)
order_restart 1000
asks_again_and_completes
answers_told_again
cancelled_while_awaiting_payment
cancelled_while_awaiting_stock
cancelled_while_being_declined
refused
not_to_be_cancelled
two_processes_sweep
order_restart 2
turns_round_when_payment_is_away
turns_round_when_inventory_is_away
check 'nothing is left under way' wait_for 30 no_open_orders
every_row_ran
history_is_the_truth
check 'no dead letter came of any of it' same "$(topic dlq.order | wc -l)" "$dead_before"
live_done
