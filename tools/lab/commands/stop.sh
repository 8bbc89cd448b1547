# shellcheck shell=bash
#: stop one process, in order

command_help() {
	cat <<-END
		./lab stop NAME: asks a process to end and waits for it; it stays stopped until
		./lab start NAME or ./lab up.

		Example:
		  ./lab stop redis
	END
}

command_run() {
	local name=${1:-}
	(($# == 1)) || usage_error "stop wants the name of one process"
	need stack
	name_check "$name"
	running_check
	process_stop "$name"
	wait_until 30 process_gone "$name" ||
		die "$EXIT_TIMEOUT" "$name (pid $(process_pid "$name")) did not end within 30 s"
}
