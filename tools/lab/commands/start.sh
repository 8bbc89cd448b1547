# shellcheck shell=bash
#: start one process, with settings for that start alone

command_help() {
	cat <<-END
		./lab start NAME [VARIABLE=VALUE]...: starts a stopped process and waits until it is
		ready. Variables count for this one start: an armed crash point does not go off
		again after the restart it caused.

		Examples:
		  ./lab start order
		  ./lab stop relay-order && ./lab start relay-order CRASH_AT=relay.after_produce
	END
}

command_run() {
	local name=${1:-} pair
	[[ -n $name ]] || usage_error "start wants the name of a process"
	shift
	need stack
	name_check "$name"
	running_check
	ports_load
	for pair in "$@"; do
		[[ $pair =~ ^[A-Z_]+=.*$ ]] || usage_error "'$pair' is not VARIABLE=VALUE"
		! process_alive "$name" || die "$EXIT_DOWN" "$name is running; a setting needs a new start" \
			"./lab stop $name"
	done
	(($# == 0)) || printf '%s\n' "$@" >"$LAB_RUN/once/$name"
	supervisor_do start "$(supervisor_name "$name")" >/dev/null 2>&1 &
	# An armed process may die before it is ever ready: that is for its caller to see.
	(($# > 0)) || step "$name is ready" wait_ready "$name" process_ready "$name"
	wait
}
