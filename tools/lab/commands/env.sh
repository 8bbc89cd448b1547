# shellcheck shell=bash
#: the lab's addresses as shell variables

command_help() {
	cat <<-END
		./lab env: addresses and files of this lab, for other tools.

		Example:
		  eval "\$(./lab env)" && curl "\$GATEWAY_URL/products"
	END
}

command_run() {
	(($# == 0)) || usage_error "env takes no arguments"
	need tools
	! lab_running || lab_meet
	ports_load
	lab_environment
}
