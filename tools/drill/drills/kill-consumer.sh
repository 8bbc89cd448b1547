# shellcheck shell=bash disable=SC2034
#
# Payment dies between PostgreSQL's commit and the offset store, inventory between
# the commit and the Kafka transaction, and inside that transaction.

DRILL_RATE=30 DRILL_MIX=ok=80,declined=10,out_of_stock=10

readonly KILLS_AFTER_COMMIT=3 KILLS_IN_TRANSACTION=1

drill_break() {
	local i
	step "orders flow" more_orders 30
	absorbed_payment=$(absorbed payment) absorbed_inventory=$(absorbed inventory)
	for ((i = 1; i <= KILLS_AFTER_COMMIT; i++)); do
		step "payment dies behind its COMMIT ($i)" crash_at payment loop.after_commit "$i"
		step "inventory dies behind its COMMIT ($i)" crash_at inventory loop.after_commit "$i"
	done
	for ((i = 1; i <= KILLS_IN_TRANSACTION; i++)); do
		step "inventory dies inside its Kafka transaction" crash_at inventory loop.after_send_offsets 2
	done
}

drill_heal() {
	disarm
}

drill_evidence() {
	local service before rise
	happened consistent "$(crashes payment loop.after_commit)" \
		"kills of payment between COMMIT and the offset store" subprojects/runtime/src/apply.c
	happened consistent "$(crashes inventory loop.after_commit)" \
		"kills of inventory between COMMIT and its Kafka transaction" subprojects/runtime/src/apply.c
	happened consistent "$(crashes inventory loop.after_send_offsets)" \
		"kills of inventory with answers and offsets in an open Kafka transaction" \
		subprojects/runtime/src/publish.c
	for service in payment inventory; do
		before=absorbed_$service
		rise=$(($(absorbed "$service") - ${!before}))
		happened retries "$rise" "deliveries that $service had taken already: its inbox absorbed them" \
			subprojects/store/sql/message.sql
		examples "$(absorbed_examples "$service")"
	done
	proves consistent "$(twice payment.events)" 0 "event ids that payment.events holds twice" \
		services/relay/relay.c
	proves consistent "$(twice inventory.events)" 0 "event ids that inventory.events holds twice" \
		subprojects/runtime/src/publish.c
	happened consistent "$(twice inventory.events read_uncommitted)" \
		"event ids that it holds twice at read_uncommitted: the aborted transaction, never seen" \
		subprojects/runtime/src/publish.c
	noted retries "$(log_new payment | grep -acF '"message":"started"' || true)" \
		"starts of payment: armed by the drill, and after each kill by the supervisor" deploy/native/supervisord.conf.in
}
