# shellcheck shell=bash
#: stop everything; data stays

command_help() {
	cat <<-END
		./lab down: stops every process of this run directory. Data stays; ./lab up goes on
		with it, ./lab clean removes it.
	END
}

command_run() {
	(($# == 0)) || usage_error "down takes no arguments"
	need stack
	run_directory_check
	if ! lab_running; then
		stack_down
		say "no lab is running in $LAB_RUN"
		return
	fi
	ports_load
	stack_down
}
