#!/bin/bash
#
# Three members share the partitions of payment while orders flow: the order of
# every key holds, and a member that is started again disturbs nobody.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly MEMBERS=(payment payment-2 payment-3)

# partitions PROCESS
partitions() {
	lab scale payment | awk -v name="$1" '$1 == name {print $2}'
}

shares() {
	local member
	for member in "${MEMBERS[@]}"; do
		partitions "$member"
	done | paste -sd' '
}

# How often a member was told of new partitions, by its own log.
rebalances() {
	grep -c '"partitions assigned"' "$LAB_RUN/logs/$1.log"
}

# Messages that payment took before one that stands earlier in its partition. A
# batch is one transaction, and received_at the time when it began.
taken_early() {
	sql payment 'SELECT count(*) FROM (SELECT received_at < lag(received_at) OVER
		(PARTITION BY topic, partition ORDER BY "offset") AS early FROM inbox) AS taken WHERE early'
}

# ours TOPIC: "key partition offset sequence" of the orders placed here, in the topic's order.
# What other tests sent by hand has no order that was placed since this one began.
ours() {
	sql order "SELECT id FROM orders WHERE created_at >= '$BEGAN'" >"$LIVE_WORK/ours"
	topic "$1" | jq -r '.headers as $h | ($h | index("sequence")) as $at |
		select($at) | [.key, .partition, .offset, $h[$at + 1]] | @tsv' |
		awk 'NR == FNR {placed[$1] = 1; next} $1 in placed' "$LIVE_WORK/ours" - | sort -k2,2n -k3,3n
}

# Messages whose sequence does not rise within their key; all, when there are none at all.
out_of_sequence() {
	ours "$1" | awk '$4 <= last[$1] {bad++} {last[$1] = $4} END {print (NR > 0 ? bad + 0 : "none")}'
}

# Keys that stand in more than one partition.
keys_astray() {
	ours "$1" | cut -f1,2 | sort -u | cut -f1 | uniq -d | wc -l
}

# How much each member has applied since it was started.
members_took() {
	local url
	eval "$(lab env)"
	for url in "$PAYMENT_URL" "$PAYMENT_2_URL" "$PAYMENT_3_URL"; do
		curl -s "$url/metrics" | awk '$1 == "orderlab_messages_total{outcome=\"applied\"}" {print $2}'
	done
}

all_share() {
	[[ $(shares) == '2 2 2' ]]
}

BEGAN=$(sql order 'SELECT now()')
readonly BEGAN
check 'payment is scaled to three members' lab scale payment 3
check 'each has two of six partitions' same "$(shares)" '2 2 2'
told=$(rebalances payment)
told_3=$(rebalances payment-3)

lab orders --rate 100 --count 1500 --mix ok=60,declined=10,out_of_stock=30 >"$LIVE_WORK/orders" 2>&1 &
load=$!
wait_for 20 test "$(sql order 'SELECT count(*) FROM orders')" -gt 0 || true
lab kill payment-2 >/dev/null
check 'one that was killed comes back' wait_for 20 ready payment-2
check 'every order came to its end meanwhile' wait "$load"
tail -n 12 "$LIVE_WORK/orders"

check 'it has its partitions again' wait_for 20 all_share
check 'with all three back, more orders come to their end' \
	lab orders --rate 100 --count 300 --seed 2
check 'nobody else was told of new partitions' same \
	"$(rebalances payment) $(rebalances payment-3)" "$told $told_3"
mapfile -t took < <(members_took)
check "each took a share (applied since its start: ${took[*]})" within \
	"$(printf '%s\n' "${took[@]}" | sort -n | head -n 1)" 20 100000
check 'payment took every partition in its order' same "$(taken_early)" 0
for name in order.events payment.requests inventory.requests; do
	check "the sequence of every order rises in $name" same "$(out_of_sequence "$name")" 0
	check "every key of $name is in one partition" same "$(keys_astray "$name")" 0
done
check 'nobody was charged twice' same "$(sql payment "SELECT count(*) FROM (SELECT payment_id
	FROM payment_transaction WHERE kind = 'capture' GROUP BY 1 HAVING count(*) > 1) AS twice")" 0

check 'payment is one process again' lab scale payment 1
check 'it has all partitions' same "$(partitions payment)" 6
order_place sku-cable
check 'and orders go on' order_ends "$ORDER_ID" Completed
live_done
