#!/usr/bin/env bash
# Measures how fast one slot's contents are read: by store_stream, and by
# pg_recvlogical beside it; each on a copy of the slot, so that both read the same.
#
#   bench/run.sh READER DATABASE_URL [TRANSACTIONS ROWS_EACH]…
#
# READER is the built bench program. The database must be empty, its role may
# replicate, wal_level is logical, the server runs on this machine (its CPU is
# read from /proc).
set -euo pipefail

reader=$1
url=$2
shift 2
((${#})) || set -- 300000 1 3000 100
here=$(cd "$(dirname "$0")" && pwd)

sql() {
	psql -X -q -At -v ON_ERROR_STOP=1 -d "$url" "$@"
}

# CPU seconds of the server processes that have ended: user and system.
server_cpu() {
	local fields
	read -r -a fields <"/proc/$postmaster/stat"
	awk -v ticks="$((fields[15] + fields[16]))" -v hz="$(getconf CLK_TCK)" \
		'BEGIN {print ticks / hz}'
}

# A process counts once the postmaster has seen it end.
settle() {
	until [[ $(sql -c "SELECT count(*) FROM pg_stat_activity
			WHERE application_name IN ('store bench', 'pg_recvlogical')") == 0 ]]; do
		sleep 0.05
	done
	sleep 0.2
}

measure() {
	local name=$1 slot=bench_run before after
	shift
	sql -c "SELECT pg_copy_logical_replication_slot('bench_all', '$slot')" >/dev/null
	before=$(server_cpu)
	printf '%-22s ' "$name"
	"$@"
	settle
	after=$(server_cpu)
	awk -v a="$before" -v b="$after" 'BEGIN {printf "%22s server CPU %.2f s\n", "", b - a}'
	sql -c "SELECT pg_drop_replication_slot('$slot')" >/dev/null
}

recvlogical() {
	local start=$EPOCHREALTIME cpu
	cpu=$({ TIMEFORMAT='client CPU %U s user %S s system'
		time pg_recvlogical -d "$url application_name=pg_recvlogical" -S bench_run --start \
			-o proto_version=1 -o publication_names=outbox -o binary=true \
			-F 0 -E "$end" -f /dev/null >/dev/null 2>&1; } 2>&1)
	awk -v s="$start" -v e="$EPOCHREALTIME" -v rows="$((transactions * each))" -v cpu="$cpu" \
		'BEGIN {printf "%d rows, %.2f s: %.0f rows/s; %s\n", rows, e - s, rows / (e - s), cpu}'
}

# The parent of this session's server process, asked while the session lives.
find_postmaster() {
	local backend
	coproc session { sql; }
	echo 'SELECT pg_backend_pid();' >&"${session[1]}"
	read -r backend <&"${session[0]}"
	awk '/^PPid:/ {print $2}' "/proc/$backend/status"
	echo '\q' >&"${session[1]}"
	wait "$session_PID"
}

postmaster=$(find_postmaster)
sql -f "$here/../sql/outbox.sql" >/dev/null
sql -c "CREATE PROCEDURE bench_fill(transactions int, rows_each int) LANGUAGE plpgsql AS \$\$
BEGIN
  FOR i IN 1..transactions LOOP
    INSERT INTO outbox
    SELECT (left(outbox_floor(current_date)::text, 14) || substr(gen_random_uuid()::text, 15))::uuid,
      'order.events', gen_random_uuid()::text, 'OrderCreated', decode(repeat('5a', 120), 'hex'),
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', i, now()
    FROM generate_series(1, rows_each);
    COMMIT;
  END LOOP;
END
\$\$"

while ((${#})); do
	transactions=$1 each=$2
	shift 2
	sql -c "SELECT pg_create_logical_replication_slot('bench_all', 'pgoutput')" >/dev/null
	sql -c "SET synchronous_commit = off" -c "CALL bench_fill($transactions, $each)"
	# This commit waits until everything before it is on disk.
	sql -c "CREATE TABLE bench_end (n int)" -c "DROP TABLE bench_end"
	end=$(sql -c "SELECT pg_current_wal_flush_lsn()")
	echo "$transactions transactions of $each rows"
	for _ in 1 2; do
		measure pg_recvlogical recvlogical
		measure store_stream "$reader" "$url" bench_run outbox "$end"
	done
	sql -c "SELECT pg_drop_replication_slot('bench_all')" >/dev/null
done
