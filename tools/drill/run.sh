# shellcheck shell=bash
#
# The course of every drill: ask, break while orders flow, heal, wait until all is
# quiet, check, and let the run's own records answer.
#
# What is judged afterwards in every drill is in shared.sh.
#
# A drill is drills/NAME.sh and drills/NAME.md. The script has
#   DRILL_RATE DRILL_MIX   the orders that flow until drill_break has returned
#   drill_ready     says in words what is missing for it; optional
#   drill_before    what happens before the orders flow; optional
#   drill_break     does the thing
#   drill_heal      undoes it; may be called at any moment, also twice
#   drill_evidence  findings (evidence.sh)

readonly DRILL_HOME=$LAB_TREE/tools/drill
readonly TERMINAL_S=60 RELAYED_S=45 READY_S=60

drill_yes=
drill_output=table
drill_load=
drill_broken=
drill_armed=
drill_folder=
drill_prediction=

drill_names() {
	local file
	for file in "$DRILL_HOME"/drills/*.sh; do
		basename "$file" .sh
	done
}

drill_page() {
	REPLY=$DRILL_HOME/drills/$1.md
}

# shellcheck disable=SC2034 # the drill's own defaults, read by drill_options
drill_load_script() {
	drill_ready() { :; }
	drill_before() { :; }
	# shellcheck source=/dev/null
	source "$DRILL_HOME/drills/$1.sh"
}

# ---- before anything happens ----

# drill_ask PAGE: the question, and what the person at the terminal thinks.
drill_ask() {
	printf '\n%sPrediction%s\n' "$BOLD" "$PLAIN"
	page_section "$1" Prediction | page_plain | sed 's/^/  /'
	[[ -t 0 && -z $drill_yes ]] || return 0
	read -r -p '  You say (Enter begins, Ctrl-C leaves): ' drill_prediction || true
}

# drill_introduce NAME PAGE
drill_introduce() {
	printf '%sdrill %s%s: %s\n' "$BOLD" "$1" "$PLAIN" "$(page_title "$2")"
	printf '\n%sClaim%s\n' "$BOLD" "$PLAIN"
	page_section "$2" Claim | page_plain | sed 's/^/  /'
	printf '\n%sWhat is done%s, on the lab in %s\n' "$BOLD" "$PLAIN" "$LAB_RUN"
	page_section "$2" "What is done" | page_plain | sed 's/^/  /'
	printf '  Orders meanwhile: %s a second, %s.\n' "$DRILL_RATE" "$DRILL_MIX"
}

# drill_check NAME: a lab that is not well proves nothing.
drill_check() {
	local missing
	missing=$(not_ready | paste -sd' ')
	[[ -z $missing ]] || die "$EXIT_INCONCLUSIVE" \
		"drill $1 wants a lab that is well, and this is not ready: $missing" "./lab status tells more"
	missing=$(drill_ready)
	[[ -z $missing ]] || die "$EXIT_INCONCLUSIVE" "drill $1 cannot be run: $missing"
}

# ---- orders ----

# The duration is a bound only: orders_finish ends it.
orders_start() {
	"$LAB_TREE/lab" orders --rate "$DRILL_RATE" --duration 15m --mix "$DRILL_MIX" \
		--settle "${TERMINAL_S}s" --ledger "$drill_folder/ledger.tsv" --output json \
		>"$drill_folder/orders.json" 2>"$drill_folder/orders.err" &
	drill_load=$!
}

# orders_finish: no more of them; 1 is theirs when an order has not ended, which is judged below.
orders_finish() {
	local code=0
	kill -TERM "$drill_load" 2>/dev/null || true
	wait "$drill_load" || code=$?
	drill_load=
	((code <= 1)) || {
		log_tail "$drill_folder/orders.err"
		die "$EXIT_FAILED" "the orders could not be sent (exit code $code)"
	}
}

# more_orders COUNT: so many more than there were when it is called are placed.
more_orders() {
	local wanted
	wanted=$(($(placed) + $1))
	wait_until 60 placed_reaches "$wanted" || die "$EXIT_FAILED" \
		"$1 orders were not placed within 60 s" "./lab logs gateway"
}

# told FILTER: of what the load generator counted.
told() {
	jq -r "$1" "$drill_folder/orders.json" 2>/dev/null || true
}

# ---- processes ----

# restart NAME [VARIABLE=VALUE]...: quietly, for this start alone.
restart() {
	"$LAB_TREE/lab" stop "$1" >/dev/null
	"$LAB_TREE/lab" start "$@" >/dev/null
}

crashed_more() {
	(($(crashes "$1" "$2") > $3))
}

# crash_at NAME POINT PASSES: dies there, and is started again by the supervisor.
crash_at() {
	local before
	before=$(crashes "$1" "$2")
	drill_armed=$1
	restart "$1" "CRASH_AT=$2:$3"
	wait_until 60 crashed_more "$1" "$2" "$before" ||
		die "$EXIT_FAILED" "$1 never came to $2" "./lab logs $1"
	wait_ready "$1" process_ready "$1"
	drill_armed=
}

# disarm: who was to die and has not is started without that.
disarm() {
	[[ -n $drill_armed ]] || return 0
	restart "$drill_armed" >/dev/null 2>&1 || true
	drill_armed=
}

# ---- however it ends ----

drill_leave() {
	local code=$?
	trap - EXIT
	trap '' INT TERM HUP
	if [[ -n $drill_load ]]; then
		kill -KILL "$drill_load" 2>/dev/null || true
		wait "$drill_load" 2>/dev/null || true
	fi
	if [[ -n $drill_broken ]]; then
		[[ -z $step_open ]] || printf '\n'
		step_open=
		warn "interrupted; the lab is being healed"
		drill_heal || true
		wait_until "$READY_S" all_ready || warn "not ready after the drill: $(not_ready | paste -sd' ')"
	fi
	exit "$code"
}

# ---- the course ----

drill_folder_make() {
	drill_folder=$LAB_RUN/drills/$(date -u +%Y%m%dT%H%M%SZ)-$1
	mkdir -p "$drill_folder" || die "$EXIT_FAILED" "$drill_folder cannot be made"
}

drill_course() {
	look_begin
	shared_before
	drill_broken=1
	trap drill_leave EXIT
	trap 'exit 130' INT TERM HUP
	drill_before
	orders_start
	drill_break
	step "healed" drill_heal
	drill_broken=
	step "no more orders; those under way end" orders_finish
	settle
	step "verify: all invariants" verify_all
	drill_evidence
	shared_evidence
	trap - EXIT INT TERM HUP
}

# drill_run NAME: its exit code in REPLY.
drill_run() {
	local name=$1 page
	drill_page "$name"
	page=$REPLY
	drill_check "$name"
	drill_introduce "$name" "$page"
	drill_ask "$page"
	drill_folder_make "$name"
	printf '\n%sWhat happens%s\n' "$BOLD" "$PLAIN"
	drill_course
	verdict
	report_write "$name" "$page" "$REPLY"
	verdict_code "$REPLY"
}
