# shellcheck shell=bash
#: the order of a key held, and lost on purpose, one cause at a time

command_help() {
	need tools
	tool_help ordering "./lab ordering ARGUMENT...: the tool tools/ordering"
}

command_run() {
	need tools
	tool_run ordering "$@"
}
