# shellcheck shell=bash
#
# One broker and one PostgreSQL server for a test that has to kill them: nobody
# restarts what it ends but the test itself. Sourced; makes and asks in the lab's
# own ways (tools/lab), but never in the lab that runs: whatever LAB_RUN says, this
# has a directory and ports of its own. The caller sets LAB_TREE; SERVERS_RUN and
# SERVERS_PORT_BASE choose both.

LAB_RUN=${SERVERS_RUN:-/var/tmp/order-lab-relay.$$}
command=${0##*/}
source "$LAB_TREE/tools/lab/common.sh"
need stack

readonly DATABASE=order
declare -A SERVER_PIDS=()

servers_place() {
	local base=${SERVERS_PORT_BASE:-}
	ports_read "$LAB_NATIVE/ports.env"
	if [[ -z $base ]]; then
		ports_pick
		base=$REPLY
	fi
	ports_move "$base"
	run_directory_create
}

# server_run NAME COMMAND...: in the background, its output in logs/NAME.log.
server_run() {
	local name=$1
	shift
	"$@" >>"$LAB_RUN/logs/$name.log" 2>&1 &
	SERVER_PIDS[$name]=$!
}

# server_end NAME SIGNAL: and waits until it is gone.
server_end() {
	local pid=${SERVER_PIDS[$1]:-}
	[[ -n $pid ]] || return 0
	kill "-$2" "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	unset "SERVER_PIDS[$1]"
}

kafka_process() {
	exec java -Xms256m -Xmx512m -XX:+UseSerialGC \
		"-Dlog4j2.configurationFile=$KAFKA_HOME/log4j2.yaml" \
		-cp "$KAFKA_LIBS/*" kafka.Kafka "$LAB_RUN/kafka/server.properties"
}

kafka_begin() {
	server_run kafka kafka_process
}

# A killed broker comes back after its old session (9 s) and 10 s of CPU time, which other
# tests at work on the same two cores stretch.
kafka_wait() {
	wait_until 120 kafka_ready kafka || {
		log_tail "$LAB_RUN/logs/kafka.log"
		die "$EXIT_TIMEOUT" "Kafka does not answer"
	}
}

postgres_process() {
	postgres_become "$(postgres_bin)/postgres" -D "$LAB_RUN/postgres/$DATABASE/data" \
		-p "${PORTS[postgres-$DATABASE]}" -k "$LAB_RUN/postgres/$DATABASE"
}

postgres_begin() {
	server_run postgres postgres_process
}

# What "pg_ctl stop -m immediate" does: no checkpoint, recovery at the next start.
postgres_crash() {
	server_end postgres QUIT
}

servers_begin() {
	kafka_jars_ensure
	kafka_create
	postgres_create "$DATABASE"
	kafka_begin
	postgres_begin
	wait_until 60 postgres_ready "$DATABASE" || die "$EXIT_TIMEOUT" "PostgreSQL does not answer"
	postgres_role "$DATABASE"
	kafka_wait
	kafka_topics
	servers_environment
}

# Ends exactly what was started here.
servers_end() {
	server_end postgres INT
	server_end kafka KILL
}

servers_remove() {
	rm -rf -- "$LAB_RUN"
}

outbox_create() {
	sql -f "$LAB_TREE/subprojects/store/sql/outbox.sql" >/dev/null
	sql -f "$LAB_TREE/tests/live/relay/outbox.sql" >/dev/null
}

database_url() {
	printf 'postgresql://%s@127.0.0.1:%s/%s?sslmode=disable' \
		"$DATABASE" "${PORTS[postgres-$DATABASE]}" "$DATABASE"
}

# What every program that is told of both servers is told.
servers_environment() {
	export KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]}
	export DATABASE_PASSWORD_FILE=$LAB_RUN/secrets/$DATABASE.password
	DATABASE_URL=$(database_url)
	export DATABASE_URL
}

# sql ARGUMENT...: psql as the service's own role in its database.
sql() {
	service_query "$DATABASE" -v ON_ERROR_STOP=1 "$@"
}
