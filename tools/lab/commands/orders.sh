# shellcheck shell=bash
#: place orders: the load generator, on this lab's gateway

command_help() {
	need tools
	tool_help orders "./lab orders ARGUMENT...: the load generator tools/orders"
}

command_run() {
	need tools
	tool_run orders "$@"
}
