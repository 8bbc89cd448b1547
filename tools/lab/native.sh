# shellcheck shell=bash
#
# The stack as processes of this machine, under a supervisor of the run directory: how it
# comes up and goes down.

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

# native_up all|servers
native_up() {
	local what=$1
	run_directory_check
	build_step
	step_watched "Kafka's jars" "$KAFKA_HOME/target/fetch.log" kafka_jars_ensure
	run_directory_create
	lock_take
	if ! lab_running; then
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

native_stopped() {
	! lab_running
}

# native_stop: everything, our services first so that their last words are heard.
native_stop() {
	# shellcheck disable=SC2046 # names, one a word
	supervisor_do stop "services:*" $(members_names) >/dev/null 2>&1 || true
	supervisor_do stop "servers:*" >/dev/null 2>&1 || true
	supervisor_do shutdown >/dev/null 2>&1 || true
	wait_until 60 native_stopped ||
		die "$EXIT_TIMEOUT" "the supervisor (pid $(supervisor_pid)) did not end within 60 s"
}

native_down() {
	[[ -d $LAB_RUN ]] || return 0
	lock_take
	! lab_running || step "stop everything" native_stop
	orphans_end
	exec {lock_fd}>&-
}
