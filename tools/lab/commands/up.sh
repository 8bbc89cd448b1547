# shellcheck shell=bash
#: build, and start everything; again does no harm

command_help() {
	cat <<-END
		./lab [--stack compose] up [--servers | --ha | --chaos] [--secure]: starts the lab and waits
		until it is ready; as processes of this machine, or as containers (deploy/kafka/compose.yaml).

		Installs what packages are missing, builds what changed, fetches Kafka's jars
		once, makes storage and passwords once in the run directory. What runs already is
		left as it is.

		  --servers   only Kafka, PostgreSQL and Redis, none of our processes
		  --ha        three brokers and two members of each service; containers only
		  --chaos     all processes reach Kafka through toxiproxy; containers only
		  --secure    with certificates, rights and passwords everywhere; containers only

		--ha, --chaos and --secure stay, also for a later up, until ./lab clean.

		Examples:
		  ./lab up
		  ./lab --stack compose up --ha
		  LAB_RUN=/var/tmp/second LAB_PORT_BASE=19000 ./lab up    a second one beside it
	END
}

command_run() {
	local what=all argument
	local -a secure=()
	for argument in "$@"; do
		case $argument in
		--servers | --ha | --chaos)
			[[ $what == all ]] || usage_error "--servers, --ha and --chaos: give one of them"
			what=${argument#--}
			;;
		--secure) secure=(secure) ;;
		*) usage_error "'$argument' is not an option of up" ;;
		esac
	done
	need stack
	((${#secure[@]} == 0)) || compose_check "--secure"
	[[ $what != ha && $what != chaos ]] || compose_check "--$what"
	packages_ensure run
	[[ $LAB_STACK == compose ]] || java_check
	ports_load
	stack_up "$what" "${secure[@]}"
	stack_addresses
}
