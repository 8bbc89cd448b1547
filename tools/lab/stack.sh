# shellcheck shell=bash
#
# The whole stack: what ./lab up and ./lab down do, for every command that needs
# a running lab.

need ports packages build postgres kafka supervisor

readonly READY_TIMEOUT_S=60

# run_directory_check: a place that is ours, short enough for a socket, plain
# enough for every configuration file it is written into.
run_directory_check() {
	[[ $LAB_RUN =~ ^/[A-Za-z0-9._/-]+$ && ${#LAB_RUN} -le 70 ]] ||
		die "$EXIT_USAGE" "LAB_RUN=$LAB_RUN is no usable run directory" \
			"an absolute path of letters, digits and ._- of at most 70 characters"
	[[ ! -e $LAB_RUN || (-d $LAB_RUN && -O $LAB_RUN) ]] ||
		die "$EXIT_USAGE" "$LAB_RUN exists and is not ours" "set LAB_RUN to another directory"
}

# secret_ensure NAME: a password in a file that only we can read.
secret_ensure() {
	local file=$LAB_RUN/secrets/$1.password
	[[ -s $file ]] || (umask 077 && head -c 24 /dev/urandom | base64 | tr -d '+/=' >"$file")
}

run_directory_create() {
	local name
	run_directory_check
	# Others may pass through (PostgreSQL's user does) but not look.
	install -d -m 0711 "$LAB_RUN" "$LAB_RUN/postgres" || die "$EXIT_FAILED" \
		"the run directory $LAB_RUN cannot be made" "LAB_RUN=DIRECTORY names another"
	install -d -m 0700 "$LAB_RUN/secrets" "$LAB_RUN/pids" "$LAB_RUN/once" "$LAB_RUN/kept"
	install -d -m 0755 "$LAB_RUN/logs" "$LAB_RUN/redis"
	for name in postgres "${DATABASES[@]}"; do
		secret_ensure "$name"
	done
	postgres_user_check
}

# One ./lab changes a run at a time. The descriptor is in lock_fd.
lock_take() {
	exec {lock_fd}>"$LAB_RUN/lock"
	flock -n "$lock_fd" ||
		die "$EXIT_DOWN" "another ./lab is starting or stopping the lab in $LAB_RUN" \
			"wait for it, or give this one a LAB_RUN of its own"
}

# Storage of every server, made side by side.
storage_create() {
	local name pid
	local -a pids=()
	kafka_create &
	pids+=($!)
	for name in "${DATABASES[@]}"; do
		postgres_create "$name" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || exit $?
	done
}

# Gives up early when the supervisor did: NAME died again and again.
ready_or_dead() {
	local name=$1
	shift
	! "$@" || return 0
	if ((SECONDS > dead_check_at)); then
		dead_check_at=$((SECONDS + 1))
		case $(supervisor_state "$name") in
		FATAL) wait_gave_up=1 ;;
		BACKOFF) ((++dead_seen < 3)) || wait_gave_up=1 ;;
		esac
	fi
	return 1
}

# wait_ready NAME COMMAND...
wait_ready() {
	local name=$1 dead_check_at=$((SECONDS + 1)) dead_seen=0
	shift
	wait_until "$READY_TIMEOUT_S" ready_or_dead "$name" "$@" && return
	log_tail "$LAB_RUN/logs/$name.log"
	if [[ -n $wait_gave_up ]]; then
		die "$EXIT_FAILED" "$name does not stay up" "all of its log: ./lab logs $name"
	fi
	die "$EXIT_TIMEOUT" "$name was not ready after $READY_TIMEOUT_S s" \
		"all of its log: ./lab logs $name"
}

redis_ready() {
	[[ $(redis-cli -h 127.0.0.1 -p "${PORTS[redis]}" ping 2>/dev/null) == PONG ]]
}

service_ready() {
	curl -fs -o /dev/null -m 2 "http://127.0.0.1:${PORTS[$1]}/readyz"
}

# process_ready NAME: it answers as its users need it.
process_ready() {
	case $1 in
	kafka) kafka_ready ;;
	postgres-*) postgres_ready "${1#postgres-}" ;;
	redis) redis_ready ;;
	*) service_ready "$1" ;;
	esac
}

