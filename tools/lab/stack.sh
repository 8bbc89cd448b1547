# shellcheck shell=bash
#
# The whole stack: what ./lab up and ./lab down do, for every command that needs
# a running lab.

need ports packages build postgres kafka processes native

readonly READY_TIMEOUT_S=60

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
	printf 'native\n' >"$LAB_RUN/stack"
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

# Gives up early when the supervisor did: NAME died again and again.
ready_or_dead() {
	local name=$1
	shift
	! "$@" || return 0
	if ((SECONDS > dead_check_at)); then
		dead_check_at=$((SECONDS + 1))
		case $(process_state "$name") in
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
	log_tail "$(process_log "$name")"
	if [[ -n $wait_gave_up ]]; then
		die "$EXIT_FAILED" "$name does not stay up" "all of its log: ./lab logs $name"
	fi
	die "$EXIT_TIMEOUT" "$name was not ready after $READY_TIMEOUT_S s" \
		"all of its log: ./lab logs $name"
}

# One that lets only the gateway in answers nobody else's ping.
redis_ready() {
	[[ $(redis-cli -h 127.0.0.1 -p "${PORTS[redis]}" ping 2>/dev/null) == @(PONG|NOAUTH*) ]]
}

service_ready() {
	curl -fs -o /dev/null -m 2 "http://127.0.0.1:${PORTS[$1]}/readyz"
}

# process_ready NAME: it answers as its users need it.
process_ready() {
	case $1 in
	kafka | kafka-[2-9]) kafka_ready "$1" ;;
	postgres-*) postgres_ready "${1#postgres-}" ;;
	redis) redis_ready ;;
	*) service_ready "$1" ;;
	esac
}

# process_unready_why NAME: in its own words; nothing when it has none.
process_unready_why() {
	in_list "$1" "${SERVICES[@]}" || return 0
	curl -s -m 2 "http://127.0.0.1:${PORTS[$1]}/readyz" 2>/dev/null |
		jq -r '.detail // empty | gsub("\\s+"; " ")' 2>/dev/null || true
}

servers_wait() {
	local name
	for name in "$@"; do
		wait_ready "$name" process_ready "$name"
	done
}

# stack_up ARGUMENT..., stack_down: of the stack that LAB_STACK says.
stack_up() {
	"${LAB_STACK}_up" "$@"
}

stack_down() {
	"${LAB_STACK}_down"
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
