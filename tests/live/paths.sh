#!/bin/bash
#
# The three paths of an order over HTTP, idempotency, and everything the edge
# must refuse without storing a thing.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

# ---- the three paths ----

steps_of() {
	request GET "/orders/$1/timeline"
	field '[.entries[] | select(.kind == "applied") | .type] | join(" ")'
}

paid_and_reserved() {
	local before after
	before=$(stock_of sku-desk)
	order_place sku-desk 2
	check 'an order is accepted with 201' same "$STATUS" 201
	check 'it says where the order is' same "$(answer_header Location)" "/orders/$ORDER_ID"
	check 'it costs what the catalogue says' same "$(field .totalAmount)" 1198.00
	check 'it is Pending at first' same "$(field .status)" Pending
	check 'paid and reserved, it is Completed' order_ends "$ORDER_ID" Completed
	after=$(stock_of sku-desk)
	check 'its stock is reserved' same "$after" "$((${before% *} - 2)) $((${before#* } + 2))"
	check 'its money was taken once' same "$(money_kept "$ORDER_ID")" 119800
	check 'its timeline tells every step' same "$(steps_of "$ORDER_ID")" \
		'CreateOrder PaymentSucceeded InventoryReserved'
}

payment_declined() {
	local before method
	before=$(stock_of sku-desk)
	for method in card_declined insufficient_funds gateway_error; do
		order_place sku-desk 1 "$method"
		check "an order whose payment fails ($method) is Cancelled" \
			order_ends "$ORDER_ID" Cancelled
		check "it says why ($method)" same "$(field .cancellationReason)" "$method"
		check "no money was taken ($method)" same "$(money_kept "$ORDER_ID")" 0
	done
	check 'no stock was touched' same "$(stock_of sku-desk)" "$before"
	check 'its timeline tells every step' same "$(steps_of "$ORDER_ID")" 'CreateOrder PaymentFailed'
}

# Slow, or without a word: the customer sees what others see, later.
payment_in_the_end() {
	local method
	for method in slow unknown_outcome; do
		order_place sku-desk 1 "$method"
		check "an order whose payment is $method is Completed in the end" \
			order_ends "$ORDER_ID" Completed
		check "its money was taken once ($method)" same "$(money_kept "$ORDER_ID")" 59900
	done
}

stock_missing() {
	order_place sku-soldout
	check 'an order without stock is Cancelled' order_ends "$ORDER_ID" Cancelled
	check 'it was refunded' same "$(field .refunded)" true
	check 'the money went back' same "$(money_kept "$ORDER_ID")" 0
	check 'it was taken before' same "$(sql payment "SELECT count(*) FROM payment p
		JOIN payment_transaction t ON t.payment_id = p.id WHERE p.order_id = '$ORDER_ID'")" 2
	check 'its timeline tells every step' same "$(steps_of "$ORDER_ID")" \
		'CreateOrder PaymentSucceeded InventoryFailed PaymentRefunded'
}

scarce_stock_is_sold_once() {
	local -a ids=()
	local i id ends
	for ((i = 0; i < 5; i++)); do
		order_place sku-scarce
		ids+=("$ORDER_ID")
	done
	check 'every order of a scarce product ends' wait_for 30 no_open_orders
	ends=$(for id in "${ids[@]}"; do
		request GET "/orders/$id"
		printf '%s %s\n' "$STATUS" "$(field .status)"
	done | sort | paste -sd,)
	check 'of 3 pieces, 3 are sold to 5 buyers' same "$ends" \
		'200 Cancelled,200 Cancelled,200 Completed,200 Completed,200 Completed'
	check 'none is left' same "$(stock_of sku-scarce)" '0 3'
}

# ---- what must be refused ----

rows() {
	sql order 'SELECT (SELECT count(*) FROM orders) || chr(32) || (SELECT count(*) FROM idempotency)
		|| chr(32) || (SELECT count(*) FROM outbox)'
}

