# shellcheck shell=bash disable=SC2034
#
# Every topic of every group is read again from its beginning, one service after
# the other, while orders flow.

DRILL_RATE=15 DRILL_MIX=ok=80,declined=10,out_of_stock=10

readonly -a REPLAYED=(payment inventory order notification analytics)
declare -gA effects_at=() absorbed_at=() again=()
replay_before=
replay_stopped=

drill_ready() {
	[[ -x $LAB_BUILD/tools/replay/replay ]] || echo "tools/replay is not built; ./lab build builds it"
}

# replay_members SERVICE: all processes of its group, one a line.
replay_members() {
	printf '%s\n' "${SERVICES[@]}" | grep -xE "$1(-[2-9])?"
}

members_start() {
	local name
	for name in $(replay_members "$1"); do
		"$LAB_TREE/lab" start "$name" >/dev/null
	done
}

drill_heal() {
	[[ -z $replay_stopped ]] || members_start "$replay_stopped" || true
	replay_stopped=
}

# hash_of SERVICE ROW FROM: "N rows, hash" over ROW, whatever the order and however many.
hash_of() {
	rows "$1" "SELECT count(*) || ' rows, '
		|| left(md5(coalesce(sum(hashtextextended($2, 0)::numeric), 0)::text), 8) FROM $3"
}

# effects NAME: of the orders placed before anything was replayed, each row with the time it was
# last written: a hash that changes with anything that is done to one of them.
effects() {
	local before="created_at < '$replay_before'"
	case $1 in
	order) hash_of order 'orders::text || h::text' \
		"orders JOIN order_history h ON h.order_id = orders.id WHERE $before" ;;
	outbox) hash_of order 'id::text' \
		"outbox WHERE aggregateid IN (SELECT id::text FROM orders WHERE $before)" ;;
	payment) hash_of payment 'payment::text || coalesce(t::text, chr(32))' \
		"payment LEFT JOIN payment_transaction t ON t.payment_id = payment.id WHERE $before" ;;
	provider) hash_of payment 'c::text || coalesce(r::text, chr(32))' \
		"provider.charge c LEFT JOIN provider.refund r USING (payment_id) WHERE c.at < '$replay_before'" ;;
	inventory) hash_of inventory 'reservation::text' "reservation WHERE $before" ;;
	notification) hash_of notification 'n::text || d::text' \
		"notification n JOIN delivery_attempt d ON d.event_id = n.event_id WHERE $before" ;;
	analytics) hash_of analytics 'order_fact::text' "order_fact WHERE $before" ;;
	esac
}

readonly -A EFFECT_WORDS=(
	[order]="orders with their histories"
	[outbox]="what order has said about them"
	[payment]="payments and movements of money"
	[provider]="charges and refunds in the provider's own ledger"
	[inventory]="reservations"
	[notification]="mails and attempts to send them"
	[analytics]="facts that analytics knows")
readonly -A EFFECT_SOURCES=(
	[order]=services/order/order.c
	[outbox]=subprojects/store/sql/message.sql
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

replay_tool() {
	KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]} "$LAB_BUILD/tools/replay/replay" "$@"
}

# Dead letters, and what waits behind them, that cannot be read: no inbox has a place for those.
unreadable() {
	rows "$1" 'SELECT (SELECT count(*) FROM parked_key WHERE event_id IS NULL)
		+ (SELECT count(*) FROM parked_message WHERE event_id IS NULL)'
}

# All else of what comes again is in the inbox and has been counted there once more.
all_absorbed() {
	(($(absorbed "$1") - absorbed_at[$1] >= again[$1]))
}

# replay_group GROUP: its service stops, its group goes back to the beginning, it reads on.
replay_group() {
	local name code=0 said=$drill_folder/replay-$1.json
	replay_stopped=$1
	for name in $(replay_members "$1"); do
		"$LAB_TREE/lab" stop "$name" >/dev/null
	done
	absorbed_at[$1]=$(absorbed "$1")
	replay_tool --group "$1" --all-topics --to-earliest --execute --wait 30 --output json \
		--undo "$drill_folder/undo-$1.csv" >"$said" 2>"$said.err" || code=$?
	((code == 0)) || {
		log_tail "$said.err" 5
		die "$EXIT_FAILED" "group $1 could not be set back (exit code $code)" "$said"
	}
	again[$1]=$(($(jq -r .replays "$said") - $(unreadable "$1")))
	members_start "$1"
	replay_stopped=
	wait_until 120 all_absorbed "$1" || true
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
		step "$name reads everything again" replay_group "$name"
	done
	step "orders flow again" more_orders 30
}

# all_came_again NAME: "yes", or how many did.
all_came_again() {
	all_absorbed "$1" && echo yes || echo $(($(absorbed "$1") - absorbed_at[$1]))
}

drill_evidence() {
	local name now
	for name in "${REPLAYED[@]}"; do
		happened retries "${again[$name]}" "messages came to $name again" tools/replay/README.md
		proves retries "$(all_came_again "$name")" yes "its inbox has absorbed every one of them" \
			subprojects/store/sql/message.sql
		examples "$(absorbed_examples "$name" | head -n 1)"
	done
	for name in "${!EFFECT_WORDS[@]}"; do
		now=$(effects "$name")
		proves consistent "${now##* }" "${effects_at[$name]##* }" \
			"as before, row by row, with times: ${EFFECT_WORDS[$name]} (${now%%,*})" \
			"${EFFECT_SOURCES[$name]}"
	done
	for name in order.events payment.events inventory.events analytics.events; do
		proves retries "$(twice "$name")" 0 "event ids that $name holds twice" \
			subprojects/runtime/src/published.c
	done
}
