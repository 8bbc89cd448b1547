# shellcheck shell=bash
#: docker compose on the containers of this run

command_help() {
	cat <<-END
		./lab compose ARGUMENT...: docker compose with the project, the ports and the settings
		of the stack that runs in this run directory; for profiles above all.

		Examples:
		  ./lab compose up -d --wait lag prometheus grafana    profile observe
		  ./lab compose up -d --wait registry kafka-ui         profile ui
		  ./lab compose ps
	END
}

command_run() {
	(($# > 0)) || usage_error "compose wants to be told what docker compose is to do"
	need processes ports
	compose_check compose
	compose_need
	running_check
	ports_load
	compose "$@"
}
