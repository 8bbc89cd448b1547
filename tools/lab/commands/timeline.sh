# shellcheck shell=bash
#: everything about one order, in time order

command_help() {
	need tools
	tool_help timeline "./lab timeline ORDER_ID: the tool tools/timeline"
}

# The lab may be down: what is away, the tool says itself.
command_run() {
	need tools
	tool_check timeline
	! lab_running || lab_meet
	ports_load
	eval "$(lab_environment)"
	for name in "${SERVICES[@]}"; do
		process_log "$name" >/dev/null
	done
	exec "$LAB_BUILD/tools/timeline/timeline" --logs "$LAB_RUN/logs" "$@"
}
