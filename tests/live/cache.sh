#!/bin/bash
#
# The cache may be empty, warm, flushed, full of rubbish, slow or gone: answers are
# the same, orders go on, and reads take at most twice as long as without it.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly CONNECTIONS=4
# Here only events make availability new: its age alone would within 2 s, and hide a
# missing invalidation.
readonly AGE=CACHE_STOCK_MS=60000

# redis COMMAND...: as somebody else at the same Redis; never waits long for it.
redis() {
	timeout 5 redis-cli -h "${REDIS_ADDRESS%:*}" -p "${REDIS_ADDRESS#*:}" "$@"
}

gateway_ready() {
	curl -fs -m 2 -o /dev/null "$GATEWAY_URL/readyz"
}

# gateway_with VARIABLE=VALUE...: started anew; the limit is not what is tested here.
gateway_with() {
	lab stop gateway
	lab start gateway RATE_LIMIT=0 "$@" >/dev/null
	wait_for 20 gateway_ready
}

redis_pid() {
	cut -d' ' -f1 "$LAB_RUN/pids/redis"
}

# What a script that ends early leaves: a frozen Redis, an odd gateway.
heal() {
	kill -CONT "$(redis_pid)" 2>/dev/null || true
	[[ -z $plain_pid ]] || kill "$plain_pid" 2>/dev/null || true
	lab start redis >/dev/null 2>&1 || true
	lab stop gateway >/dev/null 2>&1 || true
	lab start gateway >/dev/null 2>&1 || true
	live_cleanup
}
plain_pid=
trap heal EXIT

# metric NAME: of the gateway, with its labels.
metric() {
	curl -s "$GATEWAY_URL/metrics" | awk -v name="$1" '$1 == name {print $2}'
}

hits() {
	metric 'orderlab_cache_reads_total{result="hit"}'
}

# counted NAME BEFORE: it has risen.
counted() {
	(($(metric "$1") > $2))
}

metric_is() {
	[[ $(metric "$1") == "$2" ]]
}

# ---- answers ----

ids=()

orders_place() {
	local i
	for ((i = 0; i < 6; i++)); do
		order_place sku-cable
		ids+=("$ORDER_ID")
		order_place sku-desk 1 card_declined
		ids+=("$ORDER_ID")
	done
	wait_for 30 no_open_orders
}

# What the owners say, without the gateway: orders, then availability by product.
truth() {
	local id
	for id in "${ids[@]}"; do
		curl -s -m 5 "$ORDER_URL/orders/$id"
		printf '\n'
	done
	curl -s -m 5 "$INVENTORY_URL/stock" | jq -c '.stock[] | [.productId, .available]' | sort
}

# The same through the gateway.
told() {
	local id
	for id in "${ids[@]}"; do
		curl -s -m 5 "$GATEWAY_URL/orders/$id"
		printf '\n'
	done
	curl -s -m 5 "$GATEWAY_URL/products" | jq -c '.products[] | [.productId, .available]' | sort
}

answers_are_true() {
	diff <(truth) <(told)
}

# One read asks, when the pause is over.
asked_again() {
	available sku-monitor && metric_is orderlab_cache_circuit_open 0
}

# available PRODUCT: as the gateway says.
available() {
	curl -s -m 5 "$GATEWAY_URL/products/$1" | jq .available
}

is_available() {
	[[ $(available "$1") == "$2" ]]
}

stock_of() {
	sql inventory "SELECT on_hand FROM stock WHERE product_id = 'sku-monitor'"
}

# orders_go_on WHEN: one is placed and ends, its stock is shown.
orders_go_on() {
	order_place sku-monitor
	check "$1 an order is taken" same "$STATUS" 201
	check "$1 it is completed" order_ends "$ORDER_ID" Completed
	check "$1 what is left is shown" wait_for 10 is_available sku-monitor "$(stock_of)"
}

# ---- latency ----

