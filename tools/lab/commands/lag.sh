# shellcheck shell=bash
#: how far every consumer group is behind, and whether it moves

command_help() {
	need tools
	tool_help lag "./lab lag ARGUMENT...: the tool tools/lag"
}

command_run() {
	need tools
	tool_run lag "$@"
}
