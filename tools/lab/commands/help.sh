# shellcheck shell=bash
#: this page

# help_line NAME: a command's file says in its "#: " line what it does.
help_line() {
	printf '  %s%-8s%s %s\n' "$BOLD" "$1" "$PLAIN" \
		"$(sed -n 's/^#: //p' "$LAB_TREE/tools/lab/commands/$1.sh")"
}

# help_group TITLE NAME...: what belongs together.
help_group() {
	local name
	printf '%s\n' "$1"
	for name in "${@:2}"; do
		help_line "$name"
	done
	echo
}

command_help() {
	cat <<-END
		./lab COMMAND [ARGUMENT]...: the order lab on this machine.

	END
	help_group 'The stack:' demo up down status logs start stop kill scale clean
	help_group 'Orders, and what became of them:' orders timeline verify
	help_group 'Topics and groups:' lag replay ordering drill
	help_group 'By hand:' psql kcat env
	help_group 'The code:' build test bench version help
	cat <<-END
		./lab COMMAND --help tells more. Start with: ./lab demo

		Environment:
		  LAB_RUN        the run directory, now $LAB_RUN
		  LAB_PORT_BASE  the first port of the lab's block (deploy/native/ports.env);
		                 auto: any free one
		  LAB_BUILD      the build directory, now $LAB_BUILD
		  NO_COLOR       set: no colour

		Exit codes: 0 done, 1 tried and failed, 2 wrong usage, 3 a package or right is
		missing, 4 a port is taken, 5 the lab is not running (or must not be), 6 time-out.
	END
}

command_run() {
	command_help
}
