#!/bin/bash
#
# Every class of message that cannot be handled, put before every consumer while
# orders flow: each becomes a dead letter that says what, whence and why, with its
# key and bytes as they were; what comes behind it under its key waits; no other
# key is held up for 5 s.
#
# shellcheck disable=SC2016 # what looks like a variable is Perl's
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly HELD_UP_MAX_US=5000000
readonly OVERSIZE=10485760

uuid() {
	cat /proc/sys/kernel/random/uuid
}

# put TOPIC KEY FILE [KCAT ARGUMENT]...: one message of the file's bytes.
put() {
	lab kcat -P -t "$1" -k "$2" "${@:4}" "$3"
}

# ---- good bytes, and what is done to them ----

# value_of TOPIC ORDER FILE: the bytes of the order's first message there.
value_of() {
	local place
	place=$(topic "$1" | jq -r --arg key "$2" 'select(.key == $key) | "\(.partition) \(.offset)"' | head -n 1)
	message "$1" "${place% *}" "${place#* }" '%s' >"$3"
}

# message TOPIC PARTITION OFFSET FORMAT
message() {
	lab kcat -C -q -t "$1" -p "$2" -o "$3" -c 1 -f "$4"
}

# change FILE PERL: a new file with other bytes, $CHANGED. Fails where nothing changed.
change() {
	CHANGED=$LIVE_WORK/changed
	LC_ALL=C perl -0777 -pe "$2" "$1" >"$CHANGED"
	! cmp -s "$1" "$CHANGED"
}

# good GROUP KEY FILE: what the group would read under that key without complaint.
good() {
	LC_ALL=C perl -0777 -pe "s/$sample_order/$2/" "$LIVE_WORK/good.$1" >"$3"
}

# ---- dead letters ----

# dead_arrived GROUP MARK: the dead letter whose header "mark" is MARK, as
# name=value lines in $LIVE_WORK/letter.
dead_arrived() {
	topic "dlq.$1" 2>/dev/null | jq -r --arg mark "$2" '
		[.headers as $h | range(0; ($h | length); 2) | {key: $h[.], value: $h[. + 1]}]
			as $pairs | select($pairs | any(.key == "mark" and .value == $mark)) |
		"at=\(.partition) \(.offset)", "key=\(.key)", ($pairs[] | "\(.key)=\(.value)")' \
		>"$LIVE_WORK/letter" 2>/dev/null
	[[ -s $LIVE_WORK/letter ]]
}

# of_letter NAME: the value of its line.
of_letter() {
	sed -n "s/^$1=//p" "$LIVE_WORK/letter"
}

# says LINE...: patterns, each a line of the letter, all of it.
says() {
	local line
	for line; do
		grep -qxE "$line" "$LIVE_WORK/letter" || {
			printf 'no line %s\n' "$line"
			cat "$LIVE_WORK/letter"
			return 1
		}
	done
}

# came_from MARK: the place that the letter names holds the message.
came_from() {
	message "$(of_letter dlq.topic)" "$(of_letter dlq.partition)" "$(of_letter dlq.offset)" '%h' |
		grep -F "mark=$1"
}

# same_bytes GROUP FILE
same_bytes() {
	local at
	at=$(of_letter at)
	message "dlq.$1" "${at% *}" "${at#* }" '%s' | cmp - "$2"
}

# waits GROUP KEY: one message waits behind the key's dead letter.
waits() {
	[[ $(sql "$1" "SELECT waiting FROM parked WHERE key = '$2'") == 1 ]]
}

