# shellcheck shell=bash
#: measure, against a floor or a rival of the same run

bench_names() {
	local file
	for file in "$LAB_TREE"/tools/bench/*.sh; do
		basename "$file" .sh
	done
}

command_help() {
	local name
	cat <<-END
		./lab bench NAME [ARGUMENT]...: measures one thing on a lab of its own and prints a
		table and JSON. Without a NAME: lists what can be measured.

	END
	for name in $(bench_names); do
		printf '  %-8s %s\n' "$name" "$(sed -n 's/^#: //p' "$LAB_TREE/tools/bench/$name.sh")"
	done
	cat <<-END

		Example:
		  ./lab bench orders --seconds 60 --rates 50,500
	END
}

command_run() {
	local name=${1:-} names
	mapfile -t names < <(bench_names)
	if [[ -z $name ]]; then
		command_help
		return
	fi
	shift
	in_list "$name" "${names[@]}" || usage_error "there is no bench '$name'; there are: ${names[*]}"
	need packages build
	packages_ensure run
	build_step
	exec bash "$LAB_TREE/tools/bench/$name.sh" "$@"
}
