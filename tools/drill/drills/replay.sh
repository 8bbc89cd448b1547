# shellcheck shell=bash disable=SC2034
#
# Every topic of every group is read again from its beginning, one service after
# the other, while orders flow.

DRILL_RATE=15 DRILL_MIX=ok=80,declined=10,out_of_stock=10

readonly -a REPLAYED=(payment inventory order notification analytics)
declare -gA effects_at=() absorbed_at=() replay_code=()
replay_before=

drill_ready() {
	[[ -f $LAB_TREE/tools/lab/commands/replay.sh ]] || echo "this tree has no ./lab replay"
}

drill_heal() {
	local name
	for name in "${REPLAYED[@]}"; do
		process_ready "$name" || "$LAB_TREE/lab" start "$name" >/dev/null 2>&1 || true
	done
}

# The effects of the orders that had ended before anything was replayed, each row with the time
# it was last written: a hash that changes with anything that is done to one of them.
effects() {
	case $1 in
	order) rows order "SELECT md5(string_agg(o::text || h::text, '' ORDER BY h.order_id, h.version))
		FROM orders o JOIN order_history h ON h.order_id = o.id WHERE o.created_at < '$replay_before'" ;;
	payment) rows payment "SELECT md5(string_agg(p::text || t::text, '' ORDER BY p.id, t.kind))
		FROM payment p LEFT JOIN payment_transaction t ON t.payment_id = p.id
		WHERE p.created_at < '$replay_before'" ;;
	provider) rows payment "SELECT md5(string_agg(c::text || coalesce(r::text, ''), '' ORDER BY c.payment_id))
		FROM provider.charge c LEFT JOIN provider.refund r USING (payment_id)
		WHERE c.at < '$replay_before'" ;;
	inventory) rows inventory "SELECT md5(string_agg(reservation::text, '' ORDER BY order_id))
		FROM reservation WHERE created_at < '$replay_before'" ;;
	notification) rows notification "SELECT md5(string_agg(n::text || d::text, '' ORDER BY n.event_id, d.attempt))
		FROM notification n JOIN delivery_attempt d ON d.event_id = n.event_id
		WHERE n.created_at < '$replay_before'" ;;
	analytics) rows analytics "SELECT md5(string_agg(order_fact::text, '' ORDER BY order_id))
		FROM order_fact WHERE created_at < '$replay_before'" ;;
	esac
}

readonly -A EFFECT_WORDS=(
	[order]="orders with their histories"
	[payment]="payments and movements of money"
	[provider]="charges and refunds in the provider's own ledger"
	[inventory]="reservations"
	[notification]="mails and attempts to send them"
	[analytics]="facts that analytics knows")
readonly -A EFFECT_SOURCES=(
	[order]=services/order/order.c
	[payment]=services/payment/payment.c
	[provider]=services/payment/provider.h
	[inventory]=services/inventory/sql/inventory.sql
	[notification]=services/notification/README.md
	[analytics]=services/analytics/README.md)

# Nothing of the orders before is under way any more, anywhere.
orders_before_are_quiet() {
	[[ $(rows order "SELECT count(*) FROM orders
		WHERE deadline IS NOT NULL AND created_at < '$replay_before'") == 0 &&
		$(rows notification "SELECT count(*) FROM notification
			WHERE status = 'Pending' AND created_at < '$replay_before'") == 0 &&
		$(rows analytics "SELECT count(*) FROM order_fact WHERE completed_at IS NULL
			AND cancelled_at IS NULL AND created_at < '$replay_before'") == 0 ]]
}

replay_group() {
	local code=0
	"$LAB_TREE/lab" replay --group "$1" --all-topics --to-earliest --execute \
		>"$drill_folder/replay-$1.txt" 2>&1 || code=$?
	replay_code[$1]=$code
	((code == 0)) || {
		log_tail "$drill_folder/replay-$1.txt" 5
		die "$EXIT_FAILED" "the replay of group $1 ended with $code" "$drill_folder/replay-$1.txt"
	}
}

drill_break() {
	local name
	step "orders flow" more_orders 100
	replay_before=$(rows order 'SELECT clock_timestamp()')
	step "those placed until now end everywhere" wait_until 60 orders_before_are_quiet
	for name in "${!EFFECT_WORDS[@]}"; do
		effects_at[$name]=$(effects "$name")
	done
	for name in "${REPLAYED[@]}"; do
		absorbed_at[$name]=$(absorbed "$name")
		step "$name reads everything again" replay_group "$name"
	done
	step "orders flow again" more_orders 30
}

drill_evidence() {
	local name rise
	for name in "${REPLAYED[@]}"; do
		rise=$(($(absorbed "$name") - absorbed_at[$name]))
		happened retries "$rise" "deliveries that $name had taken already: absorbed" \
			subprojects/store/sql/message.sql
		examples "$(absorbed_examples "$name" | head -n 1)"
	done
	for name in order payment provider inventory notification analytics; do
		proves consistent "$(effects "$name" | cut -c1-12)" "$(cut -c1-12 <<<"${effects_at[$name]}")" \
			"as before, hashed row by row with its times: ${EFFECT_WORDS[$name]}" \
			"${EFFECT_SOURCES[$name]}"
	done
	noted retries "$(twice inventory.events)" \
		"answers that inventory sent again, under their old event ids; order's inbox absorbed them" \
		services/inventory/README.md
	proves retries "$(twice analytics.events)" 0 "event ids that analytics.events holds twice: it publishes once" \
		subprojects/runtime/src/published.c
}
