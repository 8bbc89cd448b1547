# shellcheck shell=bash
#: the order of a key held, and lost on purpose, one cause at a time

command_help() {
	need build
	if [[ -x $LAB_BUILD/tools/ordering/ordering ]]; then
		exec "$LAB_BUILD/tools/ordering/ordering" --help
	fi
	say "./lab ordering ARGUMENT...: the tool tools/ordering, once it is built (./lab up)"
}

command_run() {
	need ports supervisor
	running_check
	ports_load
	export KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]}
	exec "$LAB_BUILD/tools/ordering/ordering" "$@"
}
