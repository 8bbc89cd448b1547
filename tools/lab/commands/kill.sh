# shellcheck shell=bash
#: kill -9 one process; the supervisor starts it again

command_help() {
	cat <<-END
		./lab kill NAME: SIGKILL, as a crash would; the supervisor starts the process again
		within about a second.

		Examples:
		  ./lab kill payment
		  ./lab kill kafka && ./lab status
	END
}

command_run() {
	local name=${1:-} pid
	(($# == 1)) || usage_error "kill wants the name of one process"
	need stack
	name_check "$name"
	running_check
	pid=$(process_pid "$name") || die "$EXIT_DOWN" "$name is not running" "./lab start $name"
	process_kill "$name"
	say "$name (pid $pid) was killed"
}