# is_problem STATUS [POINTER]: RFC 9457, of the latest request.
is_problem() {
	same "$STATUS" "$1" && same "$(answer_header Content-Type)" application/problem+json &&
		same "$(field .status)" "$1" &&
		jq -e '(.type | type) == "string" and (.title | length) > 0 and (.detail | length) > 0' \
			<<<"$BODY" && { (($# < 2)) || same "$(field .pointer)" "$2"; }
}

# refused SENTENCE STATUS POINTER JSON: POINTER '-' asks for none.
refused() {
	fresh_key
	order_post "$REPLY" "$4"
	if [[ $3 == - ]]; then
		check "refused with $2: $1" is_problem "$2"
	else
		check "refused with $2 at ${3:-the root}: $1" is_problem "$2" "$3"
	fi
}

nested() {
	printf '{"customerId":'
	printf '[%.0s' {1..40}
	printf ']%.0s' {1..40}
	printf '}'
}

items() {
	local i
	printf '{"customerId":"live","paymentMethod":"card_ok","items":['
	for ((i = 0; i < $1; i++)); do
		printf '%s{"productId":"sku-cable","quantity":1}' "$([[ $i == 0 ]] || echo ,)"
	done
	printf ']}'
}

bad_bodies() {
	local ok='"items":[{"productId":"sku-cable","quantity":1}],"paymentMethod":"card_ok"'
	refused 'no body at all' 400 - ''
	refused 'not JSON' 400 - '{"customerId": '
	refused 'text behind the JSON' 400 - "$(order_body sku-cable) x"
	refused 'the same member twice' 400 - "{\"customerId\":\"a\",\"customerId\":\"b\",$ok}"
	refused 'a real number' 400 - \
		'{"customerId":"a","paymentMethod":"card_ok","items":[{"productId":"sku-cable","quantity":1.5}]}'
	refused 'too deep' 400 - "$(nested)"
	refused 'not UTF-8' 400 - "$(printf '{"customerId":"\xff\xfe",%s}' "$ok")"
	refused 'an array instead of an object' 422 '' '[]'
	refused 'no customer' 422 /customerId "{$ok}"
	refused 'a customer that is a number' 422 /customerId "{\"customerId\":7,$ok}"
	refused 'an empty customer' 422 /customerId "{\"customerId\":\"\",$ok}"
	refused 'no items' 422 /items '{"customerId":"a","paymentMethod":"card_ok"}'
	refused 'an empty list of items' 422 /items "$(items 0)"
	refused 'too many items' 422 /items "$(items 101)"
	refused 'items that are no list' 422 /items '{"customerId":"a","items":{},"paymentMethod":"card_ok"}'
	refused 'a quantity of 0' 422 /items/0/quantity "$(order_body sku-cable 0)"
	refused 'a quantity below 0' 422 /items/0/quantity "$(order_body sku-cable -1)"
	refused 'an absurd quantity' 422 /items/0/quantity "$(order_body sku-cable 9223372036854775807)"
	refused 'a quantity beyond any number' 400 - "$(order_body sku-cable 99999999999999999999)"
	refused 'a quantity in words' 422 /items/0/quantity "$(order_body sku-cable '"two"')"
	refused 'an unknown product' 422 /items/0/productId "$(order_body sku-unheard-of)"
	refused 'an unknown way to pay' 422 /paymentMethod "$(order_body sku-cable 1 seashells)"
}

bad_requests() {
	head -c 70000 /dev/zero | tr '\0' ' ' >"$LIVE_WORK/large"
	fresh_key
	request POST /orders -H 'Content-Type: application/json' -H "Idempotency-Key: $REPLY" \
		--data-binary "@$LIVE_WORK/large"
	check 'refused with 413: a body of 70,000 bytes' is_problem 413
	request POST /orders -H 'Content-Type: application/json' -d "$(order_body sku-cable)"
	check 'refused with 400: no Idempotency-Key' is_problem 400
	request POST /orders -H 'Content-Type: application/json' -d "$(order_body sku-cable)" \
		-H "Idempotency-Key: $(printf 'k%.0s' {1..300})"
	check 'refused with 400: an Idempotency-Key of 300 characters' is_problem 400
	request DELETE /orders
	check 'refused with 405: a method that is not there' is_problem 405
	check 'it names the methods that are' same "$(answer_header Allow)" 'POST, GET'
	request GET /nowhere
	check 'refused with 404: a path that is not there' is_problem 404
	request GET /orders/not-an-id
	check 'refused with 404: an order id that is none' is_problem 404
	request GET /orders/00000000-0000-7000-8000-000000000000
	check 'refused with 404: an order nobody placed' is_problem 404
}

idempotency() {
	local key body first answer
	fresh_key
	key=$REPLY
	body=$(order_body sku-cable 3)
	order_post "$key" "$body"
	first=$(field .orderId)
	answer=$BODY
	order_post "$key" "$body"
	check 'the same key and body answer 201 again' same "$STATUS" 201
	check 'with the same body, byte for byte' same "$BODY" "$answer"
	check 'and say so' same "$(answer_header Idempotency-Replayed)" true
	order_post "$key" "$(order_body sku-cable 4)"
	check 'the same key with another body is refused with 422' is_problem 422
	check 'one order came of it' same \
		"$(sql order "SELECT count(*) FROM idempotency WHERE key = '$key'")" 1
	check 'it ends as if asked once' order_ends "$first" Completed
	check 'and is paid once' same "$(money_kept "$first")" 3690
}

same_key_at_once() {
	local key i
	fresh_key
	key=$REPLY
	for ((i = 0; i < 10; i++)); do
		curl -s -m 20 -o /dev/null -w '%{http_code}\n' "$GATEWAY_URL/orders" \
			-H "Idempotency-Key: $key" -H 'Content-Type: application/json' \
			-d "$(order_body sku-cable)" >"$LIVE_WORK/at-once.$i" &
	done
	wait
	check 'ten at once under one key answer 201 or 409, nothing else' \
		same "$(cat "$LIVE_WORK"/at-once.* | grep -cvE '^(201|409)$' || true)" 0
	check 'at least one of them 201' within "$(cat "$LIVE_WORK"/at-once.* | grep -c 201 || true)" 1 10
	check 'and one order comes of it' same \
		"$(sql order "SELECT count(*) FROM idempotency WHERE key = '$key'")" 1
}

paid_and_reserved
payment_declined
payment_in_the_end
stock_missing
scarce_stock_is_sold_once
check 'nothing is under way before the refusals' wait_for 30 no_open_orders
before=$(rows)
bad_bodies
bad_requests
check 'what was refused stored nothing' same "$(rows)" "$before"
idempotency
same_key_at_once
live_done
