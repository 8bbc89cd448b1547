#!/bin/bash
#
# The checker is checked: it passes a system that is well, says INCONCLUSIVE while orders
# are under way, and finds each thing that is broken in the data on purpose by the invariant
# meant for it.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# Always a lab of its own: what is broken here would be the others' trouble, and theirs ours.
unset LAB_LIVE
live_start

readonly LEDGER=$LIVE_WORK/run.tsv

# verdict CODE ARGUMENT...: verify leaves with CODE.
verdict() {
	local wanted=$1 code=0
	shift
	lab verify "$@" >"$LIVE_WORK/report" 2>&1 || code=$?
	same "$code" "$wanted" || {
		grep -v PASS "$LIVE_WORK/report"
		return 1
	}
}

# reported WORDS: by the latest verdict.
reported() {
	grep -qF -- "$1" "$LIVE_WORK/report" || {
		cat "$LIVE_WORK/report"
		return 1
	}
}

# found INVARIANT WORDS: FAIL, by that invariant alone, in these words.
found() {
	verdict 1 --ledger "$LEDGER" --only "$1" && reported "$2"
}

# first SERVICE STATEMENT: one value.
first() {
	sql "$1" "$2" | head -n 1
}

superuser() {
	lab psql "$1" --superuser -X -q -A -t -c "$2"
}

# broken INVARIANT WORDS SERVICE STATEMENT UNDO: found, and well again afterwards.
broken() {
	superuser "$3" "$4"
	check "$1 finds it: $2" found "$1" "$2"
	superuser "$3" "$5"
	check "$1 passes when it is undone" verdict 0 --only "$1"
}

# ---- the system as it is ----

well() {
	check 'what orders leaves is a ledger' lab orders --rate 40 --count 120 --settle 120s \
		--mix ok=60,declined=20,out_of_stock=20 --ledger "$LEDGER"
	check 'every invariant passes' verdict 0 --ledger "$LEDGER" --wait 60
	check 'all twelve were asked' same "$(grep -c '^S[0-9]* *PASS' "$LIVE_WORK/report")" 12
	check 'JSON says the same' same \
		"$(lab verify --output json --only S3,S8 | jq -r '[.verdict, .invariants[].id] | join(" ")')" \
		'PASS S3 S8'
}

not_quiet() {
	lab stop payment >/dev/null
	order_place sku-cable
	check 'while an order is under way nothing is said to be lost' verdict 3 --only S1,S3,S8
	check 'the report says which' reported "the oldest is $ORDER_ID"
	check 'what is right at any time passes even then' verdict 0 --only S5,S6,S11
	lab start payment >/dev/null
	check 'it waits until the order has ended' verdict 0 --wait 60
}

refusals() {
	check 'an invariant that is none is refused' verdict 2 --only S13
	check 'a ledger that is none is refused' verdict 2 --ledger "$LIVE_TREE/README.md"
	check 'a database that is away is said in one sentence' verdict 5 \
		--payment-database-url postgresql://payment@127.0.0.1:1/payment
	check 'and its name with it' reported 'verify: database payment: '
	check 'without a gateway the answers are not judged' verdict 3 --only S12 \
		--gateway-url http://127.0.0.1:1
}

# ---- what is broken and mended again ----

promises() {
	local order other key
	order=$(first order "SELECT id FROM orders WHERE status = 'Completed' ORDER BY id")
	other=$(first order "SELECT id FROM orders WHERE status = 'Completed' ORDER BY id DESC")
	key=$(first order "SELECT key FROM idempotency WHERE order_id = '$order'")

	sed "s/$order/00000000-0000-4000-8000-000000000001/" "$LEDGER" >"$LIVE_WORK/other.tsv"
	check 'S1 finds a promise without an order' verdict 1 --ledger "$LIVE_WORK/other.tsv" --only S1
	check 'and names it' reported \
		'order 00000000-0000-4000-8000-000000000001  was promised, and is not there'
	broken S2 'was made by 2 keys' order \
		"UPDATE idempotency SET order_id = '$other' WHERE key = '$key'" \
		"UPDATE idempotency SET order_id = '$order' WHERE key = '$key'"
}

money_and_stock() {
	local order payment
	order=$(first order "SELECT id FROM orders WHERE status = 'Completed' ORDER BY id")
	payment=$(first payment "SELECT id FROM payment WHERE order_id = '$order'")

	broken S3 "order $order  completed, and " payment \
		"UPDATE payment_transaction SET amount = amount + 1 WHERE payment_id = '$payment'" \
		"UPDATE payment_transaction SET amount = amount - 1 WHERE payment_id = '$payment'"
	broken S3 'the provider took' payment \
		"UPDATE provider.charge SET amount = amount + 1 WHERE payment_id = '$payment'" \
		"UPDATE provider.charge SET amount = amount - 1 WHERE payment_id = '$payment'"
	broken S4 "order $order  is completed and holds no stock" inventory \
		"UPDATE reservation SET status = 'Released' WHERE order_id = '$order'" \
		"UPDATE reservation SET status = 'Reserved' WHERE order_id = '$order'"
	broken S4 "order $order  holds other items than were ordered" inventory \
		"UPDATE reservation_item SET quantity = quantity + 1 WHERE order_id = '$order'" \
		"UPDATE reservation_item SET quantity = quantity - 1 WHERE order_id = '$order'"
}

histories() {
	local order
	order=$(first order "SELECT id FROM orders WHERE status = 'Completed' ORDER BY id")

	broken S5 'no PaymentSucceeded leads from awaiting_payment to refunding' order \
		"UPDATE order_history SET step_to = 'refunding' WHERE order_id = '$order' AND version = 2" \
		"UPDATE order_history SET step_to = 'awaiting_stock' WHERE order_id = '$order' AND version = 2"
	broken S5 'its history at' order \
		"UPDATE orders SET version = version + 1 WHERE id = '$order'" \
		"UPDATE orders SET version = version - 1 WHERE id = '$order'"
}

