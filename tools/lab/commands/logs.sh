# shellcheck shell=bash
#: the log of one process, or of all

command_help() {
	cat <<-END
		./lab logs [-f] [-n LINES] [NAME]: the end of a process's log; without a name, of
		every process's. Ours log one JSON object a line.

		Examples:
		  ./lab logs -f order
		  ./lab logs -n 1000 payment | jq -R 'fromjson? | select(.level == "error")'
	END
}

command_run() {
	local lines=50 name
	local -a follow=() names=() files=()
	while (($# > 0)); do
		case $1 in
		-f) follow=(-F) ;;
		-n)
			[[ ${2:-} =~ ^[0-9]+$ ]] || usage_error "-n wants a number of lines"
			lines=$2
			shift
			;;
		-*) usage_error "'$1' is not an option of logs" ;;
		*)
			need processes
			name_check "$1"
			names+=("$1")
			;;
		esac
		shift
	done
	need processes
	if [[ $LAB_STACK == compose ]]; then
		running_check
		if ((${#follow[@]} > 0 || ${#names[@]} != 1)); then
			compose_logs "$lines" "${follow[@]}" -- "${names[@]}"
			return
		fi
		process_log "${names[0]}" >/dev/null
	fi
	((${#names[@]} > 0)) || names=("${SERVERS[@]}" "${SERVICES[@]}")
	for name in "${names[@]}"; do
		[[ ! -f $LAB_RUN/logs/$name.log ]] || files+=("$LAB_RUN/logs/$name.log")
	done
	((${#files[@]} > 0)) ||
		die "$EXIT_DOWN" "there is no log yet in $LAB_RUN/logs" "./lab up starts the lab"
	exec tail -n "$lines" "${follow[@]}" "${files[@]}"
}
