#!/bin/bash
#
#: cached reads, beside a bare civetweb handler of the same bytes
#
# bench reads [--seconds 3] [--rounds 5] [--connections 16]
#
# Starts a lab of its own on free ports and reads an order that has ended, one
# product and the list of products, each in turn with a civetweb handler that does
# nothing but write the same answer. Exit 1 when the median of a read is below 0.7
# of its floor, or an answer was not 200.
#
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/live/lib.sh"

readonly RATIO_MIN=0.7
seconds=3
rounds=5
connections=16
while (($# > 0)); do
	case $1 in
	--seconds) seconds=${2:?--seconds wants a number} && shift 2 ;;
	--rounds) rounds=${2:?--rounds wants a number} && shift 2 ;;
	--connections) connections=${2:?--connections wants a number} && shift 2 ;;
	*)
		echo "bench reads: '$1' is not an option; --seconds N, --rounds N and --connections N are" >&2
		exit 2
		;;
	esac
done
command -v wrk >/dev/null || {
	echo 'bench reads: there is no wrk to make load with (Debian: apt-get install wrk)' >&2
	exit 3
}

readonly build=${LAB_BUILD:-$LIVE_TREE/build}
bare_pid=
gateway_pid=
bench_cleanup() {
	local pid
	for pid in $bare_pid $gateway_pid; do
		kill "$pid" 2>/dev/null || true
	done
	live_cleanup
}

live_start
trap bench_cleanup EXIT
bare_address=127.0.0.1:$((${GATEWAY_URL##*:} + 39))

# Both are children of this script: on a busy machine the scheduler gives a session its
# share, and the lab's own gateway has to divide that of the supervisor with the broker.
gateway_start() {
	local address=127.0.0.1:$((${GATEWAY_URL##*:} + 38))
	HTTP_LISTEN=$address LOG_LEVEL=warning RATE_LIMIT=0 REDIS_URL=redis://$REDIS_ADDRESS \
		"$build/services/gateway/gateway" &
	gateway_pid=$!
	GATEWAY_URL=http://$address
	wait_for 20 curl -fs -m 2 -o /dev/null "$GATEWAY_URL/readyz"
}

# bare_start PATH: serves what the gateway answers to PATH, head and all.
bare_start() {
	curl -si "$GATEWAY_URL$1" >"$LIVE_WORK/answer"
	"$build/subprojects/http/http_bare" "$bare_address" "$LIVE_WORK/answer" &
	bare_pid=$!
	wait_for 10 curl -fs -m 2 -o /dev/null "http://$bare_address/"
}

bare_stop() {
	kill "$bare_pid"
	wait "$bare_pid" || true
	bare_pid=
}

# load URL: requests a second; fails when one was not answered 200.
load() {
	wrk -t1 -c"$connections" -d"$seconds" "$1" >"$LIVE_WORK/wrk"
	! grep -E 'Non-2xx|Socket errors' "$LIVE_WORK/wrk" >&2 || return 1
	awk '$1 == "Requests/sec:" {printf "%d\n", $2}' "$LIVE_WORK/wrk"
}

# median FILE
median() {
	sort -n "$1" | awk '{row[NR] = $1} END {print row[int((NR + 1) / 2)]}'
}

misses=0

# measure NAME PATH
measure() {
	local round bare ours ratio verdict=ok
	bare_start "$2"
	: >"$LIVE_WORK/bare"
	: >"$LIVE_WORK/ours"
	for ((round = 0; round < rounds; round++)); do
		load "http://$bare_address$2" >>"$LIVE_WORK/bare" || misses=1
		load "$GATEWAY_URL$2" >>"$LIVE_WORK/ours" || misses=1
	done
	bare=$(median "$LIVE_WORK/bare")
	ours=$(median "$LIVE_WORK/ours")
	ratio=$(awk -v ours="$ours" -v bare="$bare" 'BEGIN {printf "%.2f", ours / bare}')
	if awk -v ratio="$ratio" -v min="$RATIO_MIN" 'BEGIN {exit !(ratio < min)}'; then
		verdict=MISS
		misses=1
	fi
	printf '  %-28s %6s %9s %9s %6s   at least %s  %s\n' "$1" "$(stat -c %s "$LIVE_WORK/answer")" \
		"$bare" "$ours" "$ratio" "$RATIO_MIN" "$verdict"
	printf '{"read":"%s","bare":%s,"ours":%s,"ratio":%s}\n' "$1" "$bare" "$ours" "$ratio" \
		>>"$LIVE_WORK/json"
	bare_stop
}

gateway_start
order_place sku-cable
order_ends "$ORDER_ID" Completed
printf '\n  %-28s %6s %9s %9s %6s\n' READ BYTES 'BARE /s' 'OURS /s' RATIO
measure 'an order that has ended' "/orders/$ORDER_ID"
measure 'a product' /products/sku-cable
measure 'all products' /products
printf '  hits: %s in 100 reads; load of the machine %s\n\n' \
	"$(curl -s "$GATEWAY_URL/metrics" | awk '$1 == "orderlab_cache_hit_percent" {print $2}')" \
	"$(cut -d' ' -f1 /proc/loadavg)"
cat "$LIVE_WORK/json"
exit "$misses"
