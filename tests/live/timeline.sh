#!/bin/bash
#
# The page of one order: completed, cancelled and refunded, told twice, parked behind a
# dead letter, with a database away. And orders that their customer cancels under load.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

# Leaves the lab as it was.
timeline_finish() {
	lab start postgres-notification >/dev/null 2>&1 || true
	lab start inventory >/dev/null 2>&1 || true
	live_cleanup
}
trap timeline_finish EXIT

# page ORDER [ARGUMENT]...: the JSON in $LIVE_WORK/page, the words in $LIVE_WORK/page.err, CODE.
page() {
	CODE=0
	lab timeline "$@" --output json >"$LIVE_WORK/page" 2>"$LIVE_WORK/page.err" || CODE=$?
}

# has FILTER: true of the page.
has() {
	jq -e "$1" "$LIVE_WORK/page"
}

# record KIND WHERE WHAT [FILTER]: the page has one.
record() {
	has "any(.records[]; .kind == \"$1\" and .where == \"$2\" and .what == \"$3\" and (${4:-true}))" || {
		jq -c '.records[] | [.kind, .where, .what, .detail]' "$LIVE_WORK/page"
		return 1
	}
}

# page_has ORDER FILTER: a fresh page.
page_has() {
	page "$1"
	has "$2"
}

# The mail goes after notification's own transaction: its attempt is waited for too.
everyone_heard() {
	page_has "$1" '[.records[] | select(.kind == "took" and (.where == "notification" or .where == "analytics"))
		| .what] | map(select(. == "OrderCompleted" or . == "OrderCancelled")) | length == 2' &&
		has 'any(.records[]; .kind == "row" and .what == "mail Simulated")'
}

# put TOPIC KEY EVENT_ID TYPE [KCAT ARGUMENT]...: the bytes of $LIVE_WORK/event, as our own producers would.
put() {
	lab kcat -P -t "$1" -k "$2" -H "id=$3" -H "type=$4" -X partitioner=murmur2_random "${@:5}" "$LIVE_WORK/event"
}

completed() {
	local id
	order_place sku-sticker
	id=$ORDER_ID
	check 'an order completes' order_ends "$id" Completed
	check 'all who read its end are on its page' wait_for 30 everyone_heard "$id"
	check 'the page is whole' same "$CODE $(jq '.sources | map(.there) | all' "$LIVE_WORK/page")" '0 true'
	check 'it begins with the command' has '.records[0] | .kind == "step" and .what == "CreateOrder"'
	check 'in the order of time' has '[.records[] | .at | select(.)] | . == sort'
	check 'every said event has its place in a topic' has \
		'[.records[] | select(.kind == "said")] | length == 6 and all(.topic and .offset != null)'
	check 'it was charged' record row provider 'charge taken'
	check 'its money is in the ledger' record row payment "capture $(sql order \
		"SELECT total_amount / 100 || '.' || lpad((total_amount % 100)::text, 2, '0') FROM orders WHERE id = '$id'")"
	check 'its stock is reserved' record row inventory 'reservation Reserved' '.detail | test("sku-sticker")'
	check 'its customer is told' record row notification 'mail Simulated'
	check 'the saga took the answer of inventory' record step order InventoryReserved \
		'.detail | test("awaiting_stock → completed")'
	check 'it says what the gateway invalidated' record fact gateway 'cache invalidated'
	check 'and how far the relay is' record fact relay.order position '.detail | test("LSN [0-9A-F]+/")'
	check 'the rounds of its hops add up to the whole' has \
		'.ended and .totalUs > 0 and ([.hops[] | select(.step) | .us] | add) >= .totalUs * 9 / 10'
	check 'nothing is to be noted' has '.notes == []'
	check 'the table fits 120 columns' within \
		"$(lab timeline "$id" | LC_ALL=C.UTF-8 wc -L)" 100 120
}

refunded() {
	order_place sku-soldout
	check 'an order without stock is cancelled' order_ends "$ORDER_ID" Cancelled
	check 'all who read that are on its page' wait_for 30 everyone_heard "$ORDER_ID"
	check 'its page says that and why' has \
		'.order | .status == "Cancelled" and .refunded and .cancellationReason == "out_of_stock"'
	check 'its money was given back' record row provider 'refund given'
	check 'and that is in the ledger' record row payment 'refund 120.00' '.detail | test("debit customer")'
	check 'no cache was invalidated by it' has 'any(.records[]; .where == "gateway") | not'
}

told_twice() {
	local id event home
	order_place sku-sticker
	id=$ORDER_ID
	check 'another order completes' order_ends "$id" Completed
	event=$(sql order "SELECT event_id FROM order_history WHERE order_id = '$id' AND type = 'PaymentSucceeded'")
	sql order "SELECT encode(event, 'hex') FROM order_history WHERE event_id = '$event'" |
		xxd -r -p >"$LIVE_WORK/event"
	put payment.events "$id" "$event" PaymentSucceeded
	check 'an event told twice shows how often it came' wait_for 20 page_has "$id" \
		'any(.records[]; .kind == "step" and .what == "PaymentSucceeded" and .deliveries == 2)'
	check 'and stands in the topic again' record again kafka PaymentSucceeded
	check 'a process says that it absorbed it' record log order 'redelivery absorbed'
	put payment.events "$id" "$(cat /proc/sys/kernel/random/uuid)" PaymentSucceeded
	check 'one that nobody said is shown as that' wait_for 20 page_has "$id" \
		'any(.records[]; .kind == "alone" and .what == "PaymentSucceeded")'
	check 'and why it was ignored' wait_for 20 page_has "$id" \
		'any(.records[]; .kind == "took" and .where == "order" and .outcome == "ignored"
			and (.detail | test("already completed")))'
	home=$(jq 'first(.records[] | select(.kind == "said" and .topic == "payment.events")) | .partition' "$LIVE_WORK/page")
	put payment.events "$id" "$(cat /proc/sys/kernel/random/uuid)" PaymentSucceeded -p $(((home + 1) % 6))
	check 'what another partitioner put elsewhere is found when asked for' wait_for 20 elsewhere "$id"
}

