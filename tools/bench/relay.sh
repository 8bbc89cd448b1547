#!/bin/bash
#
#: the relay: catch-up and live latency beside pg_recvlogical and Kafka alone
#
# What the relay can do, beside the floors under it, measured in the same run on
# the same servers: pg_recvlogical reading the same slot contents, and the same
# records produced in Kafka transactions out of memory. Makes its own broker and
# PostgreSQL server and removes them.
#
#   bench relay                 RELAY_BENCH_ROUNDS=3 RELAY_BENCH_EVENTS=300000
#
# Exit 1 when a figure misses its target, or an event was lost or doubled.
#
set -euo pipefail

LAB_TREE=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$LAB_TREE/tests/live/relay/servers.sh"

readonly ROUNDS=${RELAY_BENCH_ROUNDS:-3} EVENTS=${RELAY_BENCH_EVENTS:-300000}
readonly PAYLOAD_BYTES=270 POLL_S=0.1 LIVE_RATE=1000 LIVE_SECONDS=20 WARM_UP_SECONDS=30
readonly TOPICS=order.events,payment.requests,inventory.requests
readonly RELAY=$LAB_BUILD/services/relay/relay

relay_pid=
misses=0
load_before=$(cut -d' ' -f1 /proc/loadavg)
declare -A FIGURES=()

# ---- the backlog ----

# fill ROWS: EVENTS rows in transactions of ROWS, not waiting for the disk.
fill() {
	sql -c "SET synchronous_commit = off" -c "DO \$\$ BEGIN
		FOR i IN 1..$((EVENTS / $1)) LOOP
			PERFORM outbox_fill(i % 1000, $1, $PAYLOAD_BYTES);
			COMMIT;
		END LOOP; END \$\$"
	postgres_query "$DATABASE" -c CHECKPOINT
}

# slot_copy NAME: another slot that stands where the backlog begins.
slot_copy() {
	sql -c "SELECT pg_copy_logical_replication_slot('backlog', '$1')" \
		-c "INSERT INTO outbox_slot SELECT slot_name, confirmed_flush_lsn
			FROM pg_replication_slots WHERE slot_name = '$1'" >/dev/null
}

slots_drop() {
	sql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" \
		-c "DELETE FROM outbox_slot" >/dev/null
}

# ---- the measurements ----

# milliseconds_of COMMAND...: in REPLY.
milliseconds_of() {
	local start
	now_us
	start=$REPLY
	"$@" >/dev/null
	now_us
	REPLY=$(((REPLY - start) / 1000))
}

read_by_pg_recvlogical() {
	PGPASSWORD=$(<"$LAB_RUN/secrets/$DATABASE.password") PGSSLMODE=disable \
		"$(postgres_bin)/pg_recvlogical" -h 127.0.0.1 -p "${PORTS[postgres-$DATABASE]}" \
		-U "$DATABASE" -d "$DATABASE" -S "$1" --start --endpos="$2" --no-loop -f /dev/null \
		-o proto_version=1 -o publication_names=outbox -o binary=true
}

# relay_begin GROUP SLOT [NAME=VALUE]...
relay_begin() {
	local group=$1 slot=$2
	shift 2
	env HTTP_LISTEN="127.0.0.1:${PORTS[relay-order]}" \
		RELAY_SOURCE="$group" RELAY_SLOT="$slot" RELAY_TOPICS="$TOPICS" "$@" \
		"$RELAY" >>"$LAB_RUN/logs/relay.log" 2>&1 &
	relay_pid=$!
}

relay_end() {
	[[ -n $relay_pid ]] || return 0
	kill "-${1:-TERM}" "$relay_pid" 2>/dev/null || true
	wait "$relay_pid" 2>/dev/null || true
	relay_pid=
}

# published COUNT: waits until a relay has committed so many events since it started.
published() {
	local count
	while true; do
		count=$(curl -fs -m 1 "http://127.0.0.1:${PORTS[relay-order]}/metrics" 2>/dev/null |
			awk '$1 == "orderlab_relay_events_total" { print $2 }') || true
		((${count:-0} < $1)) || return 0
		relay_running || die "$EXIT_FAILED" "the relay left"
		sleep "$POLL_S"
	done
}