servers_wait() {
	local name
	for name in "$@"; do
		wait_ready "$name" process_ready "$name"
	done
}

databases_create() {
	local name
	servers_wait "${DATABASES[@]/#/postgres-}" redis
	for name in "${DATABASES[@]}"; do
		postgres_role "$name"
	done
}

# The further members of all services, for the supervisor.
members_names() {
	printf '%s\n' "${SERVICES[@]}" | grep -e "$MEMBER" || true
}

services_wait() {
	# supervisorctl waits a second to see that they stay; we look at readiness meanwhile.
	# shellcheck disable=SC2046 # names, one a word
	supervisor_do start "services:*" $(members_names) >"$LAB_RUN/logs/start.log" 2>&1 {lock_fd}>&- &
	servers_wait "${SERVICES[@]}"
	wait $! || true
}

# stack_up all|servers
stack_up() {
	local what=$1
	run_directory_check
	build_step
	step_watched "Kafka's jars" "$KAFKA_HOME/target/fetch.log" kafka_jars_ensure
	run_directory_create
	lock_take
	if ! supervisor_running; then
		orphans_end
		ports_check
		ports_keep
		step "storage in $LAB_RUN" storage_create
		supervisor_start "$lock_fd"
	else
		ports_load
		supervisor_do start "servers:*" >/dev/null 2>&1 || true
	fi
	step "PostgreSQL and Redis answer" databases_create
	step "Kafka answers" servers_wait kafka
	step "topics" kafka_topics
	[[ $what != all ]] || step "services are ready" services_wait
	exec {lock_fd}>&-
}

# What a supervisor that was killed left behind, ended by the pids it wrote.
orphans_end() {
	local name pid
	for name in "${SERVICES[@]}" "${SERVERS[@]}"; do
		pid=$(process_pid "$name") || continue
		case $name in
		postgres-*) kill -INT "$pid" 2>/dev/null || true ;;
		*) kill -TERM "$pid" 2>/dev/null || true ;;
		esac
	done
	for name in "${SERVICES[@]}" "${SERVERS[@]}"; do
		wait_until 20 process_gone "$name" || kill -KILL "$(process_pid "$name")" 2>/dev/null || true
	done
}

stack_stopped() {
	! supervisor_running
}

# stack_stop: everything, our services first so that their last words are heard.
stack_stop() {
	# shellcheck disable=SC2046 # names, one a word
	supervisor_do stop "services:*" $(members_names) >/dev/null 2>&1 || true
	supervisor_do stop "servers:*" >/dev/null 2>&1 || true
	supervisor_do shutdown >/dev/null 2>&1 || true
	wait_until 60 stack_stopped ||
		die "$EXIT_TIMEOUT" "the supervisor (pid $(supervisor_pid)) did not end within 60 s"
}

stack_down() {
	[[ -d $LAB_RUN ]] || return 0
	lock_take
	! supervisor_running || step "stop everything" stack_stop
	orphans_end
	exec {lock_fd}>&-
}

stack_addresses() {
	printf '\n  %sgateway%s     http://127.0.0.1:%s\n' "$BOLD" "$PLAIN" "${PORTS[gateway]}"
	printf '  Kafka       127.0.0.1:%s\n' "${PORTS[kafka]}"
	printf '  PostgreSQL  127.0.0.1:%s order, %s payment, %s inventory, %s notification, %s analytics\n' \
		"${PORTS[postgres-order]}" "${PORTS[postgres-payment]}" "${PORTS[postgres-inventory]}" \
		"${PORTS[postgres-notification]}" "${PORTS[postgres-analytics]}"
	printf '              ./lab psql NAME\n'
	printf '  Redis       127.0.0.1:%s\n' "${PORTS[redis]}"
	printf '  run files   %s\n' "$LAB_RUN"
}
