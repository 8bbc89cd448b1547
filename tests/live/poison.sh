#!/bin/bash
#
# A message that cannot be read, or makes no sense, goes to dlq.<group> with
# headers that say whence and why; what comes behind it flows on.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly UUID=01890000-0000-7000-8000-00000000000

# put TOPIC KEY FILE [KCAT ARGUMENT]...: one message of the file's bytes.
put() {
	lab kcat -P -t "$1" -k "$2" "${@:4}" "$3"
}

# dead_arrived GROUP MARK: the dead letter whose header "mark" is MARK, as
# name=value lines in $LIVE_WORK/letter.
dead_arrived() {
	topic "dlq.$1" 2>/dev/null | jq -r --arg mark "$2" '
		[.headers as $h | range(0; ($h | length); 2) | {key: $h[.], value: $h[. + 1]}]
			as $pairs | select($pairs | any(.key == "mark" and .value == $mark)) |
		"key=\(.key)", ($pairs[] | "\(.key)=\(.value)")' >"$LIVE_WORK/letter" 2>/dev/null
	[[ -s $LIVE_WORK/letter ]]
}

# says PATTERN: a line of the letter, all of it.
says() {
	grep -qxE "$1" "$LIVE_WORK/letter" || {
		cat "$LIVE_WORK/letter"
		return 1
	}
}

# poison GROUP TOPIC CLASS SENTENCE KEY FILE [KCAT ARGUMENT]...
poison() {
	local group=$1 topic=$2 class=$3 sentence=$4 mark=$RANDOM-$RANDOM
	put "$topic" "$5" "$6" -H "mark=$mark" "${@:7}"
	check "$group: $sentence becomes a dead letter" wait_for 20 dead_arrived "$group" "$mark"
	check "$group: its class is $class" says "dlq\.class=$class"
	check "$group: it says why in words" says 'dlq\.reason=.{8,}'
	check "$group: it says whence" says "dlq\.topic=$topic"
	check "$group: with the partition" says 'dlq\.partition=[0-5]'
	check "$group: with the offset" says 'dlq\.offset=[0-9]+'
	check "$group: under the key it came with" says "key=$5"
}

# each GROUP TOPIC: the classes that every consumer must tell apart.
each() {
	local group=$1 topic=$2 no_event=$LIVE_WORK/no-event unknown=$LIVE_WORK/unknown
	printf 'hello' >"$no_event"
	printf '\x00\x00\x0f\x42\x3f\x01' >"$unknown" # schema id 999999
	poison "$group" "$topic" unreadable 'bytes that are no event' "${UUID}1" "$no_event" \
		-H "id=${UUID}1"
	poison "$group" "$topic" unreadable 'an unknown schema id' "${UUID}2" "$unknown" -H "id=${UUID}2"
	poison "$group" "$topic" missing_id 'a message without an id' "${UUID}3" "$no_event"
	poison "$group" "$topic" bad_key 'a key that is no order id' nobody "$no_event" -H "id=${UUID}4"
}

# value_of TOPIC FILE: the bytes of its first message.
value_of() {
	lab kcat -C -q -t "$1" -o beginning -c 1 -f '%s' >"$2"
}

order_place sku-cable
first=$ORDER_ID
check 'an order flows before' order_ends "$first" Completed

each payment payment.requests
each inventory inventory.requests
each order payment.events

# Good bytes in the wrong place.
value_of payment.events "$LIVE_WORK/answer"
poison payment payment.requests wrong_topic 'an event of another topic' "${UUID}5" \
	"$LIVE_WORK/answer" -H "id=${UUID}5"
poison order payment.events refused 'an answer for an order that is not there' "${UUID}6" \
	"$LIVE_WORK/answer" -H "id=${UUID}6"
poison order payment.events wrong_type 'a header that names another type' "${UUID}7" \
	"$LIVE_WORK/answer" -H "id=${UUID}7" -H type=OrderCreated

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