# poison GROUP CLASS SENTENCE KEY FILE [KCAT ARGUMENT]...: with KEY "-" it has none.
poison() {
	local group=$1 topic=${topics[$1]} class=$2 sentence=$3 key=$4 file=$5 mark
	mark=$(uuid)
	if [[ $key == - ]]; then
		lab kcat -P -t "$topic" -H "mark=$mark" "${@:6}" "$file"
	elif [[ $file == null ]]; then
		printf '%s:\n' "$key" | lab kcat -P -t "$topic" -K: -Z -H "mark=$mark" "${@:6}"
	else
		put "$topic" "$key" "$file" -H "mark=$mark" "${@:6}"
	fi
	poisoned[$group]=$((${poisoned[$group]:-0} + 1))
	check "$group: $sentence becomes a dead letter" wait_for 20 dead_arrived "$group" "$mark"
	check "$group: $sentence: it says what, whence and why" says "dlq\.class=$class" 'dlq\.reason=.{8,}' \
		"dlq\.topic=$topic" 'dlq\.partition=[0-5]' 'dlq\.offset=[0-9]+' 'dlq\.timestamp=[0-9]{13}' \
		"dlq\.group=$group" 'dlq\.attempts=[1-9][0-9]*'
	check "$group: $sentence: there it is" came_from "$mark"
	if [[ $class == too_large ]]; then
		check "$group: $sentence: it says what it leaves out" says 'dlq\.omitted=value'
	else
		check "$group: $sentence: its bytes are untouched" same_bytes "$group" "${file/#null//dev/null}"
	fi
	[[ $key != - ]] || return 0
	check "$group: $sentence: its key is untouched" says "key=$key"
	good "$group" "$key" "$LIVE_WORK/behind"
	put "$topic" "$key" "$LIVE_WORK/behind" -H "id=$(uuid)"
	check "$group: $sentence: what comes behind it waits" wait_for 10 waits "$group" "$key"
	waiting[$group]=$((${waiting[$group]:-0} + 1))
}

# each GROUP: the classes that every consumer must tell apart.
each() {
	local group=$1 file=$LIVE_WORK/good.$1 key
	poison "$group" missing_id 'a message without an id' "$(uuid)" "$file"
	poison "$group" bad_id 'an id that is none' "$(uuid)" "$file" -H id=4711
	poison "$group" missing_key 'a message without a key' - "$file" -H "id=$(uuid)"
	poison "$group" bad_key 'a key that is no order id' "nobody-$(uuid)" "$file" -H "id=$(uuid)"
	poison "$group" wrong_key "another order's key" "$(uuid)" "$file" -H "id=$(uuid)"
	poison "$group" no_value 'a message without a value' "$(uuid)" null -H "id=$(uuid)"
	head -c "$OVERSIZE" /dev/zero >"$LIVE_WORK/oversize"
	poison "$group" too_large 'a value of 10 MiB' "$(uuid)" "$LIVE_WORK/oversize" -H "id=$(uuid)" \
		-z lz4 -X message.max.bytes=20000000
	changed "$group" 'bytes that are broken off' 's/.{5}$//s'
	changed "$group" 'bytes left over' 's/$/xx/'
	changed "$group" 'bytes that are no event' 's/^\0/h/'
	changed "$group" 'an unknown schema id, as of a future version' 's/^.{5}/\0\0\x0f\x42\x3f/s'
	changed "$group" 'text that is not UTF-8' 's/(card_|sku-)./$1\xff/'
	key=$(uuid)
	good "$group" "$key" "$LIVE_WORK/typed"
	poison "$group" wrong_type 'a header that names another type' "$key" "$LIVE_WORK/typed" \
		-H "id=$(uuid)" -H type=OrderCreated
	key=$(uuid)
	LC_ALL=C perl -0777 -pe "s/$sample_order/$key/" "$LIVE_WORK/good.${stranger[$group]}" >"$LIVE_WORK/strange"
	poison "$group" wrong_topic 'an event of another topic' "$key" "$LIVE_WORK/strange" -H "id=$(uuid)"
}

# changed GROUP SENTENCE PERL [CLASS]: good bytes, changed.
changed() {
	local group=$1 key
	key=$(uuid)
	good "$group" "$key" "$LIVE_WORK/before"
	change "$LIVE_WORK/before" "$3" || check "$group: $2: the bytes could be changed" false
	poison "$group" "${4:-unreadable}" "$2" "$key" "$CHANGED" -H "id=$(uuid)"
}

