# shellcheck shell=bash
#
# Counting for ./lab test: one row a suite, and children that end with us.

declare -g TESTS_PASSED=0 TESTS_FAILED=0
declare -ga TEST_ROWS=()
declare -gA test_children=() script_started=()

# tests_count SUITE PASSED FAILED START_US [END_US]
tests_count() {
	seconds_since "$4" ${5:+"$5"}
	TESTS_PASSED=$((TESTS_PASSED + $2))
	TESTS_FAILED=$((TESTS_FAILED + $3))
	TEST_ROWS+=("$1 $2 $3 $REPLY")
	if (($3 > 0)); then
		printf '  %-22s %s%5d passed, %d failed%s %8s s\n' "$1" "$RED" "$2" "$3" "$PLAIN" "$REPLY"
	else
		printf '  %-22s %5d passed           %8s s\n' "$1" "$2" "$REPLY"
	fi
}

tests_summary() {
	local row suite passed failed seconds
	printf '\n%s%-22s %7s %7s %9s%s\n' "$BOLD" SUITE PASSED FAILED SECONDS "$PLAIN"
	for row in "${TEST_ROWS[@]}"; do
		read -r suite passed failed seconds <<<"$row"
		printf '%-22s %7d %7d %9s\n' "$suite" "$passed" "$failed" "$seconds"
	done
	printf '\n%d passed, %d failed\n' "$TESTS_PASSED" "$TESTS_FAILED"
}

# child_start COMMAND...: in a process group of its own, pid in REPLY.
child_start() {
	setsid "$@" &
	REPLY=$!
	test_children[$REPLY]=1
}

# child_wait PID: its exit code; a signal to us is acted upon at once meanwhile.
child_wait() {
	local code=0
	wait "$1" || code=$?
	unset "test_children[$1]"
	return "$code"
}

child_run() {
	child_start "$@"
	child_wait "$REPLY"
}

child_gone() {
	! kill -0 -- "-$1"
}

# children_end: all that still run, with all that they started.
children_end() {
	local pid
	for pid in "${!test_children[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
	for pid in "${!test_children[@]}"; do
		wait_until 15 child_gone "$pid" || kill -KILL -- "-$pid" 2>/dev/null || true
	done
}