logs() {
	local order event
	order=$(first order "SELECT id FROM orders WHERE status = 'Completed' ORDER BY id")
	event=$(first order "SELECT id FROM outbox WHERE aggregateid = '$order' AND type = 'OrderCreated'")

	broken S6 'analytics has taken it before an earlier one of this order' analytics \
		"UPDATE inbox SET received_at = received_at + interval '1 hour' WHERE event_id = '$event'" \
		"UPDATE inbox SET received_at = received_at - interval '1 hour' WHERE event_id = '$event'"
	broken S7 "lost: analytics went past event $event" analytics \
		"CREATE TABLE kept AS SELECT * FROM inbox WHERE event_id = '$event';
		DELETE FROM inbox WHERE event_id = '$event'" \
		'INSERT INTO inbox SELECT * FROM kept; DROP TABLE kept'
	broken S7 'aborted read: analytics has taken event' analytics \
		"INSERT INTO inbox (event_id, topic, partition, \"offset\")
			VALUES ('00000000-0000-4000-8000-000000000002', 'order.events', 0, 0)" \
		"DELETE FROM inbox WHERE event_id = '00000000-0000-4000-8000-000000000002'"
	# Inside its day, so that the row moves to no other partition and is not published.
	broken S8 "of order.outbox is not there" order \
		"UPDATE outbox SET id = overlay(id::text PLACING '0000' FROM 33)::uuid WHERE id = '$event'" \
		"UPDATE outbox SET id = '$event'
			WHERE id = overlay('$event' PLACING '0000' FROM 33)::uuid"
}

readers() {
	local order
	order=$(first order "SELECT id FROM orders ORDER BY id DESC")

	broken S10 "order $order  analytics has other facts than the owner about the order itself" \
		analytics \
		"UPDATE order_fact SET total_amount = total_amount + 1 WHERE order_id = '$order'" \
		"UPDATE order_fact SET total_amount = total_amount - 1 WHERE order_id = '$order'"
	broken S11 'is recorded as sent 2 times' notification \
		"DROP INDEX delivery_attempt_sent; INSERT INTO delivery_attempt
			SELECT event_id, 99, recipient, outcome, detail, started_at, ended_at
			FROM delivery_attempt WHERE outcome IN ('Sent', 'Simulated') LIMIT 1" \
		"DELETE FROM delivery_attempt WHERE attempt = 99;
		CREATE UNIQUE INDEX delivery_attempt_sent ON delivery_attempt (event_id)
			WHERE outcome IN ('Sent', 'Simulated')"
	# The gateway keeps orders that have ended, and was asked for this one.
	broken S12 "order $order  the gateway (cold) answers 200" order \
		"UPDATE orders SET customer_id = customer_id || '-x' WHERE id = '$order'" \
		"UPDATE orders SET customer_id = replace(customer_id, '-x', '') WHERE id = '$order'"
}

# Answers are the owner's with Redis flushed, full of rubbish, and gone.
caches() {
	local key redis=(timeout 5 redis-cli -h "${REDIS_ADDRESS%:*}" -p "${REDIS_ADDRESS#*:}")

	lab stop gateway >/dev/null
	lab start gateway >/dev/null
	"${redis[@]}" FLUSHALL >/dev/null
	check 'S12 passes with Redis empty, and then warm' verdict 0 --only S12 --wait 10
	for key in $("${redis[@]}" --scan); do
		"${redis[@]}" SET "$key" rubbish >/dev/null
	done
	lab stop gateway >/dev/null
	lab start gateway >/dev/null
	check 'S12 passes with Redis full of rubbish' verdict 0 --only S12
	lab stop redis >/dev/null
	check 'S12 passes with Redis gone' verdict 0 --only S12
	lab start redis >/dev/null
}

# ---- what cannot be mended: a log keeps what it has ----

dead_letters() {
	printf 'no message of ours' | lab kcat -P -t payment.requests -k nobody -p 0
	check 'poison that nobody published is what S9 expects' wait_for 30 verdict 0 --only S9 \
		--poison missing_id=1
	check 'and not when more was put in' verdict 1 --only S9 --poison missing_id=2
	check 'S8 lets it be' verdict 0 --only S8
	printf x | lab kcat -P -t dlq.payment -k nobody -p 0 -H dlq.topic=payment.requests \
		-H dlq.partition=0 -H dlq.offset=0 -H dlq.class=refused
	check 'S9 finds a good message among the dead letters' found S9 \
		"came from its owner's outbox and is a dead letter"
}

# message FORMAT: of the first one in payment.events.
message() {
	lab kcat -C -q -t payment.events -p "$partition" -o 0 -c 1 -f "$1"
}

doubled() {
	local id partition
	partition=$(topic payment.events | jq -s '.[0].partition')
	id=$(message %h | grep -o 'id=[^,]*' | head -n 1)
	message %s >"$LIVE_WORK/value"
	lab kcat -P -t payment.events -k "$(message %k)" -p "$partition" -H "$id" "$LIVE_WORK/value"
	check 'the consumers go past it' wait_for 30 verdict 0 --only S3
	check 'S7 finds an event that is in the log twice' found S7 "event ${id#id=} is in the log twice"
	check 'S8 finds it too' found S8 "event ${id#id=} is there 2 times"
}

well
not_quiet
refusals
promises
money_and_stock
histories
logs
readers
caches
check 'after all this every invariant passes' verdict 0 --ledger "$LEDGER" --wait 30
dead_letters
doubled
live_done
