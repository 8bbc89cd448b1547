# shellcheck shell=bash
#: what runs: state, pid, port, memory, uptime, readiness

command_help() {
	cat <<-END
		./lab status [--json]: one row a process.

		STATE is the supervisor's, READY what the process itself answers (/readyz, a ping,
		pg_isready, a broker in its metadata). RSS is resident memory in MiB; a PostgreSQL
		server's is the proportional share of all its processes. Exit code 5 when nothing
		runs, 1 when something is not ready; below the table stands why, if it says so itself.

		Examples:
		  ./lab status
		  ./lab status --json | jq '.processes[] | select(.ready | not) | {name, why}'
	END
}

# process_tree PID: it and all below it, in TREE; a container's first process is Docker's init.
process_tree() {
	local child children=''
	TREE+=("$1")
	# It may have ended.
	read -r children 2>/dev/null <"/proc/$1/task/$1/children" || true
	for child in $children; do
		process_tree "$child"
	done
}

# tree_kib PID FILE FIELD: the sum of a field of a file of each process, in KiB.
tree_kib() {
	local -a TREE=()
	process_tree "$1"
	TREE=("${TREE[@]/#//proc/}")
	{ cat "${TREE[@]/%//$2}" 2>/dev/null || true; } |
		awk -v "field=$3:" '$1 == field {sum += $2} END {print sum + 0}'
}

process_kib() {
	case $1 in
	# Shared pages once.
	postgres-*) tree_kib "$2" smaps_rollup Pss ;;
	*) tree_kib "$2" status VmRSS ;;
	esac
}

# One process a line, tab-separated: name, state, pid, port, KiB, uptime, ready, why not.
status_rows() {
	local name state pid kib uptime ready why
	while IFS=$'\t' read -r name state pid uptime; do
		kib=0 ready=no why=
		if [[ $pid != - ]]; then
			kib=$(process_kib "$name" "$pid")
			process_ready "$name" && ready=yes || why=$(process_unready_why "$name")
		fi
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$state" "$pid" "${PORTS[$name]}" \
			"$kib" "$uptime" "$ready" "$why"
	done < <(processes_list)
}

status_sorted() {
	local name
	local rows
	rows=$(status_rows)
	for name in "${SERVERS[@]}" "${SERVICES[@]}"; do
		grep -P "^$name\t" <<<"$rows" || true
	done
}

mib() {
	printf '%d.%d' "$(($1 / 1024))" "$(($1 % 1024 * 10 / 1024))"
}

status_table() {
	local name state pid port kib uptime ready why colour ours=0
	local -a whys=()
	printf '%s%-22s %-9s %8s %6s %9s  %-16s %s%s\n' "$BOLD" \
		PROCESS STATE PID PORT "RSS MiB" UPTIME READY "$PLAIN"
	while IFS=$'\t' read -r name state pid port kib uptime ready why; do
		colour=$GREEN
		[[ $ready == yes ]] || colour=$RED whys+=("$name: ${why:-it does not answer; ./lab logs $name}")
		printf '%-22s %-9s %8s %6s %9s  %-16s %s%s%s\n' "$name" "$state" "$pid" "$port" \
			"$(mib "$kib")" "$uptime" "$colour" "$ready" "$PLAIN"
		! in_list "$name" "${SERVICES[@]}" || ours=$((ours + kib))
	done
	printf '\nour processes together: %s MiB\n' "$(mib "$ours")"
	((${#whys[@]} > 0)) || return 0
	printf '\nnot ready\n'
	printf '  %s\n' "${whys[@]}"
	return 1
}

status_json() {
	jq -R -s --argjson services "$(printf '%s\n' "${SERVICES[@]}" | jq -R . | jq -s .)" '
		[split("\n")[] | select(. != "") | split("\t") |
			{name: .[0], state: .[1], pid: (.[2] | tonumber? // null), port: (.[3] | tonumber),
			 rss_kib: (.[4] | tonumber), uptime: .[5], ready: (.[6] == "yes"),
			 why: (.[7] | select(. != "") // null)}] |
		{processes: .,
		 our_rss_kib: ([.[] | select(.name | IN($services[])) | .rss_kib] | add // 0)}'
}

command_run() {
	local rows
	need stack
	ports_load
	running_check
	rows=$(status_sorted)
	case ${1:-} in
	'') status_table <<<"$rows" || exit "$EXIT_FAILED" ;;
	--json) status_json <<<"$rows" ;;
	*) usage_error "'$1' is not an option of status" ;;
	esac
}
