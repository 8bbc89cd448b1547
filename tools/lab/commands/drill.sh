# shellcheck shell=bash
#: break something on purpose while orders flow; the run's own records explain it

command_help() {
	cat <<-END
		./lab drill list                     the drills
		./lab drill show NAME                its page: claim, questions, explanation
		./lab drill [run] NAME [OPTION]...   runs it on this lab
		./lab drill report [NAME]            the report of the last one

		A drill sends orders, does its harm while they flow, heals, waits until all is quiet,
		runs ./lab verify and prints what the run's own records say to three questions: why the
		data stayed consistent, how the retries behaved, where compensation occurred. It heals
		also when it is interrupted.

		  --yes            ask nothing; so it is too when standard input is no terminal
		  --rate N         orders a second, 1 to 1000
		  --output FORMAT  table or json; json leaves the table to the report's file

		Exit codes: 0 PASS, 1 FAIL, 2 wrong usage, 3 INCONCLUSIVE (what should have happened did
		not, or could not be looked at), 5 the lab is not running. A drill that is interrupted
		ends with 130.

		Examples:
		  ./lab drill list
		  ./lab drill kill-consumer
		  ./lab drill run latency --yes --output json | jq .verdict
	END
}

readonly EXIT_INCONCLUSIVE=3

drill_need() {
	local library
	for library in evidence page look shared report run; do
		# shellcheck source=/dev/null
		source "$LAB_TREE/tools/drill/$library.sh"
	done
}

drill_known() {
	local -a names
	mapfile -t names < <(drill_names)
	[[ -n ${1:-} ]] || usage_error "which drill? there are: ${names[*]}"
	in_list "$1" "${names[@]}" || usage_error "there is no drill '$1'; there are: ${names[*]}"
}

drill_list() {
	local name
	printf '%s%-16s %s%s\n' "$BOLD" DRILL "WHAT IS DONE" "$PLAIN"
	for name in $(drill_names); do
		drill_page "$name"
		printf '%-16s %s\n' "$name" "$(page_title "$REPLY")"
	done
	printf '\n./lab drill NAME runs one; ./lab drill show NAME explains it first.\n'
}

drill_show() {
	drill_known "${1:-}"
	drill_page "$1"
	page_plain <"$REPLY"
}

drill_report() {
	local folder
	[[ -z ${1:-} ]] || drill_known "$1"
	folder=$(report_latest "${1:-}")
	[[ -n $folder ]] || die "$EXIT_FAILED" "no drill${1:+ $1} has been run in $LAB_RUN" \
		"./lab drill ${1:-list}"
	cat "$folder/report.txt"
	printf '  The report: %s\n' "$folder/report.txt"
}

# drill_number OPTION VALUE MAX: in REPLY.
drill_number() {
	if [[ ! ${2:-} =~ ^[1-9][0-9]{0,6}$ ]] || (($2 > $3)); then
		usage_error "$1 wants a number from 1 to $3"
	fi
	REPLY=$2
}

drill_options() {
	while (($# > 0)); do
		case $1 in
		--yes) drill_yes=1 ;;
		--rate)
			drill_number --rate "${2:-}" 1000
			DRILL_RATE=$REPLY
			shift
			;;
		--output)
			in_list "${2:-}" table json || usage_error "--output wants table or json"
			drill_output=$2
			shift
			;;
		*) usage_error "'$1' is not an option of drill" ;;
		esac
		shift
	done
}

# It puts proxies of this machine between two processes of this machine.
readonly -a DRILLS_OF_PROCESSES=(latency)

drill_start() {
	local name=${1:-}
	drill_known "$name"
	shift
	need stack
	drill_load_script "$name"
	drill_options "$@"
	running_check
	! in_list "$name" "${DRILLS_OF_PROCESSES[@]}" || native_check "drill $name (in containers: up --chaos)"
	ports_load
	if [[ $drill_output == json ]]; then
		exec 3>&1 1>&2
	fi
	drill_run "$name"
	local code=$REPLY
	[[ $drill_output != json ]] || cat "$drill_folder/report.json" >&3
	exit "$code"
}

command_run() {
	local what=${1:-}
	drill_need
	(($# == 0)) || shift
	case $what in
	'')
		command_help
		exit "$EXIT_USAGE"
		;;
	list) drill_list ;;
	show) drill_show "$@" ;;
	report) drill_report "$@" ;;
	run) drill_start "$@" ;;
	-*) usage_error "'$what' comes before the name of a drill" ;;
	*) drill_start "$what" "$@" ;;
	esac
}