# unmarked GROUP: dead letters that nobody of us put there.
unmarked() {
	topic "dlq.$1" | jq -r 'select(.headers | index("mark") | not) | .offset' | wc -l
}

# metric GROUP NAME: the sum of its samples.
metric() {
	local port
	port=$(lab status --json | jq -r --arg name "$1" '.processes[] | select(.name == $name) | .port')
	curl -s "http://127.0.0.1:$port/metrics" | awk -v name="$2" '
		$1 == name || index($1, name "{") == 1 { sum += $2 } END { print sum + 0 }'
}

# metric_is GROUP NAME VALUE
metric_is() {
	[[ $(metric "$1" "$2") == "$3" ]]
}

declare -A topics=([payment]=payment.requests [inventory]=inventory.requests [order]=payment.events)
declare -A stranger=([payment]=inventory [inventory]=order [order]=payment)
declare -A said=([payment]=outbox.aggregateid [inventory]=answer.key [order]=outbox.aggregateid)
declare -A poisoned waiting before letters_before parked_before

order_place sku-cable
sample_order=$ORDER_ID
check 'an order flows before' order_ends "$sample_order" Completed
order_place sku-cable 1 card_declined
check 'another is declined' order_ends "$ORDER_ID" Cancelled
value_of payment.requests "$sample_order" "$LIVE_WORK/good.payment"
value_of inventory.requests "$sample_order" "$LIVE_WORK/good.inventory"
value_of payment.events "$ORDER_ID" "$LIVE_WORK/declined"
LC_ALL=C perl -0777 -pe "s/$ORDER_ID/$sample_order/" "$LIVE_WORK/declined" >"$LIVE_WORK/good.order"
for group in "${!topics[@]}"; do
	before[$group]=$(unmarked "$group")
	letters_before[$group]=$(metric "$group" orderlab_dead_letters_total)
	parked_before[$group]=$(sql "$group" 'SELECT count(*) FROM parked_message')
done

# Orders flow while the poison goes in; how long each took is their report.
"$LIVE_TREE/lab" orders --rate 10 --duration 600s --settle 30s --mix ok=1 --output json \
	>"$LIVE_WORK/flow.json" 2>"$LIVE_WORK/flow.err" &
flow=$!
for group in payment inventory order; do
	each "$group"
done
changed inventory 'a negative quantity' 's/(sku-cable)\x02/$1\x01/' refused
changed payment 'a negative amount' 's/^(.{79})(.)./$1$2\xff/s' refused
key=$(uuid)
good order "$key" "$LIVE_WORK/answer"
poison order refused 'an answer for an order that is not there' "$key" "$LIVE_WORK/answer" -H "id=$(uuid)"
kill -INT "$flow" 2>/dev/null || true
check 'every order placed meanwhile ended' wait "$flow"
printf 'ms from due to the end of an order meanwhile: %s\n' \
	"$(jq -c '.latencyUs.toTerminal | {orders: .count, p50: (.p50 / 1000), p99: (.p99 / 1000), max: (.max / 1000)}' \
		"$LIVE_WORK/flow.json")"
check 'some were placed' within "$(jq .all.completed "$LIVE_WORK/flow.json")" 20 1000000
check 'none was held up for 5 s' within "$(jq .latencyUs.toTerminal.max "$LIVE_WORK/flow.json")" 1 "$HELD_UP_MAX_US"

for group in "${!topics[@]}"; do
	check "$group holds no good message among its dead letters" same "$(unmarked "$group")" "${before[$group]}"
	check "$group counts its dead letters" metric_is "$group" orderlab_dead_letters_total \
		$((letters_before[$group] + poisoned[$group]))
	check "$group shows how many messages wait" wait_for 15 metric_is "$group" orderlab_parked_messages \
		$((parked_before[$group] + waiting[$group]))
	check "$group has said nothing about a key that waits" same \
		"$(sql "$group" "SELECT count(*) FROM ${said[$group]%.*} JOIN parked ON parked.key = ${said[$group]}")" 0
done
check 'every process is ready' wait_for 20 all_ready
live_done
