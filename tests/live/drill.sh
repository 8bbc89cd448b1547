#!/bin/bash
#
# The four drills, one after the other on one lab: each passes by its own records,
# heals, also when it is interrupted, and says when it has proved nothing.
#
# Always on a lab of its own: a drill runs verify, and what other tests put into
# the topics by hand is no order's.
#
unset LAB_LIVE
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

code_of() {
	local code=0
	"$@" >/dev/null 2>&1 || code=$?
	echo "$code"
}

# ---- without a lab ----

export LAB_RUN=$LIVE_WORK/nowhere
check 'drill alone tells how it is used: 2' same "$(code_of lab drill)" 2
check 'a drill that there is not: 2' same "$(code_of lab drill run flood)" 2
check 'an option that there is not: 2' same "$(code_of lab drill replay --hard)" 2
check 'a rate that is none: 2' same "$(code_of lab drill replay --rate 0)" 2
check 'without a lab: 5' same "$(code_of lab drill replay)" 5
check 'no report yet: 1' same "$(code_of lab drill report)" 1
check 'the list names four drills' same "$(lab drill list | grep -cE '^(kill-consumer|restart-broker|latency|replay) ')" 4
check 'a page is shown' grep -q 'In sixty seconds' <<<"$(lab drill show latency)"
unset LAB_RUN

live_start

# ---- what proves nothing ----

not_ready_and_says_why() {
	{ lab status || true; } | grep '^  notification: connect'
}

lab stop postgres-notification >/dev/null
check 'status says what is not ready, and why' wait_for 30 not_ready_and_says_why
check 'on a lab that is not well a drill refuses: 3' same "$(code_of lab drill kill-consumer)" 3
lab start postgres-notification >/dev/null
check 'with its database back it is ready' wait_for 30 all_ready

# ---- each ----

# result FILTER: of the latest report.
result() {
	jq -r "$1" "$LIVE_WORK/report.json"
}

drill_passes() {
	local code=0
	lab drill run "$1" --yes --output json --rate "$2" >"$LIVE_WORK/report.json" 2>"$LIVE_WORK/drill.out" || code=$?
	check "$1: passes" same "$code $(result .verdict)" '0 PASS'
	((code == 0)) || {
		result '.findings[] | select(.result == "FAIL" or .result == "INCONCLUSIVE")
			| "     \(.result) \(.value) \(.sentence) \(.examples)"'
		tail -n 5 "$LIVE_WORK/drill.out"
	}
	check "$1: each of the three questions is answered" same \
		"$(result '[.findings[] | select(.result == "PASS") | .question] | unique | join(" ")')" \
		'compensation consistent retries'
	check "$1: every finding names a file" test -z "$(result '.findings[].source' | sort -u |
		while read -r file; do [[ -f $LIVE_TREE/$file ]] || echo "$file"; done)"
	check "$1: its report is shown again" grep -qx "PASS drill $1: .*" <<<"$(lab drill report "$1")"
	check "$1: every process is ready afterwards" wait_for 30 all_ready
}

# found SENTENCE_PART: the value of that finding.
found() {
	result "[.findings[] | select(.sentence | contains(\"$1\"))][0].value"
}

drill_passes kill-consumer 20
check 'payment died three times behind its commit' same "$(found 'kills of payment between')" 3
check 'inventory too' same "$(found 'kills of inventory between')" 3
drill_passes restart-broker 20
check 'orders were placed without a broker' within "$(found 'while the broker was killed')" 1 100000
drill_passes latency 15
check 'orders were given up and refunded' within "$(found 'payment answered too late')" 1 100000
check 'no proxy is left' same "$(code_of curl -s -m 2 "http://${KAFKA_BOOTSTRAP%:*}:$((${KAFKA_BOOTSTRAP##*:} + 3))")" 7
drill_passes replay 10
check 'payment read all of its topic again' within "$(found 'came to payment again')" 100 1000000

# ---- interrupted ----

# In the middle of a restart.
"$LIVE_TREE/lab" drill run latency --yes >"$LIVE_WORK/interrupted" 2>&1 &
drill=$!
check 'a drill begins to do harm' wait_for 60 grep -q 'slow from now on' "$LIVE_WORK/interrupted"
kill -TERM "$drill"
code=0
wait "$drill" || code=$?
check 'interrupted, it ends with 130' same "$code" 130
check 'and has healed: every process is ready' all_ready
check 'payment has its old way to Kafka' same "$(tr '\0' '\n' <"/proc/$(<"$LAB_RUN/pids/payment")/environ" |
	sed -n 's/^KAFKA_BOOTSTRAP=//p')" "$KAFKA_BOOTSTRAP"
check 'orders end as ever' wait_for 60 no_open_orders
live_done
