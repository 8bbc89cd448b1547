# shellcheck shell=bash
#
# Debian's supervisor, one instance per run directory.

supervisor_pid() {
	local pid
	[[ -f $LAB_RUN/supervisord.pid ]] || return 1
	pid=$(<"$LAB_RUN/supervisord.pid")
	# A pid file may outlive its process, and pids come again.
	[[ -r /proc/$pid/cmdline ]] || return 1
	tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$LAB_RUN/supervisord.conf" || return 1
	printf '%s' "$pid"
}

lab_running() {
	supervisor_pid >/dev/null
}

# Its passwords were made in the run directory.
lab_meet() {
	:
}

# supervisor_do ARGUMENT...: supervisorctl; its exit codes tell little, its words tell all.
supervisor_do() {
	supervisorctl -c "$LAB_RUN/supervisord.conf" "$@"
}

supervisor_fill() {
	sed -e "s|@TREE@|$LAB_TREE|g" -e "s|@RUN@|$LAB_RUN|g" -e "s|@BUILD@|$LAB_BUILD|g" \
		-e "s|@USER@|$(id -un)|g" "$@"
}

# supervisor_program NAME AUTOSTART RETRIES STOPSIGNAL
supervisor_program() {
	supervisor_fill -e "s|@NAME@|$1|g" -e "s|@AUTOSTART@|$2|" -e "s|@RETRIES@|$3|" \
		-e "s|@STOPSIGNAL@|$4|" "$LAB_NATIVE/program.conf.in"
}

supervisor_config() {
	local name
	supervisor_fill "$LAB_NATIVE/supervisord.conf.in"
	for name in "${SERVERS[@]}"; do
		case $name in
		# INT is PostgreSQL's fast shutdown; TERM would wait for its clients.
		postgres-*) supervisor_program "$name" true 3 INT ;;
		*) supervisor_program "$name" true 3 TERM ;;
		esac
	done
	for name in "${SERVICES[@]}"; do
		supervisor_program "$name" false 1000 TERM
	done
	# A group starts and stops side by side, single names one after the other. Further members
	# are none: to change a group is to restart all that is in it.
	printf '\n[group:servers]\nprograms=%s\n' "$(tr ' ' ',' <<<"${SERVERS[*]}")"
	printf '\n[group:services]\nprograms=%s\n' "$(printf '%s\n' "${SERVICES[@]}" | grep -v -e "$MEMBER" | paste -sd,)"
}

# supervisor_start FD: the daemon, without the lock FD, with a clean environment, but for what
# all processes are told of tracing.
supervisor_start() {
	local lock=$1 name
	local -a tracing=()
	for name in OTEL_EXPORTER_OTLP_ENDPOINT OTEL_TRACES_SAMPLER_ARG; do
		[[ -z ${!name:-} ]] || tracing+=("$name=${!name}")
	done
	supervisor_config >"$LAB_RUN/supervisord.conf"
	env -i PATH="$PATH" HOME="${HOME:-/}" LANG=C.UTF-8 ${JAVA_HOME:+JAVA_HOME="$JAVA_HOME"} "${tracing[@]}" \
		supervisord -c "$LAB_RUN/supervisord.conf" </dev/null {lock}>&- ||
		die "$EXIT_FAILED" "supervisord did not start" "its log: $LAB_RUN/logs/supervisord.log"
}

# The supervisor's own name of a process: "services:order", or "order-2".
supervisor_name() {
	if [[ $1 =~ $MEMBER ]]; then
		printf '%s' "$1"
	elif in_list "$1" "${SERVICES[@]}"; then
		printf 'services:%s' "$1"
	else
		printf 'servers:%s' "$1"
	fi
}

# RUNNING, STARTING, BACKOFF, FATAL, STOPPED …
process_state() {
	supervisor_do status "$(supervisor_name "$1")" 2>/dev/null | awk 'NR == 1 {print $2}'
}

# process_started PID: when it was started, in clock ticks since boot, on stdout.
process_started() {
	local stat
	[[ -r /proc/$1/stat ]] || return 1
	stat=$(<"/proc/$1/stat") 2>/dev/null || return 1
	# The name in brackets may hold blanks: count from behind it.
	# shellcheck disable=SC2086 # split into fields
	set -- ${stat##*) }
	printf '%s' "${20}"
}

# process_remember NAME: this process, which will become NAME by exec, is it.
process_remember() {
	process_started $$ >"$LAB_RUN/pids/$1.started"
	echo $$ >"$LAB_RUN/pids/$1"
}

# process_pid NAME: the pid of a process of this run that is alive, on stdout. A
# pid comes again after a while; its start does not.
process_pid() {
	local pid started
	[[ -f $LAB_RUN/pids/$1 && -f $LAB_RUN/pids/$1.started ]] || return 1
	pid=$(<"$LAB_RUN/pids/$1")
	started=$(process_started "${pid:-none}") || return 1
	[[ $started == "$(<"$LAB_RUN/pids/$1.started")" ]] || return 1
	printf '%s' "$pid"
}

processes_list() {
	local name state rest
	while read -r name state rest; do
		if [[ $rest =~ ^pid\ ([0-9]+),\ uptime\ (.*)$ ]]; then
			printf '%s\t%s\t%s\t%s\n' "${name#*:}" "$state" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		else
			printf '%s\t%s\t-\t-\n' "${name#*:}" "$state"
		fi
	done < <(supervisor_do status 2>/dev/null || true) # 3: something is stopped
}

process_start() {
	supervisor_do start "$(supervisor_name "$1")" >/dev/null 2>&1
}

process_stop() {
	supervisor_do stop "$(supervisor_name "$1")" >/dev/null 2>&1 || true
}

process_kill() {
	kill -KILL "$(process_pid "$1")"
}

process_log() {
	printf '%s' "$LAB_RUN/logs/$1.log"
}