# catch_up GROUP SLOT: milliseconds from asking for changes to the last commit
# in REPLY, as the relay itself says. What comes before is part of "killed in mid catch-up".
catch_up() {
	: >"$LAB_RUN/logs/relay.log"
	relay_begin "$@"
	wait_until 120 caught_up || die "$EXIT_FAILED" "the relay did not catch up"
	REPLY=$(jq -s 'map(select(.message == "caught up")) | first | .ms' "$LAB_RUN/logs/relay.log")
}

caught_up() {
	relay_running || die "$EXIT_FAILED" "the relay left: $(tail -n 2 "$LAB_RUN/logs/relay.log")"
	grep -q '"message":"caught up","events":'"$EVENTS" "$LAB_RUN/logs/relay.log"
}

relay_running() {
	kill -0 "$relay_pid" 2>/dev/null
}

# Keeps the largest memory seen and all CPU of a run, then ends the relay.
relay_account() {
	local memory ticks
	memory=$(awk '/^VmHWM/ { print $2 }' "/proc/$relay_pid/status")
	ticks=$(awk '{ print $14 + $15 }' "/proc/$relay_pid/stat")
	((memory <= ${FIGURES[memory_kb]:-0})) || FIGURES[memory_kb]=$memory
	REPLY=$((ticks * 1000 / $(getconf CLK_TCK)))
	relay_end
}

