# shellcheck shell=bash
#: everything about one order, in time order

command_help() {
	need tools
	tool_help timeline "./lab timeline ORDER_ID: the tool tools/timeline"
}

# The lab may be down: what is away, the tool says itself.
command_run() {
	need tools
	ports_load
	eval "$(lab_environment)"
	exec "$LAB_BUILD/tools/timeline/timeline" --logs "$LAB_RUN/logs" "$@"
}
