# shellcheck shell=bash
#: build, and start everything; again does no harm

command_help() {
	cat <<-END
		./lab [--stack compose] up [--servers | --ha]: starts the lab and waits until it is
		ready; as processes of this machine, or as containers (deploy/kafka/compose.yaml).

		Installs what packages are missing, builds what changed, fetches Kafka's jars
		once, makes storage and passwords once in the run directory. What runs already is
		left as it is.

		  --servers   only Kafka, PostgreSQL and Redis, none of our processes
		  --ha        three brokers and two members of each service; containers only

		Examples:
		  ./lab up
		  ./lab --stack compose up --ha
		  LAB_RUN=/var/tmp/second LAB_PORT_BASE=19000 ./lab up    a second one beside it
	END
}

command_run() {
	local what=all
	case ${1:-} in
	'') ;;
	--servers) what=servers ;;
	--ha) what=ha ;;
	*) usage_error "'$1' is not an option of up" ;;
	esac
	need stack
	[[ $what != ha ]] || compose_check "--ha"
	packages_ensure run
	[[ $LAB_STACK == compose ]] || java_check
	ports_load
	stack_up "$what"
	stack_addresses
}
