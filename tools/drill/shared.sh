# shellcheck shell=bash
#
# What is judged after every drill: that all came to rest, that all invariants
# hold, and what the money and the stock say.

declare -g dead_before='' settle_result=''

shared_before() {
	local name
	dead_before=$(dead_letters)
	for name in order payment inventory notification analytics; do
		metric_keep "$name" orderlab_batch_retries_total
	done
	for name in relay-order relay-payment; do
		metric_keep "$name" orderlab_relay_retries_total
		metric_keep "$name" orderlab_relay_aborts_total
	done
}

# ---- rest ----

outboxes_drained() {
	relay_past order "$1" && relay_past payment "$2"
}

# settle_for SECONDS COMMAND...: PASS or FAIL in settle_result.
settle_for() {
	settle_result=PASS
	wait_until "$@" || settle_result=FAIL
}

# The liveness that is promised once the last fault has healed.
settle() {
	local order payment
	step "every process is ready" settle_for "$READY_S" all_ready
	judged consistent "$settle_result" "every process was ready again within $READY_S s" \
		deploy/native/program.conf.in
	[[ $settle_result == PASS ]] || examples "$(not_ready_why)"
	step "no order is open" settle_for "$TERMINAL_S" no_open_orders
	judged consistent "$settle_result" "every order ended within $TERMINAL_S s: none is half done" \
		services/order/saga.c
	order=$(wal_end order) payment=$(wal_end payment)
	step "both outboxes are in Kafka" settle_for "$RELAYED_S" outboxes_drained "$order" "$payment"
	judged consistent "$settle_result" "both relays are past the end of the write-ahead log" \
		services/relay/relay.c
}

verify_all() {
	local code=0 result=INCONCLUSIVE
	if [[ ! -f $LAB_TREE/tools/lab/commands/verify.sh ]]; then
		judged consistent INCONCLUSIVE "this tree has no ./lab verify" tools/drill/shared.sh
		return
	fi
	"$LAB_TREE/lab" verify --ledger "$drill_folder/ledger.tsv" --wait "$TERMINAL_S" \
		>"$drill_folder/verify.txt" 2>&1 || code=$?
	case $code in
	0) result=PASS ;;
	1) result=FAIL ;;
	esac
	judged consistent "$result" "verify: every invariant, over all databases and topics" \
		tools/verify/README.md
	[[ $result == PASS ]] || examples "$(grep -E -A 3 'FAIL|INCONCLUSIVE|^verify:' \
		"$drill_folder/verify.txt" | cut -c1-130 | head -n 12)"
}

# ---- money and stock ----

# differ LINES LINES: of how many orders, which come first in a line, one of the two knows other.
differ() {
	diff <(sort <<<"$1") <(sort <<<"$2") | sed -n 's/^[<>] //p' | cut -d'|' -f1 | sort -u | wc -l
}

# Movements of money that only one of the two ledgers knows, ours and the provider's.
ledgers_differ() {
	rows payment "SELECT count(*) FROM (SELECT payment_id, kind, amount FROM payment_transaction) AS ours
		FULL JOIN (SELECT payment_id, 'capture' AS kind, amount FROM provider.charge WHERE refusal IS NULL
			UNION ALL SELECT payment_id, 'refund', amount FROM provider.refund) AS theirs
		USING (payment_id, kind, amount) WHERE ours IS NULL OR theirs IS NULL"
}

completed_amounts() {
	rows order "SELECT id, total_amount FROM orders
		WHERE status = 'Completed' AND created_at >= '$DRILL_SINCE'"
}

kept_amounts() {
	rows payment "SELECT p.order_id, sum(CASE kind WHEN 'capture' THEN t.amount ELSE -t.amount END)
		FROM payment p JOIN payment_transaction t ON t.payment_id = p.id
		WHERE p.created_at >= '$DRILL_SINCE' GROUP BY p.order_id
		HAVING sum(CASE kind WHEN 'capture' THEN t.amount ELSE -t.amount END) <> 0"
}

