# shellcheck shell=bash
#: how far every consumer group is behind, and whether it moves

command_help() {
	need build
	if [[ -x $LAB_BUILD/tools/lag/lag ]]; then
		exec "$LAB_BUILD/tools/lag/lag" --help
	fi
	say "./lab lag ARGUMENT...: the tool tools/lag, once it is built (./lab up)"
}

command_run() {
	need ports supervisor
	running_check
	ports_load
	export KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]}
	exec "$LAB_BUILD/tools/lag/lag" "$@"
}
