#!/bin/bash
#
#: orders at given rates: latency, memory and CPU of every process
#
# bench orders [--rates 50,500] [--seconds 60] [--warm-up 90]
#
# Starts a lab of its own on free ports, loads it open-loop at each rate, and
# prints a table and one line of JSON for each rate. Before the first it places
# orders for some seconds that are shown without targets: a broker that has just
# started compiles its own code for more than a minute, on the same CPUs: at 50/s the p50
# was 65 ms behind half a minute of it, 39 to 46 ms behind two minutes.
#
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/live/lib.sh"

rates=50,500
seconds=60
warm_up=90
readonly WARM_UP_RATE=200
while (($# > 0)); do
	case $1 in
	--rates) rates=${2:?--rates wants numbers} && shift 2 ;;
	--seconds) seconds=${2:?--seconds wants a number} && shift 2 ;;
	--warm-up) warm_up=${2:?--warm-up wants a number} && shift 2 ;;
	*)
		echo "bench orders: '$1' is not an option; --rates R[,R]..., --seconds N and --warm-up N are" >&2
		exit 2
		;;
	esac
done

live_start
TICKS_PER_SECOND=$(getconf CLK_TCK)

# cpu_ticks PID: used so far, by it and its children, dead ones too.
cpu_ticks() {
	local pid stat total=0
	for pid in "$1" $(pgrep -P "$1"); do
		stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
		# shellcheck disable=SC2086 # split into fields, counted from behind the name
		set -- ${stat##*) }
		total=$((total + ${12} + ${13} + ${14} + ${15}))
	done
	echo "$total"
}

# usage: "name rss_kib ticks" of every running process.
usage() {
	local name pid rss
	while read -r name pid rss; do
		echo "$name $rss $(cpu_ticks "$pid")"
	done < <(lab status --json | jq -r '.processes[] | select(.pid) | "\(.name) \(.pid) \(.rss_kib)"')
}

# usage_json BEFORE AFTER SECONDS
usage_json() {
	join <(sort "$1") <(sort "$2") | awk -v seconds="$3" -v ticks="$TICKS_PER_SECOND" '
		{printf "%s{\"name\":\"%s\",\"rss_mib\":%.1f,\"cpu_percent\":%.1f}", (NR > 1 ? "," : "["),
			$1, $4 / 1024, ($5 - $3) / ticks / seconds * 100}
		END {print "]"}'
}

# measure RATE SECONDS
measure() {
	local rate=$1 began ended
	usage >"$LIVE_WORK/before"
	began=$(date +%s%N)
	# 1: not every order ended well; the table shows it.
	lab orders --rate "$rate" --count "$((rate * $2))" --output json \
		>"$LIVE_WORK/orders.json" || (($? == 1))
	ended=$(date +%s%N)
	usage >"$LIVE_WORK/after"
	jq -c --argjson rate "$rate" --argjson processes \
		"$(usage_json "$LIVE_WORK/before" "$LIVE_WORK/after" "$(((ended - began) / 1000000000))")" '
		{rate: $rate, orders: .,
		 our_rss_mib: ([$processes[] | select(.name | test("^(kafka|redis|postgres-.*)$") | not)
			| .rss_mib] | add | . * 10 | round / 10),
		 processes: $processes}' "$LIVE_WORK/orders.json" >"$LIVE_WORK/result"
}

# figure NAME VALUE UNIT TARGET: a line of the table; MISS when VALUE is worse.
figure() {
	printf '  %-34s %10s %-5s %-14s %s\n' "$1" "$2" "$3" "${4:-}" "${5:-}"
}

# at_most NAME VALUE UNIT LIMIT
at_most() {
	local verdict=ok
	[[ -n ${4:-} ]] || { figure "$1" "$2" "$3" && return; }
	awk -v value="$2" -v limit="$4" 'BEGIN {exit !(value > limit)}' && verdict=MISS
	figure "$1" "$2" "$3" "at most $4" "$verdict"
}

told() {
	jq -r "$1" "$LIVE_WORK/result"
}

# milliseconds FIELD: of a latency in microseconds.
milliseconds() {
	told "(.orders.latencyUs.$1 // 0) / 10 | round / 100"
}

# table: of the latest result. Latencies have targets at 50/s, the rate from 500/s on.
table() {
	local p50='' p99='' accepted ended
	((rate != 50)) || { p50=50 && p99=150; }
	accepted=$(told .orders.all.accepted)
	ended=$(told '.orders.all.completed + .orders.all.cancelled')
	printf '\n%s orders/s for %s s, open loop\n' "$rate" "$seconds"
	figure 'sent' "$(told '.orders.rateAchievedMilli / 1000')" '/s'
	figure 'answered 201' "$accepted" '' "of $((rate * seconds))" \
		"$( ((accepted == rate * seconds)) && echo ok || echo MISS)"
	figure 'came to their end' "$ended" '' "of $accepted" \
		"$( ((ended == accepted)) && echo ok || echo MISS)"
	at_most 'POST to 201, p50' "$(milliseconds toAnswer.p50)" ms
	at_most 'POST to 201, p99' "$(milliseconds toAnswer.p99)" ms
	at_most 'POST to Completed, p50' "$(milliseconds toOwnTime.p50)" ms "$p50"
	at_most 'POST to Completed, p99' "$(milliseconds toOwnTime.p99)" ms "$p99"
	at_most 'POST to seen in order.events, p50' "$(milliseconds toTerminal.p50)" ms
	at_most 'POST to seen in order.events, p99' "$(milliseconds toTerminal.p99)" ms
	at_most 'our processes together, resident' "$(told .our_rss_mib)" MiB 150
	printf '\n  %-20s %9s %7s\n' PROCESS 'RSS MiB' 'CPU %'
	told '.processes[] | [.name, .rss_mib, .cpu_percent] | @tsv' |
		while IFS=$'\t' read -r name rss cpu; do
			printf '  %-20s %9s %7s\n' "$name" "$rss" "$cpu"
		done
}

if ((warm_up > 0)); then
	measure "$WARM_UP_RATE" "$warm_up"
	printf '\n%s s of warm-up at %s/s: POST to Completed p50 %s ms, p99 %s ms\n' "$warm_up" \
		"$WARM_UP_RATE" "$(milliseconds toOwnTime.p50)" "$(milliseconds toOwnTime.p99)"
fi
for rate in ${rates//,/ }; do
	measure "$rate" "$seconds"
	table
	printf '\n'
	cat "$LIVE_WORK/result"
	wait_for 120 no_open_orders || echo "after 120 s $(open_orders) orders are still open"
done
