#!/bin/bash
#
# Dead letters put back: in the order of their key, once, written down; killed at every
# point of it and run again; given up after three times.
#
# The database of payment refuses every payment for a while, so each order's request
# becomes a dead letter, and what comes behind it under its key waits.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# Always a lab of its own: the dead letters of others would be put back too.
unset LAB_LIVE
live_start

readonly POINTS=(dlq.after_take dlq.after_produce dlq.after_positions dlq.after_transaction
	dlq.after_commit)

payment_breaks() {
	sql payment 'ALTER TABLE payment ADD CONSTRAINT broken CHECK (amount < 0) NOT VALID' >/dev/null
}

payment_mends() {
	sql payment 'ALTER TABLE payment DROP CONSTRAINT IF EXISTS broken' >/dev/null
}

redrive_finish() {
	payment_mends || true
	live_cleanup
}
trap redrive_finish EXIT

# dlq CODE ARGUMENT...: of ./lab replay dlq for payment; its report and words are kept.
dlq() {
	local code=0
	lab replay dlq --group payment "${@:2}" >"$LIVE_WORK/report" 2>"$LIVE_WORK/words" || code=$?
	same "$code" "$1" || {
		tail -n 5 "$LIVE_WORK/report" "$LIVE_WORK/words"
		return 1
	}
}

# killed_at POINT: the tool, with one dead letter in hand.
killed_at() {
	local code=0
	CRASH_AT=$1 lab replay dlq --group payment --execute >"$LIVE_WORK/report" 2>&1 || code=$?
	same "$code" 137
}

is_dead() {
	topic dlq.payment | jq -r .key | grep -qx "$1"
}

# letters ORDER: how many dead letters it has.
letters() {
	topic dlq.payment | jq -r .key | grep -cx "$1" || true
}

waits_behind() {
	[[ $(sql payment "SELECT waiting FROM parked WHERE key = '$1'") == "$2" ]]
}

# redriven ORDER: how often its messages were put back.
redriven() {
	topic payment.requests | jq -r --arg key "$1" \
		'select(.key == $key) | .headers | index("redrives") | select(.) | "x"' | wc -l
}

# audited ORDER: "outcome" of each record about its dead letters.
audited() {
	topic replay.audit | jq -r .payload | jq -r --arg key "$1" 'select([.. | strings] | any(. == $key)) | .outcome' |
		sort | uniq -c | sed 's/^ *//' | paste -sd' '
}

same_count() {
	same "$(letters "$1")" "$2"
}

dead_order() {
	order_place sku-sticker
	check 'the request of an order becomes a dead letter' wait_for 20 is_dead "$ORDER_ID"
}

payment_breaks
orders=()
for _ in "${POINTS[@]}" last; do
	dead_order
	orders+=("$ORDER_ID")
done
request POST "/orders/${orders[0]}/cancellation"
check 'a cancellation behind a dead letter is accepted' same "$STATUS" 202
check 'its refund waits' wait_for 20 waits_behind "${orders[0]}" 1

check 'without --execute there is a plan' dlq 0
check 'with a histogram of reasons' grep -q '^database  *6 ' "$LIVE_WORK/report"
check 'as JSON too' dlq 0 --output json
check 'which parses' jq -e . "$LIVE_WORK/report"
check 'nothing was put back by that' same "$(redriven "${orders[0]}")" 0
check 'a group that is none is refused' dlq 2 --group nobody
check 'in one sentence' same "$(wc -l <"$LIVE_WORK/words")" 1

payment_mends
for point in "${POINTS[@]}"; do
	check "it can be killed at $point" killed_at "$point"
done
check 'run again, it does the rest' dlq 0 --execute
check 'the cancelled order is Cancelled' order_ends "${orders[0]}" Cancelled
for order in "${orders[@]:1}"; do
	check 'an order whose request was put back completes' order_ends "$order" Completed
	check 'it was charged once' same "$(captures "$order")" 1
done
check 'no money was kept of it' same "$(money_kept "${orders[0]}")" 0
# Killed behind Kafka's commit and before the database's, the tool cannot know whether
# the consumer has set the first copy aside: it sends a second one, which the inbox absorbs.
check 'the one killed between the two commits was put back twice' same "$(redriven "${orders[0]}")" 2
check 'and both times are written down' same "$(audited "${orders[0]}" | grep -o '. redriven')" '2 redriven'
for order in "${orders[@]:1}"; do
	check 'every other dead letter was put back once' same "$(redriven "$order")" 1
	check 'and written down once' same "$(audited "$order")" '1 redriven'
done
check 'no key waits any more' same "$(sql payment 'SELECT count(*) FROM parked')" 0
check 'run once more, there is nothing to do' dlq 0 --execute
check 'nothing was put back again' same "$(redriven "${orders[1]}")" 1

payment_breaks
dead_order
for round in 1 2 3; do
	check "put back for nothing, $round" dlq 0 --key "$ORDER_ID" --execute
	check 'it is a dead letter again' wait_for 20 same_count "$ORDER_ID" "$((round + 1))"
done
check 'after three times it is not put back' dlq 3 --key "$ORDER_ID" --execute
payment_mends
check 'it can be given up' dlq 0 --key "$ORDER_ID" --discard --execute
check 'its order asks payment again and completes' order_ends "$ORDER_ID" Completed 150
check 'charged once' same "$(captures "$ORDER_ID")" 1
check 'every process is ready' wait_for 30 all_ready
live_done