reserved_orders() {
	rows inventory "SELECT order_id FROM reservation
		WHERE status = 'Reserved' AND created_at >= '$DRILL_SINCE'"
}

shared_money() {
	local completed
	completed=$(completed_amounts)
	happened consistent "$(grep -c . <<<"$completed" || true)" "orders were Completed meanwhile" \
		services/order/order.c
	proves consistent "$(differ "$completed" "$(kept_amounts)")" 0 \
		"orders whose money differs: kept is the total of what completed, nothing else" \
		services/payment/sql/payment.sql
	proves consistent "$(ledgers_differ)" 0 \
		"movements that only one of two ledgers knows, the provider's and ours" \
		services/payment/provider.h
	proves consistent "$(differ "$(cut -d'|' -f1 <<<"$completed")" "$(reserved_orders)")" 0 \
		"orders whose stock differs: reserved is what completed, nothing else" \
		services/inventory/sql/inventory.sql
	proves consistent "$(($(dead_letters) - dead_before))" 0 "messages became dead letters" \
		subprojects/runtime/src/apply.c
}

# ---- compensation ----

refunded_orders() {
	rows order "SELECT count(*) FROM orders WHERE refunded AND created_at >= '$DRILL_SINCE'"
}

refunded_examples() {
	rows order "SELECT 'order ' || o.id || ': ' || h.step_from || ' -> ' || h.step_to
			|| ' on ' || h.type || ', ' || coalesce(o.cancellation_reason, '')
		FROM orders o JOIN order_history h ON h.order_id = o.id
		WHERE o.refunded AND o.created_at >= '$DRILL_SINCE' AND h.step_to = 'refunding'
			AND h.step_from <> 'refunding'
		ORDER BY o.id LIMIT 3"
}

refunds_once() {
	rows payment "SELECT count(*) FROM payment p
		WHERE p.status = 'Refunded' AND p.created_at >= '$DRILL_SINCE'
			AND (SELECT string_agg(kind || amount, ',' ORDER BY kind) FROM payment_transaction t
				WHERE t.payment_id = p.id) = 'capture' || p.amount || ',refund' || p.amount"
}

shared_compensation() {
	local refunded
	refunded=$(refunded_orders)
	happened compensation "$refunded" "orders were turned round after the money had been taken" \
		services/order/saga.c
	examples "$(refunded_examples)"
	proves compensation "$(refunds_once)" "$refunded" \
		"of them have one capture and one refund of the same amount" services/payment/payment.c
	noted compensation "$(rows order "SELECT count(*) FROM orders WHERE status = 'Cancelled'
		AND NOT refunded AND created_at >= '$DRILL_SINCE'")" \
		"orders were Cancelled with nothing to compensate: no money had been taken" services/order/order.c
}

# ---- retries ----

# Of every process that has them; those at zero are left out.
shared_retries() {
	local name rise
	for name in order payment inventory notification analytics; do
		rise=$(metric_rise "$name" orderlab_batch_retries_total)
		[[ ${rise:-0} == 0 ]] || noted retries "$rise" "pauses of $name before a batch was tried again" \
			subprojects/runtime/src/loop.c
	done
	for name in relay-order relay-payment; do
		rise=$(metric_rise "$name" orderlab_relay_retries_total)
		[[ ${rise:-0} == 0 ]] || noted retries "$rise" \
			"times $name began again at its position in Kafka" services/relay/relay.c
		rise=$(metric_rise "$name" orderlab_relay_aborts_total)
		[[ ${rise:-0} == 0 ]] || noted retries "$rise" \
			"Kafka transactions of $name given up and done again" services/relay/publisher.c
	done
	noted retries "$(told ".latencyUs.toTerminal.p50 / 1000 | floor")" \
		"ms from order to end, median" tools/orders/README.md
}

shared_evidence() {
	shared_money
	shared_retries
	shared_compensation
}
