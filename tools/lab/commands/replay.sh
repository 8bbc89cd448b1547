# shellcheck shell=bash
#: let a service read again what it has read before, and see that nothing changes

command_help() {
	cat <<-END
		./lab replay ARGUMENT...: tools/replay on this lab's broker.

		With --execute and --group of a service of this lab it stops all members of the
		service, replays, starts them, waits until they have read everything, and compares the
		rows of the service's database before and after: all tables but how often each event
		was delivered (inbox.seen) and what housekeeping writes about itself. They are equal,
		or it says what differs, and ends with 1. Without --execute nothing is stopped.
		Orders that are placed meanwhile change rows too.

		Examples:
		  ./lab replay --group payment --all-topics --to-earliest
		  ./lab replay --group payment --all-topics --to-earliest --execute
		  ./lab replay order ORDER_ID --group notification --execute

	END
	need build
	if [[ -x $LAB_BUILD/tools/replay/replay ]]; then
		exec "$LAB_BUILD/tools/replay/replay" --help
	fi
}

readonly DRAIN_TIMEOUT_S=120
readonly LEAVE_TIMEOUT_S=30

# argument_of OPTION ARGUMENT...: the value of the last --OPTION, in REPLY; 1: not given.
argument_of() {
	local option=$1 given=1
	shift
	REPLY=
	while (($# > 0)); do
		case $1 in
		"--$option") REPLY=${2:-} given=0 ;;
		"--$option="*) REPLY=${1#*=} given=0 ;;
		esac
		shift
	done
	return "$given"
}

tool() {
	"$LAB_BUILD/tools/replay/replay" "$@"
}

# ---- the members of a service ----

service_members() {
	local name
	for name in "${SERVICES[@]}"; do
		[[ $name != "$1" && ! $name =~ ^$1$MEMBER ]] || printf '%s\n' "$name"
	done
}

members_stop() {
	local name
	for name in "${members[@]}"; do
		process_stop "$name" &
	done
	for name in "${members[@]}"; do
		wait_until 30 process_gone "$name" || die "$EXIT_TIMEOUT" "$name did not end within 30 s"
	done
	wait
}

members_start() {
	local name
	for name in "${members[@]}"; do
		process_start "$name" &
	done
	for name in "${members[@]}"; do
		wait_ready "$name" process_ready "$name"
	done
	wait
}

# messages_behind GROUP: offsets between where it stands and the ends, on stdout.
messages_behind() {
	tool --group "$1" --all-topics --to-latest --count-max 0 --output json | jq -r .behind
}

drained() {
	[[ $(messages_behind "$1") == 0 ]]
}

# ---- the rows of a database ----

has_database() {
	in_list "$1" "${DATABASES[@]}"
}

# Every table that is no part of another. Left out is what says when housekeeping did
# something: schema_migration at a start, outbox_expired and outbox_slot around old days.
state_tables() {
	service_query "$1" -c "SELECT nspname || '.' || relname
		FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE relkind IN ('r', 'p') AND NOT relispartition
			AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
			AND relname NOT IN ('schema_migration', 'outbox_expired', 'outbox_slot')
		ORDER BY 1"
}

# state_save SERVICE DIRECTORY: the rows of each table, sorted, a file each.
state_save() {
	local table columns
	mkdir -p "$2"
	for table in $(state_tables "$1"); do
		columns='t::text'
		# How often an event was delivered is what a replay changes.
		[[ $table != *.inbox ]] ||
			columns='(event_id, topic, partition, "offset", outcome, reason, received_at)::text'
		service_query "$1" -c "COPY (SELECT $columns FROM $table t) TO STDOUT" |
			LC_ALL=C sort >"$2/$table"
	done
}

# state_hash DIRECTORY: of all its files and their names, in REPLY.
state_hash() {
	REPLY=$(cd "$1" && sha256sum -- * | sha256sum)
	REPLY=${REPLY:0:16}
}

# state_differences BEFORE AFTER: what changed, by table, with the first rows.
state_differences() {
	local table
	for table in $(cd "$2" && printf '%s\n' *); do
		! cmp -s "$1/$table" "$2/$table" || continue
		printf '  %s: %s rows gone, %s new\n' "$table" \
			"$(LC_ALL=C comm -23 "$1/$table" "$2/$table" | wc -l)" \
			"$(LC_ALL=C comm -13 "$1/$table" "$2/$table" | wc -l)"
		diff "$1/$table" "$2/$table" | grep '^[<>]' | head -n 4 | cut -c1-160 | sed 's/^/    /' || true
	done
}

# state_compare DIRECTORY: 1 when before and after are not the same.
state_compare() {
	local before after
	state_hash "$1/before"
	before=$REPLY
	state_hash "$1/after"
	after=$REPLY
	printf '\nstate of %s: %s tables, %s rows\n  before  %s\n  after   %s\n' "$service" \
		"$(find "$1/after" -type f | wc -l)" "$(cat "$1"/after/* | wc -l)" "$before" "$after"
	if [[ $before == "$after" ]]; then
		printf '  %sequal%s\n' "$GREEN" "$PLAIN"
		return
	fi
	printf '  %sthey differ%s\n' "$RED" "$PLAIN"
	state_differences "$1/before" "$1/after"
	return 1
}

# ---- replay ----

replay_cleanup() {
	trap - EXIT
	rm -rf -- "$work"
	if [[ -n $stopped ]]; then
		members_start || true
	fi
}

# replay_tool ARGUMENT...: the tool, patient with members that have just left.
replay_tool() {
	local -a more=()
	argument_of wait "$@" || more+=(--wait "$LEAVE_TIMEOUT_S")
	if ! argument_of undo "$@"; then
		install -d -m 0755 "$LAB_RUN/replay"
		more+=(--undo "$LAB_RUN/replay/$service-$(date -u +%Y%m%dT%H%M%SZ)-$$.csv")
	fi
	tool "$@" "${more[@]}"
}

# checked ARGUMENT...: the same as a dry run, before anything stops: what is wrong is told now.
checked() {
	local -a dry=()
	while (($# > 0)); do
		case $1 in
		--execute | --export=*) ;;
		--export) shift ;;
		*) dry+=("$1") ;;
		esac
		(($# == 0)) || shift
	done
	tool "${dry[@]}" --count-max 0 >/dev/null
}

replay_service() {
	local code=0 behind=0
	work=$(mktemp -d) stopped=1
	trap replay_cleanup EXIT
	step "stop ${members[*]}" members_stop
	! has_database "$service" || step "rows of $service before" state_save "$service" "$work/before"
	behind=$(messages_behind "$service" 2>/dev/null) || behind=0
	[[ ${behind:-0} == 0 ]] ||
		warn "$service is $behind offsets behind: what it reads for the first time changes rows too"
	printf '\n'
	replay_tool "$@" >&3 || code=$?
	printf '\n'
	step "start ${members[*]}" members_start
	stopped=
	((code == 0)) || exit "$code"
	step "everything is read" wait_until "$DRAIN_TIMEOUT_S" drained "$service" ||
		die "$EXIT_TIMEOUT" "$service has not read everything after $DRAIN_TIMEOUT_S s" \
			"./lab logs $service"
	has_database "$service" || return 0
	step "rows of $service after" state_save "$service" "$work/after"
	state_compare "$work" || code=$EXIT_FAILED
	exit "$code"
}

command_run() {
	local service='' work='' stopped='' argument
	local -a members=()
	need stack tools
	tool_check replay
	running_check
	ports_load
	eval "$(lab_environment)"
	! argument_of group "$@" || service=$REPLY
	for argument in "$@"; do
		[[ $argument != --execute ]] || stopped=asked
	done
	if [[ ${1:-} == dlq || -z $stopped ]] || ! in_list "$service" "${BASE_SERVICES[@]}"; then
		exec "$LAB_BUILD/tools/replay/replay" "$@"
	fi
	checked "$@" || exit $?
	mapfile -t members < <(service_members "$service")
	stopped=
	# Machines read the tool's JSON; what else is said goes to stderr then.
	exec 3>&1
	! argument_of output "$@" || [[ $REPLY != json ]] || exec 1>&2
	replay_service "$@"
}