# A second gateway, without a cache, beside the first: what others do to the machine
# meanwhile they do to both.
plain_start() {
	local port=$((${GATEWAY_URL##*:} + 39))
	PLAIN_URL=http://127.0.0.1:$port
	HTTP_LISTEN=127.0.0.1:$port RATE_LIMIT=0 LOG_LEVEL=warning REDIS_URL='' CACHE_NEAR_ENTRIES=0 \
		"${LAB_BUILD:-$LIVE_TREE/build}/services/gateway/gateway" 2>"$LIVE_WORK/plain.log" &
	plain_pid=$!
	wait_for 20 curl -fs -m 2 -o /dev/null "$PLAIN_URL/readyz"
}

# load URL FILE: a second of reads of one order that has ended.
load() {
	wrk -t1 -c"$CONNECTIONS" -d1 --latency "$1/orders/${ids[0]}" >"$2"
}

# latencies FILE: p50 and p99 in microseconds; fails when some were not answered.
latencies() {
	! grep -qE 'Non-2xx|Socket errors' "$1" || return 1
	awk '$1 == "50%" || $1 == "99%" {
		unit = $2; sub(/[0-9.]+/, "", unit)
		printf "%d ", $2 * (unit == "s" ? 1000000 : unit == "ms" ? 1000 : 1)}' "$1"
}

# Both at once; what was measured stays in FIGURES.
as_fast_as_twice() {
	local plain_load p50 p99 plain_p50 plain_p99
	load "$PLAIN_URL" "$LIVE_WORK/wrk-plain" &
	plain_load=$!
	load "$GATEWAY_URL" "$LIVE_WORK/wrk"
	wait "$plain_load"
	read -r p50 p99 < <(latencies "$LIVE_WORK/wrk")
	read -r plain_p50 plain_p99 < <(latencies "$LIVE_WORK/wrk-plain")
	FIGURES="p50 $p50 µs, p99 $p99 µs; uncached $plain_p50 and $plain_p99"
	((p50 <= 2 * plain_p50 && p99 <= 2 * plain_p99))
}

# no_slower WHEN: in one of some rounds. A time-out that reads wait for is in all of them, and
# in their median.
no_slower() {
	check "$1 reads take at most twice as long as uncached, at the median and p99" \
		wait_for 30 as_fast_as_twice
	printf '     %s\n' "$FIGURES"
}

# ---- the claims ----

orders_place
check 'orders were placed and ended' same "$(open_orders)" 0
gateway_with REDIS_URL= CACHE_NEAR_ENTRIES=0
check 'without a cache answers are the owners' answers_are_true
plain_start
# Over TCP, where a frozen Redis is not noticed by a full backlog; nothing in the
# process's own memory, which would hide what is done to Redis.
gateway_with "$AGE" CACHE_NEAR_ENTRIES=0 "REDIS_URL=redis://$REDIS_ADDRESS"
redis FLUSHALL >/dev/null
check 'with Redis empty answers are the owners' answers_are_true
before=$(hits)
check 'with Redis warm answers are the owners' answers_are_true
check 'and come from it' counted 'orderlab_cache_reads_total{result="hit"}' "$((before + ${#ids[@]} - 1))"
no_slower 'with Redis warm'
check 'the hit ratio is told' within "$(metric orderlab_cache_hit_percent)" 50 100

check 'availability is cached' is_available sku-monitor "$(stock_of)"
orders_go_on 'with Redis warm,'

redis FLUSHALL >/dev/null
check 'flushed: answers are the owners' answers_are_true

before=$(metric orderlab_cache_rubbish_total)
redis --raw KEYS 'lab:*' | while read -r key; do
	redis SET "$key" 'not what it should be'
done >/dev/null
check 'poisoned with text: answers are the owners' answers_are_true
redis --raw KEYS 'lab:*' | while read -r key; do
	redis DEL "$key"
	redis LPUSH "$key" rubbish
done >/dev/null
check 'poisoned with another type: answers are the owners' answers_are_true
check 'rubbish is counted' counted orderlab_cache_rubbish_total "$before"
before=$(hits)
check 'and healed: answers are the owners' answers_are_true
check 'and healed: they come from Redis again' \
	counted 'orderlab_cache_reads_total{result="hit"}' "$((before + ${#ids[@]} - 1))"
check 'two orders are exchanged' same \
	"$(redis COPY "lab:order:${ids[0]}" "lab:order:${ids[1]}" REPLACE)" 1
check 'exchanged: answers are the owners' answers_are_true

check 'availability is cached' is_available sku-monitor "$(stock_of)"
kill -STOP "$(redis_pid)"
check 'frozen: answers are the owners' answers_are_true
check 'frozen: it is not asked' same "$(metric orderlab_cache_circuit_open)" 1
no_slower 'frozen:'
check 'frozen: the gateway is ready' gateway_ready
orders_go_on 'frozen:'
kill -CONT "$(redis_pid)"
check 'thawed: it is asked again' wait_for 10 asked_again
check 'thawed: what is left is shown' wait_for 10 is_available sku-monitor "$(stock_of)"
check 'thawed: answers are the owners' wait_for 10 answers_are_true

check 'availability is cached' is_available sku-monitor "$(stock_of)"
lab stop redis
check 'gone: answers are the owners' answers_are_true
no_slower 'gone:'
check 'gone: the gateway is ready' gateway_ready
orders_go_on 'gone:'
lab start redis >/dev/null
check 'back: it is asked again' wait_for 10 asked_again
check 'back: answers are the owners' wait_for 10 answers_are_true
before=$(hits)
check 'back: answers are still the owners' answers_are_true
check 'back: they come from Redis' \
	counted 'orderlab_cache_reads_total{result="hit"}' "$((before + ${#ids[@]} - 1))"
orders_go_on 'back:'

gateway_with "$AGE"
check 'with answers in its own memory, too: they are the owners' answers_are_true
before=$(metric 'orderlab_cache_reads_total{result="near"}')
check 'with answers in its own memory, too: they still are' answers_are_true
# Most of them: two may have the same slot.
check 'and come from there' counted 'orderlab_cache_reads_total{result="near"}' \
	"$((before + ${#ids[@]} / 2))"
check 'availability is cached' is_available sku-monitor "$(stock_of)"
orders_go_on 'with answers in its own memory, too,'

live_done