# What a Meson log says, on stdout: "passed failed". A test program of testkit has
# one line for each of its tests, another may end with "N passed, N failed"; any
# other counts as one.
meson_count() {
	jq -rs '
		def number: tonumber? // 0;
		map((.stdout // "") as $out |
			([$out | scan("(?m)^ok   [^\n]*")] | length) as $ok |
			([$out | scan("(?m)^FAIL [^\n]*")] | length) as $bad |
			([$out | scan("(?m)^([0-9]+) passed, ([0-9]+) failed$")] | last // ["0", "0"]) as $told |
			($ok + ($told[0] | number)) as $ok | ($bad + ($told[1] | number)) as $bad |
			if .result == "OK" then {ok: ([$ok, 1] | max), bad: 0}
			else {ok: $ok, bad: ([$bad, 1] | max)} end) |
		"\(map(.ok) | add // 0) \(map(.bad) | add // 0)"' "$1"
}

meson_show_failures() {
	jq -r 'select(.result != "OK") | "     \(.name): \(.result)",
		(((.stdout // "") | split("\n") | map(select(test("^ok   ") | not)) | .[-15:][]),
		 ((.stderr // "") | split("\n") | .[-8:][])
		 | select(. != "") | "     | " + .[:240])' "$1"
}

# meson_suite BUILD NAME [MESON OPTION]...: runs one suite of a build and counts it.
meson_suite() {
	local build=$1 suite=$2 start code=0 log counted
	shift 2
	log=$build/meson-logs/lab-$suite.json
	now_us
	start=$REPLY
	rm -f "$log"
	child_run meson test -C "$build" --no-rebuild --suite "$suite" --logbase "lab-$suite" "$@" \
		>"$build/meson-logs/lab-$suite.out" 2>&1 || code=$?
	if [[ ! -s $log ]]; then
		# Meson calls it a success when there was nothing to run; no row then.
		((code == 0)) || tests_count "$suite" 0 1 "$start"
		((code == 0)) || log_tail "$build/meson-logs/lab-$suite.out" 2>&1
		return 0
	fi
	counted=$(meson_count "$log")
	tests_count "$suite" "${counted% *}" "${counted#* }" "$start"
	meson_show_failures "$log"
}

# The failures of a script's output, each with what it said about it.
script_failures() {
	awk '/^ok - / {shown = 0; next}
		/^not ok - / {shown = 8}
		shown-- > 0 {print "     | " substr($0, 1, 300)}' "$1"
}

# script_start NAME FILE: a script that prints "ok - sentence" and "not ok - sentence"
# lines; its pid in REPLY.
script_start() {
	now_us
	script_started[$1]=$REPLY
	child_start timeout --kill-after=10 900 bash "$2" >"$TEST_HOME/logs/$1.out" 2>&1
}

# script_finish NAME PID: waits and counts. One that fails without a word, or says
# nothing, is one failure. It may have ended long ago: with its last words.
script_finish() {
	local name=$1 start=${script_started[$1]} code=0 out=$TEST_HOME/logs/$1.out passed failed end
	child_wait "$2" || code=$?
	end=$(stat -c %.6Y "$out")
	end=${end/[.,]/}
	passed=$(grep -c '^ok - ' "$out" || true)
	failed=$(grep -c '^not ok - ' "$out" || true)
	if ((failed > 0)); then
		tests_count "$name" "$passed" "$failed" "$start" "$end"
		script_failures "$out"
		logs_keep "$name"
	elif ((code != 0 || passed == 0)); then
		tests_count "$name" "$passed" 1 "$start" "$end"
		log_tail "$out" 20 2>&1
	else
		tests_count "$name" "$passed" 0 "$start" "$end"
	fi
}

# logs_keep NAME: the processes' logs outlive the run when something failed.
logs_keep() {
	local kept=$LAB_BUILD/test-logs/$1 logs=$LAB_RUN/logs
	# A script in a lane has a lab of its own.
	[[ ! -d $TEST_HOME/$1 ]] || logs=$TEST_HOME/$1/logs
	[[ -d $logs ]] || return 0
	rm -rf -- "$kept"
	mkdir -p "$kept"
	cp "$logs"/* "$kept"
	printf '     the logs of every process: %s\n' "$kept"
}

# ---- lanes: scripts one after the other, beside what else runs ----

# Each lane's scripts to come, and the one that runs.
declare -gA lane_next=() lane_name=() lane_pid=()

# lane_start LANE NAME...
lane_start() {
	lane_next[$1]=${*:2}
	lane_name[$1]=
	lane_go_on "$1"
}

# lane_go_on LANE: counts what has ended, starts what is next; 1 when there is no more.
lane_go_on() {
	local name=${lane_name[$1]}
	if [[ -n $name ]]; then
		! kill -0 "${lane_pid[$1]}" 2>/dev/null || return 0
		script_finish "$name" "${lane_pid[$1]}"
	fi
	read -r name lane_next["$1"] <<<"${lane_next[$1]}"
	lane_name[$1]=$name
	[[ -n $name ]] || return 1
	# Below our own directory, so that an interruption leaves nothing of it.
	SERVERS_RUN=$TEST_HOME/$name script_start "$name" "$LAB_TREE/tests/live/$name.sh"
	lane_pid[$1]=$REPLY
}

lanes_go_on() {
	local lane
	for lane in "${!lane_name[@]}"; do
		lane_go_on "$lane" || unset "lane_name[$lane]"
	done
}

lanes_done() {
	lanes_go_on >&"$lanes_out"
	((${#lane_name[@]} == 0))
}

# lanes_finish: until no lane has a script any more; each ends by its own time-out.
lanes_finish() {
	local lanes_out
	# What waits for a condition is not heard.
	exec {lanes_out}>&1
	wait_until 86400 lanes_done
	exec {lanes_out}>&-
}

# script_run NAME FILE: started, waited for and counted.
script_run() {
	script_start "$@"
	script_finish "$1" "$REPLY"
}