median() {
	printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# rate MILLISECONDS: events a second.
rate() {
	REPLY=$((EVENTS * 1000 / $1))
}

# compare NAME ROWS: rounds of floor and relay, taking turns, so that what else the machine
# does hits both of them.
compare() {
	local name=$1 rows=$2 round end
	local -a floor=() relay=() cpu=()
	sql -c "SELECT slot_ensure('backlog')" >/dev/null
	fill "$rows"
	end=$(sql -c "SELECT pg_current_wal_lsn()")
	for ((round = 1; round <= ROUNDS; round++)); do
		slot_copy "floor_$round"
		milliseconds_of read_by_pg_recvlogical "floor_$round" "$end"
		floor+=("$REPLY")
		slot_copy "relay_$round"
		catch_up "$name-$round" "relay_$round"
		relay+=("$REPLY")
		relay_account
		cpu+=("$REPLY")
	done
	rate "$(median "${floor[@]}")"
	FIGURES[${name}_floor]=$REPLY
	rate "$(median "${relay[@]}")"
	FIGURES[${name}_relay]=$REPLY
	FIGURES[${name}_cpu_ms]=$(median "${cpu[@]}")
}

measure_kill() {
	slot_copy killed
	relay_begin killed killed
	published $((EVENTS / 5))
	relay_end KILL
	milliseconds_of go_on
	FIGURES[go_on_ms]=$REPLY
	published 1
	wait_until 60 slot_is_through killed
	relay_end
}

go_on() {
	relay_begin killed killed
	published 1
}

slot_is_through() {
	[[ $(sql -c "SELECT confirmed_flush_lsn >= (SELECT max(confirmed_flush_lsn)
		FROM pg_replication_slots WHERE slot_name LIKE 'relay%')
		FROM pg_replication_slots WHERE slot_name = '$1'") == t ]]
}

# Over the first backlog went one relay a round and one that was killed, over the second one
# a round; so every id must be in Kafka just so often.
measure_exactness() {
	local topic
	for topic in ${TOPICS//,/ }; do
		kcat -C -q -b "$KAFKA_BOOTSTRAP" -t "$topic" -o beginning -e \
			-X isolation.level=read_committed -f '%h\n'
	done | awk -F'[=,]' -v runs="$ROUNDS" -v events="$EVENTS" '
		function missing(n) { return events > count[n] ? events - count[n] : 0 }
		{ seen[$2]++ }
		END {
			for (id in seen)
				count[seen[id]]++
			for (n in count)
				if (n != runs && n != runs + 1)
					wrong += count[n]
			print wrong + missing(runs) + missing(runs + 1)
		}' >"$LAB_RUN/wrong"
	FIGURES[wrong]=$(<"$LAB_RUN/wrong")
}

measure_produce() {
	local line
	line=$("$LAB_BUILD/services/relay/relay-produce" \
		--count "$EVENTS" --topic payment.events --payload-size "$PAYLOAD_BYTES")
	rate "$(jq .ms <<<"$line")"
	FIGURES[produce_floor]=$REPLY
}

# latency SECONDS: one line of JSON.
latency() {
	"$LAB_BUILD/services/relay/relay-latency" --topic inventory.events \
		--rate "$LIVE_RATE" --seconds "$1" 2>>"$LAB_RUN/logs/latency.log"
}

# A broker that has carried large transactions only compiles the code of small ones first,
# on the CPUs that are measured.
measure_live() {
	local line
	slots_drop
	sql -c "SELECT slot_ensure('live')" >/dev/null
	relay_begin live live RELAY_TOPICS=inventory.events
	wait_until 30 curl -fs -o /dev/null "http://127.0.0.1:${PORTS[relay-order]}/readyz"
	latency "$WARM_UP_SECONDS" >/dev/null
	line=$(latency "$LIVE_SECONDS")
	FIGURES[live_p50_ms]=$(jq .commit_to_visible.p50_ms <<<"$line")
	FIGURES[live_p99_ms]=$(jq .commit_to_visible.p99_ms <<<"$line")
	relay_account
}

# ---- the report ----

# row LABEL FIGURE at-least|at-most TARGET UNIT
row() {
	local verdict
	verdict=$(awk -v figure="$2" -v how="$3" -v target="$4" 'BEGIN {
		met = how == "at-least" ? figure >= target : figure <= target
		printf "%s", met ? "met" : "MISSED" }')
	[[ $verdict == met ]] || misses=$((misses + 1))
	printf '%-58s %10s %-9s %9s %-8s %s\n' "$1" "$2" "$3" "$4" "$5" "$verdict"
}

note() {
	printf '%-58s %10s %-9s %9s %-8s\n' "$1" "$2" "" "" "$3"
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

report() {
	local name
	say "$(nproc) CPUs; load average $load_before before, $(cut -d' ' -f1 /proc/loadavg) now"
	printf '%-58s %10s %-9s %9s\n' "$EVENTS events of $PAYLOAD_BYTES bytes, median of $ROUNDS" \
		figure "" target
	for name in single hundred; do
		note "$name: pg_recvlogical alone" "${FIGURES[${name}_floor]}" "1/s"
		note "$name: relay, exactly once" "${FIGURES[${name}_relay]}" "1/s"
		row "$name: relay / pg_recvlogical" \
			"$(ratio "${FIGURES[${name}_relay]}" "${FIGURES[${name}_floor]}")" at-least 0.9 ""
		row "$name: CPU of the relay for a million events" \
			"$(ratio "${FIGURES[${name}_cpu_ms]}" $((EVENTS / 1000)))" at-most 15 s
	done
	note "transactional produce alone, out of memory" "${FIGURES[produce_floor]}" "1/s"
	row "killed in mid catch-up: next commit after the restart" "${FIGURES[go_on_ms]}" at-most 2000 ms
	row "lost or doubled events over all runs" "${FIGURES[wrong]}" at-most 0 ""
	row "live, $LIVE_RATE transactions/s: commit to visible, p50" "${FIGURES[live_p50_ms]}" at-most 8 ms
	row "live, $LIVE_RATE transactions/s: commit to visible, p99" "${FIGURES[live_p99_ms]}" at-most 40 ms
	row "largest resident memory of the relay in any run" "${FIGURES[memory_kb]}" at-most 20480 KB
}

report_json() {
	local name
	for name in "${!FIGURES[@]}"; do
		printf '"%s":%s\n' "$name" "${FIGURES[$name]}"
	done | sort | paste -sd, | sed 's/^/{/; s/$/}/'
}

finish() {
	local code=$?
	trap - EXIT ERR
	set +e
	relay_end KILL
	servers_end
	servers_remove
	exit "$code"
}

main() {
	[[ $# -eq 0 ]] || die "$EXIT_USAGE" "bench relay takes no arguments"
	trap finish EXIT
	trap 'exit 130' INT TERM
	servers_place
	step "servers" servers_begin
	outbox_create
	step "transactions of one row" compare single 1
	step "killed in mid catch-up" measure_kill
	slots_drop
	step "transactions of a hundred rows" compare hundred 100
	step "every event counted" measure_exactness
	step "produce alone" measure_produce
	step "live" measure_live
	report
	report_json
	((misses == 0)) || exit 1
}

main "$@"
