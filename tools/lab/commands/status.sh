# shellcheck shell=bash
#: what runs: state, pid, port, memory, uptime, readiness

command_help() {
	cat <<-END
		./lab status [--json]: one row a process.

		STATE is the supervisor's, READY what the process itself answers (/readyz, a ping,
		pg_isready, a broker in its metadata). RSS is resident memory in MiB; a PostgreSQL
		server's is the proportional share of all its processes. Exit code 5 when nothing
		runs, 1 when something is not ready.

		Examples:
		  ./lab status
		  ./lab status --json | jq '.processes[] | select(.ready | not)'
	END
}

# rss_kib PID: resident; pss_kib PID: a process and its children, shared pages once.
rss_kib() {
	awk '/^VmRSS:/ {print $2; found = 1} END {if (!found) print 0}' "/proc/$1/status" 2>/dev/null ||
		echo 0
}

pss_kib() {
	local pid total=0 kib
	for pid in "$1" $(pgrep -P "$1"); do
		kib=$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null) || kib=0
		total=$((total + ${kib:-0}))
	done
	echo "$total"
}

process_kib() {
	case $1 in
	postgres-*) pss_kib "$2" ;;
	*) rss_kib "$2" ;;
	esac
}

# One process a line, tab-separated: name, state, pid, port, KiB, uptime, ready.
status_rows() {
	local name state rest pid kib uptime ready
	while read -r name state rest; do
		name=${name#*:}
		pid=- kib=0 uptime=- ready=no
		if [[ $rest =~ ^pid\ ([0-9]+),\ uptime\ (.*)$ ]]; then
			pid=${BASH_REMATCH[1]}
			uptime=${BASH_REMATCH[2]}
			kib=$(process_kib "$name" "$pid")
			! process_ready "$name" || ready=yes
		fi
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$state" "$pid" "${PORTS[$name]}" "$kib" \
			"$uptime" "$ready"
	done < <(supervisor_do status 2>/dev/null || true) # 3: something is stopped
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
	local name state pid port kib uptime ready colour ours=0 bad=0
	printf '%s%-22s %-9s %8s %6s %9s  %-16s %s%s\n' "$BOLD" \
		PROCESS STATE PID PORT "RSS MiB" UPTIME READY "$PLAIN"
	while IFS=$'\t' read -r name state pid port kib uptime ready; do
		colour=$GREEN
		[[ $ready == yes ]] || colour=$RED bad=1
		printf '%-22s %-9s %8s %6s %9s  %-16s %s%s%s\n' "$name" "$state" "$pid" "$port" \
			"$(mib "$kib")" "$uptime" "$colour" "$ready" "$PLAIN"
		! in_list "$name" "${SERVICES[@]}" || ours=$((ours + kib))
	done
	printf '\nour processes together: %s MiB\n' "$(mib "$ours")"
	return "$bad"
}

status_json() {
	jq -R -s --argjson services "$(printf '%s\n' "${SERVICES[@]}" | jq -R . | jq -s .)" '
		[split("\n")[] | select(. != "") | split("\t") |
			{name: .[0], state: .[1], pid: (.[2] | tonumber? // null), port: (.[3] | tonumber),
			 rss_kib: (.[4] | tonumber), uptime: .[5], ready: (.[6] == "yes")}] |
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
