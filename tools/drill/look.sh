# shellcheck shell=bash
#
# How a drill looks at the running lab: rows, metrics, logs, topics. Changes nothing.

declare -gA LOG_AT=() # how long each log was when the drill began
declare -gA METRIC_AT=()
DRILL_SINCE=

# rows SERVICE STATEMENT: bare, with "|" between columns.
rows() {
	PGCONNECT_TIMEOUT=10 service_query "$1" -v ON_ERROR_STOP=1 -c "$2"
}

# metric PROCESS NAME[{LABEL}]: the sum of its values, whatever other labels; nothing when it
# does not answer.
metric() {
	local all
	all=$(curl -fs -m 5 "http://127.0.0.1:${PORTS[$1]}/metrics" 2>/dev/null) || return 0
	awk -v name="$2" '
		index($1, name) == 1 && (name ~ /}$/ || $1 == name || substr($1, length(name) + 1, 1) == "{") {
			sum += $2
		}
		END {printf "%d\n", sum}' <<<"$all"
}

# metric_keep PROCESS NAME: what it is now, for metric_rise.
metric_keep() {
	METRIC_AT[$1 $2]=$(metric "$1" "$2")
}

# metric_rise PROCESS NAME: since it was kept. A process that was started since counts from 0.
metric_rise() {
	local now before=${METRIC_AT[$1 $2]:-0}
	now=$(metric "$1" "$2")
	[[ -n $now ]] || return 0
	((now >= before)) || before=0
	echo $((now - before))
}

# look_begin: from here on everything counts.
look_begin() {
	local name
	DRILL_SINCE=$(rows order 'SELECT clock_timestamp()')
	for name in "${SERVERS[@]}" "${SERVICES[@]}"; do
		LOG_AT[$name]=$(log_size "$name")
	done
}

log_size() {
	stat -c %s "$(process_log "$1")" 2>/dev/null || echo 0
}

# log_new PROCESS: what it has logged since; all of a log that was rotated meanwhile.
log_new() {
	local at=${LOG_AT[$1]:-0}
	(($(log_size "$1") >= at)) || at=0
	tail -c "+$((at + 1))" "$(process_log "$1")" 2>/dev/null || true
}

# log_count PROCESS TEXT: how many of those lines contain it.
log_count() {
	log_new "$1" | grep -acF -- "$2" || true
}

crashes() {
	log_count "$1" "\"point\":\"$2"
}

# pid PROCESS: alive, or nothing.
pid() {
	process_pid "$1" || true
}

# topic TOPIC [KCAT ARGUMENT]...: to its end, at read_committed.
topic() {
	kcat -C -q -b "127.0.0.1:${PORTS[kafka]}" -t "$1" -o beginning -e \
		-X isolation.level=read_committed -X fetch.wait.max.ms=20 "${@:2}"
}

# twice TOPIC [ISOLATION]: event ids that it holds more than once.
twice() {
	topic "$1" -f '%h\n' -X "isolation.level=${2:-read_committed}" | tr ',' '\n' | sed -n 's/^id=//p' | sort | uniq -d | wc -l
}

# dead_letters: of all groups.
dead_letters() {
	local group count=0
	for group in "${DATABASES[@]}"; do
		count=$((count + $(topic "dlq.$group" -f '%o\n' | wc -l)))
	done
	echo "$count"
}

open_orders() {
	rows order "SELECT count(*) FROM orders WHERE deadline IS NOT NULL"
}

placed() {
	rows order "SELECT count(*) FROM orders WHERE created_at >= '$DRILL_SINCE'"
}

placed_reaches() {
	(($(placed) >= $1))
}

no_open_orders() {
	[[ $(open_orders) == 0 ]]
}

all_ready() {
	local name
	for name in "${SERVERS[@]}" "${SERVICES[@]}"; do
		process_ready "$name" || return 1
	done
}

# not_ready: their names, one a line.
not_ready() {
	local name
	for name in "${SERVERS[@]}" "${SERVICES[@]}"; do
		process_ready "$name" 2>/dev/null || printf '%s\n' "$name"
	done
}

# not_ready_why: the same, each with its own words.
not_ready_why() {
	local name
	not_ready | while read -r name; do
		printf '%s: %s\n' "$name" "$(process_unready_why "$name")"
	done
}

wal_end() {
	rows "$1" "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
}

# relay_past SOURCE LSN: all of the outbox before that is in Kafka.
relay_past() {
	local position
	position=$(metric "relay-$1" orderlab_relay_position_lsn)
	[[ -n $position ]] && ((position >= $2))
}

# absorbed SERVICE: deliveries of what it had taken before.
absorbed() {
	rows "$1" 'SELECT coalesce(sum(seen - 1), 0) FROM inbox WHERE seen > 1'
}

# absorbed_examples SERVICE: events taken once and delivered more often.
absorbed_examples() {
	rows "$1" "SELECT 'event ' || event_id || ' from ' || topic || ' ' || partition || ':' || \"offset\"
			|| ', delivered ' || seen || ' times, ' || outcome || ' once'
		FROM inbox WHERE seen > 1 AND received_at >= '$DRILL_SINCE'
		ORDER BY seen DESC, event_id LIMIT 2"
}