elsewhere() {
	page "$1" --all-partitions
	record alone kafka PaymentSucceeded '.detail | test("not its key.s partition")'
}

# release ORDER: its key waits no longer, and what waited comes again (runtime/parking.h).
release() {
	local key="convert_to('$1', 'UTF8')" event
	event=$(sql payment "SELECT event_id FROM parked_message WHERE key = $key ORDER BY id LIMIT 1")
	sql order "SELECT encode(payload, 'hex') FROM outbox WHERE id = '$event'" | xxd -r -p >"$LIVE_WORK/event"
	sql payment "BEGIN; DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM parked_message WHERE key = $key);
		DELETE FROM parked_message WHERE key = $key; DELETE FROM parked_key WHERE key = $key; COMMIT"
	put payment.requests "$1" "$event" RefundPayment
}

is_paid() {
	order_has_status "$1" Paid
}

parked() {
	local id
	lab stop inventory >/dev/null
	order_place sku-soldout
	id=$ORDER_ID
	check 'an order is paid and waits for inventory' wait_for 20 is_paid "$id"
	check 'its page says who has not taken what' wait_for 20 page_has "$id" \
		'any(.notes[]; test("^inventory has not taken OrderInventoryRequested"))'
	check 'and that it has not ended' has '.ended | not'
	printf 'no event' >"$LIVE_WORK/event"
	put payment.requests "$id" "$(cat /proc/sys/kernel/random/uuid)" RefundPayment
	check 'a message that cannot be read is on its page as a dead letter' wait_for 20 page_has "$id" \
		'any(.records[]; .kind == "dead" and .where == "payment" and .what == "dead letter: unreadable"
			and (.detail | test("was payment.requests [0-5]@[0-9]+")))'
	check 'its key waits at payment' wait_for 20 page_has "$id" \
		'any(.records[]; .kind == "wait" and .where == "payment")'
	lab start inventory >/dev/null
	check 'the refund is parked behind it' wait_for 30 page_has "$id" \
		'any(.records[]; .kind == "took" and .where == "payment" and .what == "RefundPayment"
			and .outcome == "parked")'
	check 'and counted' record wait payment 'the key waits' '.detail | test("^1 behind it")'
	release "$id"
	check 'released, the order ends' order_ends "$id" Cancelled
}

partly() {
	local id
	order_place sku-sticker
	id=$ORDER_ID
	check 'one more order completes' order_ends "$id" Completed
	lab stop postgres-notification >/dev/null
	page "$id"
	check 'with a database away the page is shown in part' same "$CODE" 4
	check 'it names the source' has '.sources[] | select(.name == "notification") | .there == false and .reason'
	check 'once, in one line' same "$(grep -c 'without notification' "$LIVE_WORK/page.err") $(wc -l <"$LIVE_WORK/page.err")" '1 1'
	check 'and shows all the rest' record step order InventoryReserved
	check 'claims nothing of what it cannot know' has 'any(.notes[]; test("notification")) | not'
	lab start postgres-notification >/dev/null
	check 'every process is ready again' wait_for 30 all_ready
}

refusals() {
	page 00000000-0000-7000-8000-000000000000
	check 'an order that nobody knows: exit code 1, one sentence' same \
		"$CODE $(wc -c <"$LIVE_WORK/page") $(wc -l <"$LIVE_WORK/page.err")" '1 0 1'
	page not-an-id
	check 'an id that is none: exit code 2, one sentence' same "$CODE $(wc -l <"$LIVE_WORK/page.err")" '2 1'
	CODE=0
	env -i "${LAB_BUILD:-$LIVE_TREE/build}/tools/timeline/timeline" "$ORDER_ID" --timeout-ms 500 \
		--kafka-bootstrap 127.0.0.1:1 >"$LIVE_WORK/page" 2>"$LIVE_WORK/page.err" || CODE=$?
	check 'with all sources away: exit code 5, one sentence' same \
		"$CODE $(wc -c <"$LIVE_WORK/page") $(wc -l <"$LIVE_WORK/page.err")" '5 0 1'
}

cancelled_under_load() {
	local id
	check 'orders of kind cancel end one way or the other' lab orders --rate 20 --count 60 --mix ok=1,cancel=2 \
		--seed 3 --ledger "$LIVE_WORK/ledger" --output json
	cp "$LIVE_WORK/said" "$LIVE_WORK/report"
	check 'each was asked to be cancelled' jq -e \
		'.kinds.cancel.accepted > 20 and .cancellations.asked == .kinds.cancel.accepted' "$LIVE_WORK/report"
	check 'every answer was kept' jq -e '.good and .contradictions == 0 and
		.cancellations.accepted == .kinds.cancel.cancelled and .cancellations.tooLate == .kinds.cancel.completed' \
		"$LIVE_WORK/report"
	check 'the ledger says what was answered' same \
		"$(awk -F '\t' '$4 == "cancel" && !($12 == 202 && $8 == "cancelled" || $12 == 409 && $8 == "completed")' \
			"$LIVE_WORK/ledger" | wc -l)" 0
	id=$(awk -F '\t' '$12 == 202 { print $7; exit }' "$LIVE_WORK/ledger")
	page "$id"
	check 'the page of one shows when its customer took it back' record step order CancelOrder
}

completed
refunded
told_twice
parked
partly
refusals
cancelled_under_load
check 'nothing is left under way' wait_for 30 no_open_orders
live_done
