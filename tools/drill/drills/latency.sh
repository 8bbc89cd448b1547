# shellcheck shell=bash disable=SC2034
#
# Payment's way to Kafka and to PostgreSQL becomes slow, its provider takes
# longer than order has patience, and once all its connections are reset.

DRILL_RATE=20 DRILL_MIX=ok=70,slow=10,declined=10,out_of_stock=10

readonly LATENCY_MS=200 JITTER_MS=200
readonly -a PATIENCE=(SAGA_STEP_TIMEOUT_MS=1500 SAGA_ASKS_MAX=3 SAGA_PAUSE_MAX_MS=3000)
readonly PROVIDER_MS=3500
declare -gA proxy_pid=()
latency_changed=

drill_ready() {
	port_open "${PORTS[kafka-behind]}" ||
		echo "the broker has no listener at 127.0.0.1:${PORTS[kafka-behind]}; ./lab down && ./lab up makes it"
}

# proxy_start NAME PORT TARGET_PORT
proxy_start() {
	local said=$drill_folder/$1.proxy
	"$DRILL_HOME/slow-proxy" "127.0.0.1:$2" "127.0.0.1:$3" --latency-ms "$LATENCY_MS" \
		--jitter-ms "$JITTER_MS" --counts "$drill_folder/$1.counts.json" >"$said" 2>&1 &
	proxy_pid[$1]=$!
	wait_until 20 grep -q listens "$said" || {
		log_tail "$said"
		die "$EXIT_FAILED" "the slow proxy to $1 did not start"
	}
}

proxies_stop() {
	local name
	for name in "${!proxy_pid[@]}"; do
		kill -TERM "${proxy_pid[$name]}" 2>/dev/null || true
		wait "${proxy_pid[$name]}" 2>/dev/null || true
	done
	proxy_pid=()
}

# Once, as when a router is switched off and on.
connections_reset() {
	local name
	for name in "${!proxy_pid[@]}"; do
		kill -USR1 "${proxy_pid[$name]}"
	done
}

# Patience last and back first: who waits while payment is started proves nothing.
latency_begin() {
	latency_changed=1
	proxy_start kafka "${PORTS[kafka-slow]}" "${PORTS[kafka-behind]}"
	proxy_start postgres-payment "${PORTS[payment-slow]}" "${PORTS[postgres-payment]}"
	restart payment "KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka-slow]}" DATABASE_HOST=127.0.0.1 \
		"DATABASE_PORT=${PORTS[payment-slow]}" "PROVIDER_SLOW_MS=$PROVIDER_MS"
	wait_ready payment process_ready payment
	restart order "${PATIENCE[@]}"
	wait_ready order process_ready order
}

turned_round() {
	rows order "SELECT count(*) FROM orders WHERE cancellation_reason = 'payment did not answer'
		AND refunded AND created_at >= '$DRILL_SINCE'"
}

some_turned_round() {
	(($(turned_round) >= 3))
}

latency_retries() {
	retries_seen=$(metric payment orderlab_batch_retries_total)
	((retries_seen > 0))
}

drill_break() {
	step "orders flow" more_orders 40
	step "payment's network is slow from now on" latency_begin
	step "orders flow" more_orders 60
	step "orders that waited too long are refunded" wait_until 90 some_turned_round
	step "all connections of payment are reset once" connections_reset
	step "payment tries again" wait_until 60 latency_retries || true
	provider_none=$(metric payment 'orderlab_provider_answers_total{answer="none"}')
	step "orders flow again" more_orders 40
}

drill_heal() {
	[[ -n $latency_changed ]] || return 0
	latency_changed=
	restart order || true
	restart payment || true
	proxies_stop
}

# carried NAME FILTER: of what a proxy counted.
carried() {
	jq -r "$2" "$drill_folder/$1.counts.json" 2>/dev/null || true
}

drill_evidence() {
	local name
	for name in kafka postgres-payment; do
		happened consistent "$(carried "$name" .pieces)" \
			"pieces of answers of $name reached payment late" tools/drill/slow-proxy
		examples "$(carried "$name" \
			'"\(.waited_ms / .pieces | floor) ms late on average, \(.resets) connections reset"')"
	done
	happened retries "$(rows order "SELECT count(*) FROM order_history
		WHERE type = 'Deadline' AND at >= '$DRILL_SINCE'")" \
		"times order's patience ended: the same question again, or the saga turned round" \
		services/order/sweep.c
	happened retries "$(rows payment "SELECT count(*) FROM inbox
		WHERE outcome = 'ignored' AND received_at >= '$DRILL_SINCE'")" \
		"of these questions payment ignored: it had them in hand already" services/payment/payment.c
	examples "$(rows payment "SELECT 'event ' || event_id || ' from ' || topic || ' ' || partition
			|| ':' || \"offset\" || ': ' || reason FROM inbox
		WHERE outcome = 'ignored' AND received_at >= '$DRILL_SINCE' ORDER BY event_id LIMIT 2")"
	happened retries "${retries_seen:-}" \
		"pauses of payment before a batch was tried again, after the reset" \
		subprojects/runtime/src/loop.c
	noted retries "${provider_none:-}" "calls to the provider without an answer: asked about, not repeated" \
		services/payment/payment.c
	happened compensation "$(turned_round)" \
		"orders were refunded because payment answered too late: it had taken the money" \
		services/order/order.c
	examples "$(rows order "SELECT 'order ' || id || ', ' || (SELECT count(*) FROM order_history
			WHERE order_id = id AND type = 'Deadline') || ' deadlines, then: ' || cancellation_reason
		FROM orders WHERE cancellation_reason = 'payment did not answer' AND refunded
			AND created_at >= '$DRILL_SINCE' ORDER BY id LIMIT 2")"
}
