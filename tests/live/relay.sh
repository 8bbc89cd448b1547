#!/bin/bash
#
# The relay's proof: what the outbox holds is what a read_committed reader of
# Kafka sees, id by id, each once, in commit order, whatever is killed when.
#
# Needs nothing but one broker and one PostgreSQL server, which it makes, kills
# and removes itself. The oracle is a second slot, decoded by PostgreSQL itself
# (test_decoding): it never saw the relay.
#
#   tests/live/relay.sh [--keep] [SCENARIO]...
#
set -euo pipefail
# bash tells of every child that was killed; here that is the point.
exec 2> >(grep -v --line-buffered ' Killed  ' >&2)

LAB_TREE=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$LAB_TREE/tests/live/relay/servers.sh"

readonly RELAY=$LAB_BUILD/services/relay/relay
# The first three are the source's own; rows for the last are a mistake.
readonly TOPICS=(order.events payment.requests inventory.requests payment.events)
readonly DRAIN_TIMEOUT_S=60

keep=
relay_pid=
writers_pid=
checks=0
failures=0

# ---- saying ----

ok() {
	checks=$((checks + 1))
	say "ok - $*"
}

not_ok() {
	checks=$((checks + 1))
	failures=$((failures + 1))
	say "not ok - $*"
}

# claim SENTENCE COMMAND...: ok when it succeeds.
claim() {
	local sentence=$1
	shift
	if "$@"; then
		ok "$sentence"
	else
		not_ok "$sentence"
	fi
}

# ---- the outbox and those who write it ----

# Both slots see the same rows: nothing is written between their making.
slots_create() {
	sql -c "SELECT slot_ensure('relay_order')" >/dev/null
	sql -c "SELECT pg_create_logical_replication_slot('oracle', 'test_decoding')" >/dev/null
}

# Concurrent writers, some of whose transactions roll back. Goes on when the server is away.
writers_loop() {
	while true; do
		PGPASSWORD=$(<"$LAB_RUN/secrets/$DATABASE.password") PGSSLMODE=disable \
			"$(postgres_bin)/pgbench" -n -c 4 -j 1 -T 60 --rate="${WRITERS_RATE:-400}" \
			-f "$LAB_TREE/tests/live/relay/writer.sql" -h 127.0.0.1 \
			-p "${PORTS[postgres-$DATABASE]}" -U "$DATABASE" "$DATABASE" \
			>>"$LAB_RUN/logs/writers.log" 2>&1 || sleep 0.2
	done
}

writers_begin() {
	setsid bash -c "$(declare -f); $(declare -p PORTS DATABASE LAB_RUN LAB_TREE); writers_loop" &
	writers_pid=$!
}

# The whole process group that writers_begin made, and only that.
writers_end() {
	[[ -n $writers_pid ]] || return 0
	kill -TERM -- "-$writers_pid" 2>/dev/null || true
	wait "$writers_pid" 2>/dev/null || true
	writers_pid=
	# A statement that was sent before the kill may still commit.
	wait_until 20 no_writer_left
}

