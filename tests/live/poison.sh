#!/bin/bash
#
# A message that cannot be read, or makes no sense, goes to dlq.<group> with
# headers that say whence and why; what comes behind it flows on.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly UUID=01890000-0000-7000-8000-00000000000

# put TOPIC KEY VALUE_FORMAT [KCAT ARGUMENT]...: one message; its id is in the header.
put() {
	# shellcheck disable=SC2059 # the value is a format: it has bytes in it
	printf "$3" >"$LIVE_WORK/value"
	lab kcat -P -t "$1" -k "$2" "${@:4}" "$LIVE_WORK/value"
}

# dead GROUP MARK: the dead letter whose header "mark" is MARK, as name=value lines.
dead() {
	topic "dlq.$1" | jq -r --arg mark "$2" '
		[.headers as $h | range(0; ($h | length); 2) | {key: $h[.], value: $h[. + 1]}]
			as $pairs | select($pairs | any(.key == "mark" and .value == $mark)) |
		"key=\(.key)", ($pairs[] | "\(.key)=\(.value)")' 2>/dev/null
}

dead_arrived() {
	[[ -n $(dead "$1" "$2") ]]
}

# poison GROUP TOPIC CLASS SENTENCE KEY VALUE_FORMAT [KCAT ARGUMENT]...
poison() {
	local group=$1 topic=$2 class=$3 sentence=$4 mark=$RANDOM-$RANDOM letter
	put "$topic" "$5" "$6" -H "mark=$mark" "${@:7}"
	check "$group: $sentence becomes a dead letter" wait_for 20 dead_arrived "$group" "$mark"
	letter=$(dead "$group" "$mark")
	check "$group: its class is $class" grep -qx "dlq.class=$class" <<<"$letter"
	check "$group: it says why in words" grep -qE '^dlq\.reason=.{8,}' <<<"$letter"
	check "$group: it says whence" grep -qx "dlq.topic=$topic" <<<"$letter"
	check "$group: with partition and offset" test \
		"$(grep -cE '^dlq\.(partition|offset)=[0-9]+$' <<<"$letter")" -eq 2
}

# each GROUP TOPIC: the classes that every consumer must tell apart.
each() {
	local group=$1 topic=$2
	poison "$group" "$topic" unreadable 'bytes that are no event' "${UUID}1" 'hello' -H "id=${UUID}1"
	poison "$group" "$topic" unreadable 'an unknown schema id' "${UUID}2" \
		'\x00\x00\x0f\x42\x3f\x01' -H "id=${UUID}2"
	poison "$group" "$topic" missing_id 'a message without an id' "${UUID}3" 'hello'
	poison "$group" "$topic" bad_key 'a key that is no order id' 'nobody' 'hello' -H "id=${UUID}4"
}

order_place sku-cable
first=$ORDER_ID
check 'an order flows before' order_ends "$first" Completed

each payment payment.requests
each inventory inventory.requests
each order payment.events

# The rest flows on: one order to every partition, give or take.
for ((i = 0; i < 12; i++)); do
	order_place sku-cable
done
check 'twelve orders behind the poison all end' wait_for 30 no_open_orders
check 'the last of them is Completed' order_ends "$ORDER_ID" Completed
for group in order payment inventory; do
	check "$group holds no good message among its dead letters" same \
		"$(topic "dlq.$group" | jq -r 'select(.headers | index("mark") | not) | .offset' | wc -l)" 0
done
check 'every process is ready' wait_for 20 all_ready
live_done
