# shellcheck shell=bash disable=SC2034
#
# The broker is killed outright, and later stopped and started in order, while
# orders flow.

DRILL_RATE=30 DRILL_MIX=ok=80,declined=10,out_of_stock=10

readonly -a KAFKA_DOWN_WORDS=("killed" "stopped in order")
declare -ga kafka_down=() # from and to, as PostgreSQL tells the time, and the two pids

order_clock() {
	rows order 'SELECT clock_timestamp()'
}

kafka_is_new() {
	local now
	now=$(pid kafka)
	[[ -n $now && $now != "$1" ]] && process_ready kafka
}

# broker_away COMMAND...: does it; keeps when the broker was away.
broker_away() {
	local from before
	before=$(pid kafka)
	from=$(order_clock)
	"$@"
	wait_until 90 kafka_is_new "$before" ||
		die "$EXIT_FAILED" "the broker did not come back within 90 s" "./lab logs kafka"
	kafka_down+=("$from|$(order_clock)|$before|$(pid kafka)")
}

broker_kill() {
	kill -KILL "$(pid kafka)"
}

broker_restart() {
	"$LAB_TREE/lab" stop kafka >/dev/null
	"$LAB_TREE/lab" start kafka >/dev/null
}

drill_break() {
	step "orders flow" more_orders 60
	step "kill -9 of the broker, until it serves again" broker_away broker_kill
	step "orders flow again" more_orders 60
	step "the broker is stopped and started in order" broker_away broker_restart
	step "orders flow again" more_orders 60
}

drill_heal() {
	process_ready kafka || "$LAB_TREE/lab" start kafka >/dev/null 2>&1 || true
}

# placed_between FROM TO
placed_between() {
	rows order "SELECT count(*) FROM orders WHERE created_at BETWEEN '$1' AND '$2'"
}

drill_evidence() {
	local i from to before after name
	for i in "${!kafka_down[@]}"; do
		IFS='|' read -r from to before after <<<"${kafka_down[i]}"
		happened consistent "$(placed_between "$from" "$to")" \
			"orders were accepted while the broker was ${KAFKA_DOWN_WORDS[i]}: into the outbox" \
			services/order/create.c
		examples "broker pid $before -> $after, away from ${from#* } to ${to#* }"
	done
	noted consistent "$(told .all.sent)" "orders were sent, broker or not" tools/orders/README.md
	noted consistent "$(told .all.accepted)" "of them were accepted" services/order/create.c
	noted consistent "$(told .all.refused)" "were refused with 503, while order itself was started again" \
		services/gateway/upstream.c
	noted consistent "$(told .all.unknown)" "were left without a clear answer" tools/orders/README.md
	for name in order.events payment.requests inventory.requests payment.events; do
		proves consistent "$(twice "$name")" 0 "event ids that $name holds twice" services/relay/README.md
	done
	happened retries "$(retries_of_all)" \
		"pauses and new beginnings of consumers and relays, all of which ended" \
		subprojects/runtime/src/loop.c
	noted retries "$(fenced)" \
		"times a process left as fenced by its own earlier name, and was started again" \
		deploy/native/program.conf.in
	noted retries "$(rows order "SELECT count(*) FROM order_history
		WHERE type = 'Deadline' AND at >= '$DRILL_SINCE'")" \
		"deadlines of orders passed, and the open question was asked again" services/order/sweep.c
	noted retries "$(told '.latencyUs.toTerminal.max / 1000 | floor')" "ms from order to end, the longest" \
		services/order/README.md
}

fenced() {
	local name sum=0
	for name in "${SERVICES[@]}"; do
		sum=$((sum + $(log_count "$name" '"exit_code":4')))
	done
	echo "$sum"
}

retries_of_all() {
	local name sum=0 rise
	for name in order payment inventory notification analytics; do
		rise=$(metric_rise "$name" orderlab_batch_retries_total)
		sum=$((sum + ${rise:-0}))
	done
	for name in relay-order relay-payment; do
		rise=$(metric_rise "$name" orderlab_relay_retries_total)
		sum=$((sum + ${rise:-0}))
	done
	echo "$sum"
}
