# shellcheck shell=bash
#: the project's version

command_help() {
	say "./lab version: prints the version that meson.build names."
}

command_run() {
	sed -n "s/^ *version: '\(.*\)',/order-lab \1/p" "$LAB_TREE/meson.build"
}