no_writer_left() {
	[[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'") == 0 ]]
}

rows_written() {
	sql -c 'SELECT count(*) FROM outbox'
}

# ---- the relay ----

# relay_begin [NAME=VALUE]...: in the background; its pid in relay_pid.
relay_begin() {
	local log=${RELAY_LOG:-$LAB_RUN/logs/relay.log}
	env HTTP_LISTEN="127.0.0.1:${PORTS[relay-order]}" RELAY_SOURCE=order RELAY_IDLE_MS=1000 \
		"$@" "$RELAY" >>"$log" 2>&1 &
	relay_pid=$!
}

relay_running() {
	[[ -n $relay_pid ]] && kill -0 "$relay_pid" 2>/dev/null
}

# relay_wait: its exit code in relay_code; 124 when it does not leave in time.
relay_wait() {
	wait_until "${1:-60}" relay_gone || {
		relay_code=124
		return 0
	}
	relay_code=0
	wait "$relay_pid" || relay_code=$?
	relay_pid=
}

relay_gone() {
	! kill -0 "$relay_pid" 2>/dev/null
}

relay_kill() {
	[[ -n $relay_pid ]] || return 0
	kill -KILL "$relay_pid" 2>/dev/null || true
	wait "$relay_pid" 2>/dev/null || true
	relay_pid=
}

relay_stop() {
	[[ -n $relay_pid ]] || return 0
	kill -TERM "$relay_pid" 2>/dev/null || true
	relay_wait 20
}

relay_ready() {
	curl -fs -o /dev/null -m 1 "http://127.0.0.1:${PORTS[relay-order]}/readyz"
}

# relay_metric NAME: its value on stdout.
relay_metric() {
	curl -fs -m 1 "http://127.0.0.1:${PORTS[relay-order]}/metrics" |
		awk -v name="$1" '$1 == name { print $2 }'
}

# ---- the comparison ----

# One line a message: topic partition key id type sequence.
topics_read() {
	local topic
	for topic in "${TOPICS[@]}"; do
		kcat -C -q -b "127.0.0.1:${PORTS[kafka]}" -t "$topic" -o beginning -e \
			-X isolation.level=read_committed -X check.crcs=true -f '%t %p %k %h %S\n'
	done | sed -E 's/id=([^,]*),type=([^,]*)(,traceparent=[^,]*)?(,sequence=([0-9-]*))? /\1 \2 \5 /'
}

# One line a row in commit order, as PostgreSQL itself decodes it; kept, since reading moves the
# slot. A checkpoint keeps the slot where it is: else a crash puts it back, and rows come again.
oracle_read() {
	sql -c "
		SELECT data FROM pg_logical_slot_get_changes('oracle', NULL, NULL,
			'include-xids', '0', 'skip-empty-xacts', '1')" |
		sed -nE "s/^table public\.outbox[^:]*: INSERT: id\[uuid\]:'([^']*)' aggregatetype\[text\]:'([^']*)' aggregateid\[text\]:'([^']*)' type\[text\]:'([^']*)'.*/\2 \3 \1 \4/p" \
			>>"$LAB_RUN/oracle"
	postgres_query "$DATABASE" -c CHECKPOINT
}

# same_as_outbox: every committed row once, nothing else, in commit order within its
# partition, under its own key and type. Says what differs.
same_as_outbox() {
	topics_read >"$LAB_RUN/topics"
	awk -v rows="$(rows_written)" -f "$LAB_TREE/tests/live/relay/compare.awk" \
		"$LAB_RUN/oracle" "$LAB_RUN/topics"
}

drained() {
	[[ $(topics_read | wc -l) -ge $(rows_written) ]]
}

# drain_and_compare SENTENCE
drain_and_compare() {
	wait_until "$DRAIN_TIMEOUT_S" drained || say "# not drained after $DRAIN_TIMEOUT_S s"
	oracle_read
	claim "$1" same_as_outbox
}

# ---- scenarios; each leaves the relay stopped and everything compared ----

# begin_streaming [NAME=VALUE]...
begin_streaming() {
	relay_begin "$@"
	wait_until 60 relay_ready || {
		say "# the relay does not stream after 60 s"
		return 1
	}
}

# under_load SECONDS COMMAND...: writers write before, meanwhile and after.
under_load() {
	local seconds=$1
	shift
	writers_begin
	sleep "$seconds"
	"$@"
	sleep "$seconds"
	writers_end
}

scenario_flow() {
	begin_streaming
	under_load 2 true
	drain_and_compare "rows of four concurrent writers reach Kafka, each once, in commit order"
	claim "what was rolled back is counted nowhere" \
		test "$(relay_metric orderlab_relay_events_total)" = "$(rows_written)"
	relay_stop
	claim "told to stop, it leaves with 0 (left with $relay_code)" test "$relay_code" = 0
}

# crash_at POINT:PASS
crash_at() {
	writers_begin
	sleep 0.5
	relay_begin CRASH_AT="$1"
	relay_wait 60
	claim "$1 is reached and kills it (left with $relay_code)" test "$relay_code" = 137
	relay_begin
	sleep 0.7
	writers_end
	drain_and_compare "killed at $1: each once, in order"
	relay_stop
}

scenario_crash_points() {
	local point
	for point in before_produce:1 before_produce:700 after_produce:1 after_produce:700 \
		after_send_offsets:1 after_send_offsets:20 after_commit:1 after_commit:20 \
		before_acknowledge:1 before_acknowledge:20 after_acknowledge:1 after_acknowledge:20; do
		crash_at "relay.$point"
	done
	crash_at bus.before_commit:20
	crash_at bus.after_commit:20
}

scenario_random_kills() {
	local kills=${RELAY_KILLS:-8} i
	writers_begin
	for ((i = 0; i < kills; i++)); do
		begin_streaming || true
		sleep "0.$((RANDOM % 10))"
		relay_kill
	done
	relay_begin
	writers_end
	drain_and_compare "killed $kills times at random moments: each once, in order"
	relay_stop
}

scenario_second_relay() {
	local first
	begin_streaming
	first=$relay_pid
	writers_begin
	sleep 1
	relay_begin HTTP_LISTEN="127.0.0.1:${PORTS[relay-payment]}"
	local second=$relay_pid
	relay_pid=$first
	relay_wait 60
	claim "a second relay fences the first, which leaves with 4 (left with $relay_code)" \
		test "$relay_code" = 4
	relay_pid=$second
	sleep 1
	writers_end
	drain_and_compare "handed from one relay to another while both ran: each once, in order"
	claim "the second goes on" relay_running
	relay_stop
}

# The first is frozen so long that the second gets the slot, then wakes.
scenario_zombie() {
	local first second
	begin_streaming RELAY_TRANSACTION_TIMEOUT_MS=10000
	first=$relay_pid
	writers_begin
	sleep 1
	kill -STOP "$first"
	relay_begin HTTP_LISTEN="127.0.0.1:${PORTS[relay-payment]}"
	second=$relay_pid
	wait_until 60 curl -fs -o /dev/null -m 1 "http://127.0.0.1:${PORTS[relay-payment]}/readyz" ||
		say "# the second relay got no slot"
	sleep 2
	kill -CONT "$first"
	sleep 5
	writers_end
	drain_and_compare "frozen, replaced and woken again: each once, in order"
	if ! kill -0 "$first" 2>/dev/null && ! kill -0 "$second" 2>/dev/null; then
		not_ok "one of the two goes on"
	elif kill -0 "$first" 2>/dev/null && kill -0 "$second" 2>/dev/null; then
		not_ok "only one of the two goes on"
	else
		ok "exactly one of the two goes on"
	fi
	relay_pid=$first
	relay_kill
	relay_pid=$second
	relay_kill
}

broker_crash() {
	server_end kafka KILL
	sleep 1
	kafka_begin
	kafka_wait
}

scenario_broker_killed() {
	begin_streaming
	under_load 1.5 broker_crash
	drain_and_compare "broker killed and started again: each once, in order"
	claim "the relay lived through it" relay_running
	claim "and is ready again" wait_until 30 relay_ready
	relay_stop
}

database_crash() {
	postgres_crash
	sleep 1
	claim "without its database it says that it is not ready" eval '! relay_ready'
	postgres_begin
	wait_until 60 postgres_ready "$DATABASE"
}

scenario_database_killed() {
	begin_streaming
	under_load 1.5 database_crash
	drain_and_compare "PostgreSQL stopped at once and started again: each once, in order"
	claim "the relay lived through it" relay_running
	relay_stop
}

scenario_large_transaction() {
	local peak
	begin_streaming
	sql -c "SELECT outbox_fill(1, 100000)" >/dev/null
	drain_and_compare "a transaction of 100,000 rows arrives whole, each row once"
	peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$relay_pid/status")
	claim "it never held more than 20 MB of memory ($peak KB)" test "$peak" -lt 20480
	relay_stop
}

# A backlog, killed in the middle of it: the stream must go on just where Kafka stands.
scenario_backlog() {
	local kill before
	before=$(rows_written)
	sql -c "SET synchronous_commit = off" -c "DO \$\$ BEGIN FOR i IN 1..30000 LOOP
		PERFORM outbox_fill(i % 200, 1 + i % 3); COMMIT; END LOOP; END \$\$" >/dev/null
	for kill in after_produce:5000 after_commit:3 before_acknowledge:5; do
		relay_begin RELAY_BATCH_EVENTS_MAX=2000 CRASH_AT="relay.$kill"
		relay_wait 60
		claim "in a backlog relay.$kill is reached and kills it (left with $relay_code)" \
			test "$relay_code" = 137
	done
	claim "by then a part of it is in Kafka" rows_in_part "$before"
	begin_streaming
	drain_and_compare "a backlog read by the stream, killed three times: each once, in order"
	sql -c "SELECT outbox_fill(1, 3)" >/dev/null
	drain_and_compare "and the rows behind it arrive"
	relay_stop
}

# rows_in_part BEFORE: more than BEFORE are visible, and not all.
rows_in_part() {
	local visible
	visible=$(topics_read | wc -l)
	[[ $visible -gt $1 && $visible -lt $(rows_written) ]]
}

slot_lag() {
	sql -c "SELECT pg_current_wal_lsn() - confirmed_flush_lsn FROM pg_replication_slots
		WHERE slot_name = 'relay_order'"
}

slot_follows() {
	[[ $(slot_lag) -lt 1000000 ]]
}

scenario_idle() {
	begin_streaming
	sql -c "CREATE TABLE IF NOT EXISTS noise (text text)" \
		-c "INSERT INTO noise SELECT repeat('x', 1000) FROM generate_series(1, 30000)" >/dev/null
	claim "WAL beside the outbox does not stay pinned by an idle slot" wait_until 20 slot_follows
	sql -c "SELECT outbox_fill(1, 3)" >/dev/null
	drain_and_compare "rows after the idle time arrive"
	relay_stop
}

scenario_message() {
	begin_streaming
	sql -c "SELECT pg_logical_emit_message(true, 'heartbeat', 'now')" \
		-c "SELECT pg_logical_emit_message(false, 'heartbeat', 'now')" \
		-c "SELECT outbox_fill(1, 3)" >/dev/null
	drain_and_compare "logical messages are no events and stop nothing"
	relay_stop
}

# refused SENTENCE WORDS [NAME=VALUE]...: it leaves with 3 and says WORDS.
refused() {
	local sentence=$1 words=$2 RELAY_LOG=$LAB_RUN/logs/refused.log
	shift 2
	: >"$RELAY_LOG"
	relay_begin "$@"
	relay_wait 60
	claim "$sentence (left with $relay_code)" test "$relay_code" = 3
	claim "and says so: \"$words\"" grep -qF "$words" "$RELAY_LOG"
	[[ -z $relay_pid ]] || relay_kill
}

scenario_unknown_topic() {
	sql -c "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at)
		VALUES (uuid7(), 'payment.events', 'key', 'Tested', 'x', now())" \
		-c "SELECT outbox_fill(1, 3)" >/dev/null
	refused "a row for a topic that is not its own stops it" 'is no topic of this relay'
	begin_streaming RELAY_TOPICS="$(IFS=, && printf '%s' "${TOPICS[*]}")"
	drain_and_compare "allowed that topic, it goes on with that very row: nothing was left out"
	relay_stop
}

scenario_no_position() {
	refused "a slot that was acknowledged, without a position in Kafka, is refused" \
		"Kafka has no position, yet the slot" \
		RELAY_SOURCE=stranger RELAY_SLOT=relay_order RELAY_TOPICS=order.events
}

scenario_position_behind() {
	sql -c "SELECT outbox_fill(1, 3)" \
		-c "SELECT pg_replication_slot_advance('relay_order', pg_current_wal_lsn())" >/dev/null
	refused "a position behind the slot is refused" "is behind the slot"
}

scenario_adopt() {
	local missing
	missing=$(($(rows_written) - $(topics_read | wc -l)))
	relay_begin RELAY_ADOPT=true
	relay_wait 60
	claim "told to adopt the slot's position, it does and leaves with 0 (left with $relay_code)" \
		test "$relay_code" = 0
	begin_streaming
	sql -c "SELECT outbox_fill(1, 3)" >/dev/null
	wait_until 30 rows_missing "$missing" || true
	claim "then only what the slot skipped is missing ($missing rows)" rows_missing "$missing"
	relay_stop
}

rows_missing() {
	[[ $(($(rows_written) - $(topics_read | wc -l))) == "$1" ]]
}

# The last ones leave a gap, so they come last and in this order.
readonly SCENARIOS=(flow crash_points random_kills second_relay zombie broker_killed
	database_killed large_transaction backlog idle message unknown_topic no_position position_behind adopt)

finish() {
	local code=$?
	trap - EXIT ERR
	set +e
	writers_end >/dev/null 2>&1
	relay_kill
	servers_end
	[[ -n $keep ]] || servers_remove
	exit "$code"
}

main() {
	local scenario
	local -a chosen=()
	for scenario in "$@"; do
		case $scenario in
		--keep) keep=1 ;;
		*) chosen+=("$scenario") ;;
		esac
	done
	trap finish EXIT
	trap 'exit 130' INT TERM
	servers_place
	servers_begin
	outbox_create
	slots_create
	: >"$LAB_RUN/oracle"
	for scenario in "${chosen[@]:-${SCENARIOS[@]}}"; do
		say "# $scenario"
		"scenario_$scenario"
	done
	say "# $checks checks, $failures failed"
	((failures == 0)) || exit 1
}

main "$@"
