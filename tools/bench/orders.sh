#!/bin/bash
#
#: orders at given rates: latency, memory and CPU of every process
#
# bench orders [--rates 50,500] [--seconds 60]
#
# Starts a lab of its own on free ports, loads it open-loop at each rate, and
# prints a table and one line of JSON for each rate.
#
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/live/lib.sh"

rates=50,500
seconds=60
while (($# > 0)); do
	case $1 in
	--rates) rates=${2:?--rates wants numbers} && shift 2 ;;
	--seconds) seconds=${2:?--seconds wants a number} && shift 2 ;;
	*)
		echo "bench orders: '$1' is not an option; --rates R[,R]... and --seconds N are" >&2
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

measure() {
	local rate=$1 began ended
	usage >"$LIVE_WORK/before"
	began=$(date +%s%N)
	# 1: not every order ended well; the table shows it.
	lab orders --rate "$rate" --count "$((rate * seconds))" --output json \
		>"$LIVE_WORK/orders.json" || (($? == 1))
	ended=$(date +%s%N)
	usage >"$LIVE_WORK/after"
	jq -c --argjson rate "$rate" --argjson processes \
		"$(usage_json "$LIVE_WORK/before" "$LIVE_WORK/after" "$(((ended - began) / 1000000000))")" '
		{rate: $rate, orders: .,
		 our_rss_mib: ([$processes[] | select(.name | test("^(order|payment|inventory|gateway|relay-.*)$"))
			| .rss_mib] | add | . * 10 | round / 10),
		 processes: $processes}' "$LIVE_WORK/orders.json" >"$LIVE_WORK/result"
}

# table: of the latest result.
table() {
	jq -r '.orders as $o |
		"\n\(.rate) orders/s asked, \($o.rateAchievedMilli / 1000) sent: \($o.all.accepted) accepted, " +
		"\($o.all.refused + $o.all.failed + $o.all.unknown) not, \($o.all.completed) completed, " +
		"\($o.all.cancelled) cancelled, \($o.all.open) open",
		"our processes together: \(.our_rss_mib) MiB resident"' "$LIVE_WORK/result"
	printf '\n%-20s %9s %9s %9s\n' MILLISECONDS P50 P99 MAX
	jq -r '.orders.latencyUs | {"to 201": .toAnswer, "to the end": .toTerminal} | to_entries[] |
		[.key, (.value | .p50, .p99, .max | . / 1000)] | @tsv' "$LIVE_WORK/result" |
		while IFS=$'\t' read -r name p50 p99 max; do
			printf '%-20s %9.1f %9.1f %9.1f\n' "$name" "$p50" "$p99" "$max"
		done
	printf '\n%-20s %9s %9s\n' PROCESS 'RSS MiB' 'CPU %'
	jq -r '.processes[] | [.name, .rss_mib, .cpu_percent] | @tsv' "$LIVE_WORK/result" |
		while IFS=$'\t' read -r name rss cpu; do
			printf '%-20s %9.1f %9.1f\n' "$name" "$rss" "$cpu"
		done
}

for rate in ${rates//,/ }; do
	measure "$rate"
	table
	printf '\n'
	cat "$LIVE_WORK/result"
	wait_for 120 no_open_orders || echo "after 120 s $(open_orders) orders are still open"
done
