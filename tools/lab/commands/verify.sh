# shellcheck shell=bash
#: check all invariants over databases and topics

command_help() {
	need tools
	tool_help verify "./lab verify [OPTION]...: the checker tools/verify"
}

command_run() {
	need tools
	tool_run verify "$@"
}
