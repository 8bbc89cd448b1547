# shellcheck shell=bash
#: build, and start everything; again does no harm

command_help() {
	cat <<-END
		./lab up [--servers]: starts the lab and waits until it is ready.

		Installs what packages are missing, builds what changed, fetches Kafka's jars
		once, makes storage and passwords once in the run directory. What runs already is
		left as it is.

		  --servers   only Kafka, PostgreSQL and Redis, none of our processes

		Examples:
		  ./lab up
		  LAB_RUN=/var/tmp/second LAB_PORT_BASE=19000 ./lab up    a second one beside it
	END
}

command_run() {
	local what=all
	case ${1:-} in
	'') ;;
	--servers) what=servers ;;
	*) usage_error "'$1' is not an option of up" ;;
	esac
	need stack
	packages_ensure run
	java_check
	ports_load
	stack_up "$what"
	stack_addresses
}
