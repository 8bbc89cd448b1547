#!/bin/bash
#
#: lag: from start to answer, beside Kafka's own tool
#
# bench lag [--runs 10]
#
# Starts a lab of its own on free ports, places some orders, and takes the time that each
# program needs from its start to its exit for all groups of the lab, in turns. Prints a
# table and one line of JSON.
#
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/live/lib.sh"

runs=10
readonly GROUPS_OURS=(order payment inventory notification analytics gateway) RATIO_MIN=20
while (($# > 0)); do
	case $1 in
	--runs) runs=${2:?--runs wants a number} && shift 2 ;;
	*)
		echo "bench lag: '$1' is not an option; --runs N is" >&2
		exit 2
		;;
	esac
done

live_start
KAFKA_LIBS=${KAFKA_LIBS:-$LIVE_TREE/deploy/kafka/target/libs}
lag=${LAB_BUILD:-$LIVE_TREE/build}/tools/lag/lag

# With the options that kafka-consumer-groups.sh itself gives to Java.
kafka_tool() {
	local group
	local -a groups=()
	for group in "${GROUPS_OURS[@]}"; do
		groups+=(--group "$group")
	done
	java -Xmx256M -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -Djava.awt.headless=true \
		-cp "$KAFKA_LIBS/*" org.apache.kafka.tools.consumer.group.ConsumerGroupCommand \
		--bootstrap-server "$KAFKA_BOOTSTRAP" --describe "${groups[@]}"
}

# timed NAME COMMAND...: adds microseconds to the list of that name. Counts its rows, so that
# an answer that is none does not count as a fast one.
timed() {
	local began ended
	began=$(date +%s%N)
	"${@:2}" >"$LIVE_WORK/answer" 2>/dev/null
	ended=$(date +%s%N)
	rows[$1]=$(awk '$3 ~ /^[0-9]+$/ && $4 ~ /^([0-9]+|-)$/' "$LIVE_WORK/answer" | wc -l)
	echo $(((ended - began) / 1000)) >>"$LIVE_WORK/$1"
}

# of NAME PERCENT: a percentile, microseconds.
of() {
	sort -n "$LIVE_WORK/$1" | awk -v percent="$2" '{all[NR] = $1} END {print all[int((NR - 1) * percent / 100) + 1]}'
}

declare -A rows=()
lab orders --rate 50 --count 200 >/dev/null
lab stop analytics
lab orders --rate 50 --count 50 >/dev/null
# Once for the disk's cache.
timed warm-up kafka_tool
timed warm-up "$lag"
for ((run = 0; run < runs; run++)); do
	timed kafka kafka_tool
	timed lag "$lag"
done

ratio=$(awk -v kafka="$(of kafka 50)" -v lag="$(of lag 50)" 'BEGIN {printf "%.1f", kafka / lag}')
verdict=ok
awk -v ratio="$ratio" -v least="$RATIO_MIN" 'BEGIN {exit !(ratio < least)}' && verdict=MISS
[[ ${rows[kafka]} == "${rows[lag]}" ]] || verdict=MISS
printf '\nfrom start to answer, %s runs, %s groups\n\n' "$runs" "${#GROUPS_OURS[@]}"
printf '%-36s %6s %10s %10s\n' PROGRAM ROWS 'p50 ms' 'max ms'
for name in kafka lag; do
	printf '%-36s %6s %10s %10s\n' "$([[ $name == lag ]] && echo lag || echo kafka-consumer-groups.sh)" \
		"${rows[$name]}" "$(($(of "$name" 50) / 1000))" "$(($(of "$name" 100) / 1000))"
done
printf '\n%s times as fast, at least %s  %s\n\n' "$ratio" "$RATIO_MIN" "$verdict"
jq -nc --argjson runs "$runs" --argjson kafka "$(of kafka 50)" --argjson lag "$(of lag 50)" \
	--argjson rows "${rows[lag]}" --argjson ratio "$ratio" \
	'{runs: $runs, rows: $rows, kafkaUs: $kafka, lagUs: $lag, ratio: $ratio}'
[[ $verdict == ok ]]
