#!/bin/bash
#
# What a client may rely on beyond one order: lists in pages, a key that is
# answered once whatever dies, and a limit that is told.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly CUSTOMER=edge-$$

# place_for CUSTOMER [METHOD]
place_for() {
	fresh_key
	order_post "$REPLY" "{\"customerId\":\"$1\",\"items\":[{\"productId\":\"sku-cable\",\"quantity\":1}],
		\"paymentMethod\":\"${2:-card_ok}\"}"
	ORDER_ID=$(field .orderId)
}

# pages QUERY: the ids of all pages, in order.
pages() {
	local next='' ids=''
	while true; do
		request GET "/orders?$1${next:+&after=$next}"
		[[ $STATUS == 200 ]] || return 1
		ids+=$(field '.orders[].orderId')$'\n'
		next=$(field '.next // ""')
		[[ -n $next ]] || break
	done
	printf '%s' "$ids"
}

lists() {
	local i placed='' between
	for ((i = 0; i < 7; i++)); do
		place_for "$CUSTOMER" "$( ((i == 3)) && echo card_declined || echo card_ok)"
		placed=$ORDER_ID$'\n'$placed
	done
	wait_for 30 no_open_orders || true
	check 'a customer'\''s orders come newest first' same \
		"$(pages "customerId=$CUSTOMER")" "${placed%$'\n'}"
	check 'and are the same in pages of three' same \
		"$(pages "customerId=$CUSTOMER&limit=3")" "${placed%$'\n'}"
	check 'one was declined' same \
		"$(pages "customerId=$CUSTOMER&status=Cancelled" | wc -w)" 1
	check 'all others are completed' same \
		"$(pages "customerId=$CUSTOMER&status=Completed&limit=1" | wc -w)" 6
	check 'by status alone there are as many as the database has' same \
		"$(pages 'status=Cancelled&limit=200' | wc -w)" \
		"$(sql order "SELECT count(*) FROM orders WHERE status = 'Cancelled'")"
	check 'a stranger has none' same "$(pages 'customerId=nobody-at-all')" ''

	request GET "/orders?customerId=$CUSTOMER&limit=3"
	between=$(field .next)
	place_for "$CUSTOMER"
	request GET "/orders?customerId=$CUSTOMER&limit=3&after=$between"
	check 'what comes in between two pages moves nothing' same \
		"$(field '.orders[].orderId')" "$(sed -n 4,6p <<<"$placed")"
}

open_list() {
	lab stop payment >/dev/null
	place_for "$CUSTOMER-open"
	check 'an order under way is among the Pending ones' same \
		"$(pages 'status=Pending' | grep -c "$ORDER_ID")" 1
	check 'and in no other list' same "$(pages "customerId=$CUSTOMER-open&status=Paid")" ''
	lab start payment >/dev/null
	check 'with payment back it completes' order_ends "$ORDER_ID" Completed
}

# refused QUERY WORDS
refused() {
	request GET "/orders?$1"
	check "refused with 400: $1" same "$STATUS" 400
	check "and says why: $2" grep -qF "$2" <<<"$(field .detail)"
}

bad_queries() {
	refused 'limit=0' 'limit is a number from 1 to 200'
	refused 'limit=201' 'limit is a number from 1 to 200'
	refused 'limit=+5' 'limit is a number from 1 to 200'
	refused 'status=Done' 'Pending, Paid, Completed or Cancelled'
	refused 'after=1' "an order's id"
	refused 'custmerId=me' 'no parameter custmerId'
	refused 'customerId=a&customerId=b' 'given twice'
	refused 'customerId=' 'is empty'
	refused 'customerId=%zz' 'escape'
}

# crash_at POINT: order dies there while it creates; the same request finds out.
crash_at() {
	local key body
	body="{\"customerId\":\"$CUSTOMER-$1\",\"items\":[{\"productId\":\"sku-cable\",\"quantity\":1}],\"paymentMethod\":\"card_ok\"}"
	fresh_key
	key=$REPLY
	lab stop order >/dev/null
	lab start order CRASH_AT="create.$1:1" >/dev/null
	wait_for 30 ready order || true
	order_post "$key" "$body"
	check "killed $1, the client hears that it does not know (got $STATUS)" grep -qE '^50[234]$' <<<"$STATUS"
	check 'the supervisor starts order again' wait_for 30 ready order
	check 'the same request is answered 201' wait_for 20 post_is_201 "$key" "$body"
	ORDER_ID=$(field .orderId)
	REPLAYED=$(answer_header Idempotency-Replayed)
	check 'there is one order of it' same \
		"$(sql order "SELECT count(*) FROM orders WHERE customer_id = '$CUSTOMER-$1'")" 1
	check 'and it completes' order_ends "$ORDER_ID" Completed
}

post_is_201() {
	order_post "$1" "$2"
	[[ $STATUS == 201 ]]
}

crashes() {
	crash_at before_commit
	check 'nothing was stored before the commit: it is a new answer' same "$REPLAYED" ''
	crash_at after_commit
	check 'it was stored: the answer is the first one again' same "$REPLAYED" true
}

limited() {
	local i answered=0 refused=0
	lab stop gateway >/dev/null
	lab start gateway RATE_LIMIT=1 RATE_BURST=5 >/dev/null
	wait_for 20 ready gateway || true
	for ((i = 0; i < 12; i++)); do
		request GET /products
		case $STATUS in
		200) answered=$((answered + 1)) ;;
		429) refused=$((refused + 1)) ;;
		esac
	done
	check "a client in a hurry gets its burst (answered $answered)" within "$answered" 5 9
	check "and 429 for the rest (refused $refused)" within "$refused" 3 7
	check 'with the time to wait' within "$(answer_header Retry-After)" 1 1
	check 'and is counted' within \
		"$(curl -s "$GATEWAY_URL/metrics" | awk '$1 == "orderlab_rate_limited_total" {print $2}')" 3 7
	lab stop gateway >/dev/null
	lab start gateway >/dev/null
	check 'without that setting nobody in this lab is refused' wait_for 20 ready gateway
}

lists
open_list
bad_queries
crashes
limited
live_done
