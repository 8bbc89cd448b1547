#!/bin/bash
#
#: how fast verify reads a million messages, beside kcat
#
# bench verify [--messages 1200000] [--rounds 3]
#
# Starts a lab of its own on free ports, stops its services, fills the topics of events
# with records of the relay's shape and reads them all: by verify, which keeps a fact of each,
# and by kcat, which drops them. Exit 1 when verify takes longer than 30 s for a million.
#
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/live/lib.sh"

readonly MILLION_MAX_MS=30000
readonly TOPICS=(order.events payment.requests inventory.requests payment.events
	inventory.events analytics.events)
messages=1200000
rounds=3
while (($# > 0)); do
	case $1 in
	--messages) messages=${2:?--messages wants a number} && shift 2 ;;
	--rounds) rounds=${2:?--rounds wants a number} && shift 2 ;;
	*)
		echo "bench verify: '$1' is not an option; --messages N and --rounds N are" >&2
		exit 2
		;;
	esac
done
readonly build=${LAB_BUILD:-$LIVE_TREE/build}
load_before=$(cut -d' ' -f1 /proc/loadavg)

median() {
	printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

fill() {
	local topic
	for topic in "${TOPICS[@]}"; do
		"$build/services/relay/relay-produce" --kafka-bootstrap "$KAFKA_BOOTSTRAP" \
			--topic "$topic" --count $((messages / ${#TOPICS[@]})) >/dev/null
	done
}

# Milliseconds in REPLY.
read_by_kcat() {
	local topic begin
	begin=$(date +%s%3N)
	for topic in "${TOPICS[@]}"; do
		lab kcat -C -q -t "$topic" -o beginning -e -X isolation.level=read_committed \
			-f '%h\n' >/dev/null
	done
	REPLY=$(($(date +%s%3N) - begin))
}

# The report in $LIVE_WORK/report; nobody has consumed these, so it is not quiet.
read_by_verify() {
	lab verify --only S6,S7 --output json >"$LIVE_WORK/report" || [[ $? == 3 ]]
}

report_field() {
	jq -r "$1" "$LIVE_WORK/report"
}

# row LABEL FIGURE UNIT
row() {
	printf '%-44s %10s %s\n' "$@"
}

report() {
	local reading_ms=$1 whole_ms=$2 kcat_ms=$3 memory_kb=$4 read=$5
	local million_ms=$((reading_ms * 1000000 / read))
	printf '%s CPUs; load average %s before, %s now; median of %s\n' "$(nproc)" "$load_before" \
		"$(cut -d' ' -f1 /proc/loadavg)" "$rounds"
	row 'messages of 270 bytes read by verify' "$read" ''
	row 'reading them' "$reading_ms" ms
	row 'the whole run' "$whole_ms" ms
	row 'messages a second' $((read * 1000 / reading_ms)) 1/s
	row 'the same by kcat, topic after topic' $((read * 1000 / kcat_ms)) 1/s
	row "a million (at most $MILLION_MAX_MS)" "$million_ms" ms
	row 'largest resident memory' $((memory_kb / 1024)) MB
	row 'that is, for each message' $((memory_kb * 1024 / read)) bytes
	jq -cn --argjson read "$read" --argjson reading "$reading_ms" --argjson whole "$whole_ms" \
		--argjson kcat "$kcat_ms" --argjson memory "$memory_kb" --argjson million "$million_ms" \
		'{messages: $read, readingMs: $reading, wholeMs: $whole, kcatMs: $kcat,
			memoryKb: $memory, millionMs: $million}'
	((million_ms <= MILLION_MAX_MS))
}

main() {
	local round name
	local -a reading=() whole=() kcat=()
	live_start
	for name in gateway order payment inventory notification analytics relay-order relay-payment; do
		lab stop "$name" >/dev/null
	done
	fill
	for ((round = 1; round <= rounds; round++)); do
		read_by_kcat
		kcat+=("$REPLY")
		read_by_verify
		reading+=("$(report_field '.readingUs / 1000 | floor')")
		whole+=("$(report_field '.us / 1000 | floor')")
	done
	report "$(median "${reading[@]}")" "$(median "${whole[@]}")" "$(median "${kcat[@]}")" \
		"$(report_field .memoryKb)" "$(report_field .messages)"
}

main
