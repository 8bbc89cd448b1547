# shellcheck shell=bash
#: start one process, with settings for that start alone

command_help() {
	cat <<-END
		./lab start [--keep] NAME [VARIABLE=VALUE]...: starts a stopped process and waits until
		it is ready. Variables count for this one start: an armed crash point does not go off
		again after the restart it caused. With --keep they count for every start from now
		on, in place of those that were kept before; with none there, nothing is kept.

		Examples:
		  ./lab start order
		  ./lab stop relay-order && ./lab start relay-order CRASH_AT=relay.after_produce
		  ./lab stop notification && ./lab start --keep notification SMTP_URL=smtp://127.0.0.1:25
	END
}

command_run() {
	local place=once name pair
	if [[ ${1:-} == --keep ]]; then
		place=kept
		shift
	fi
	name=${1:-}
	[[ -n $name ]] || usage_error "start wants the name of a process"
	shift
	need stack
	name_check "$name"
	running_check
	ports_load
	for pair in "$@"; do
		[[ $pair =~ ^[A-Z_]+=.*$ ]] || usage_error "'$pair' is not VARIABLE=VALUE"
	done
	if (($# > 0)) || [[ $place == kept ]]; then
		[[ $LAB_STACK == native ]] || in_list "$name" "${SERVICES[@]}" ||
			usage_error "settings are for our own processes: in a container $name has its own"
		! process_alive "$name" || die "$EXIT_DOWN" "$name is running; a setting needs a new start" \
			"./lab stop $name"
		[[ $place == once ]] || rm -f "$LAB_RUN/kept/$name"
		(($# == 0)) || printf '%s\n' "$@" >"$LAB_RUN/$place/$name"
	fi
	process_start "$name" &
	# An armed process may die before it is ever ready: that is for its caller to see.
	[[ $# -gt 0 && $place == once ]] || step "$name is ready" wait_ready "$name" process_ready "$name"
	wait
}
