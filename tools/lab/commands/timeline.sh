# shellcheck shell=bash
#: everything about one order, in time order

command_help() {
	need build
	if [[ -x $LAB_BUILD/tools/timeline/timeline ]]; then
		exec "$LAB_BUILD/tools/timeline/timeline" --help
	fi
	say "./lab timeline ORDER_ID: the tool tools/timeline, once it is built (./lab up)"
}

# The lab may be down: what is away, the tool says itself.
command_run() {
	need ports
	ports_load
	eval "$("$LAB_TREE/lab" env)"
	exec "$LAB_BUILD/tools/timeline/timeline" --logs "$LAB_RUN/logs" "$@"
}
