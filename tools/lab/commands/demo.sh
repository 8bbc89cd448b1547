# shellcheck shell=bash
#: install, build, start, and show what can become of an order

command_help() {
	cat <<-END
		./lab demo: from nothing to six stories whose every step you can read.

		Does what ./lab up does, then places an order that is paid and reserved, one whose
		payment is declined, one whose stock is missing after it was paid, one whose payment
		is late, and one that its customer cancels. For each it prints the order's timeline:
		what was applied, what was emitted, when. Last, a message that nobody can read.

		The lab keeps running afterwards; ./lab down stops it.
	END
}

readonly DEMO_TIMEOUT_S=30

gateway() {
	curl -sS -m 10 "http://127.0.0.1:${PORTS[gateway]}$1" "${@:2}"
}

# demo_place PRODUCT QUANTITY METHOD: the new order's id in REPLY.
demo_place() {
	local body answer
	body=$(jq -nc --arg product "$1" --argjson quantity "$2" --arg method "$3" '
		{customerId: "demo", paymentMethod: $method,
		 items: [{productId: $product, quantity: $quantity}]}')
	printf '  POST /orders %s\n' "$body"
	answer=$(gateway /orders -H 'Content-Type: application/json' \
		-H "Idempotency-Key: demo-$(date +%s%N)-$RANDOM" -d "$body") ||
		die "$EXIT_FAILED" "the gateway did not answer" "./lab logs gateway"
	REPLY=$(jq -er .orderId <<<"$answer" 2>/dev/null) ||
		die "$EXIT_FAILED" "the order was not accepted: $answer" "./lab logs order"
}

demo_is_terminal() {
	gateway "/orders/$1" | jq -e '.status == "Completed" or .status == "Cancelled"'
}

# demo_timeline ID: one line for each step, in milliseconds after the first.
demo_timeline() {
	gateway "/orders/$1/timeline" | jq -r '
		def us: (.at | sub("\\..*"; "Z") | fromdate) * 1000000
			+ (.at | capture("\\.(?<fraction>[0-9]+)").fraction | tonumber);
		(.entries[0] | us) as $start | .entries[] |
		[((us - $start) / 1000),
		 .kind, .type,
		 (if .stepFrom then "\(.stepFrom) -> \(.stepTo)" else "" end),
		 (if .kind == "emitted" then "to \(.topic)"
		  elif .offset then "from \(.topic) \(.partition):\(.offset)" elif .type == "Deadline" then "by the clock"
		  else "over HTTP" end)] | map(tostring) | join("|")' |
		while IFS='|' read -r after kind type steps place; do
			printf '  %9.1f ms  %-8s %-24s %-34s %s\n' "$after" "$kind" "$type" "$steps" "$place"
		done
}

demo_title() {
	printf '\n%s%s%s\n' "$BOLD" "$1" "$PLAIN"
}

# demo_path TITLE STATUS PRODUCT QUANTITY METHOD
demo_path() {
	demo_title "$1"
	demo_place "$3" "$4" "$5"
	demo_end "$REPLY" "$2"
}

# demo_end ID STATUS: waits for the order's end and tells its story.
demo_end() {
	local id=$1 order status
	wait_until "$DEMO_TIMEOUT_S" demo_is_terminal "$id" ||
		die "$EXIT_TIMEOUT" "order $id did not end within $DEMO_TIMEOUT_S s" \
			"./lab status and ./lab logs order tell more"
	order=$(gateway "/orders/$id")
	status=$(jq -r .status <<<"$order")
	demo_timeline "$id"
	printf '  order %s: %s%s%s%s\n' "$id" "$([[ $status == Completed ]] && echo "$GREEN" ||
		echo "$YELLOW")" "$status" "$PLAIN" "$(jq -r '
			if .cancellationReason then ", because: \(.cancellationReason)" else "" end +
			if .refunded then ", money refunded" else "" end' <<<"$order")"
	[[ $status == "$2" ]] ||
		die "$EXIT_FAILED" "this order should have ended as $2" "./lab logs order"
}

# demo_restart NAME [VARIABLE=VALUE]...: quietly.
demo_restart() {
	"$LAB_TREE/lab" stop "$1" >/dev/null
	"$LAB_TREE/lab" start "$@" >/dev/null
	wait_ready "$1" process_ready "$1"
}

# The provider takes 2 s for method slow; order, for this start alone, has patience for one.
demo_late() {
	demo_title "4. The payment is late: the same question again, under the same request id"
	step "order is started with a patience of 1 s" demo_restart order SAGA_STEP_TIMEOUT_MS=1000
	demo_place sku-cable 1 slow
	demo_end "$REPLY" Completed
	step "order is started as it was" demo_restart order
}

demo_cancelled() {
	local id
	demo_title "5. The customer cancels while the payment is under way: it is given back"
	demo_place sku-cable 1 slow
	id=$REPLY
	printf '  POST /orders/%s/cancellation\n' "$id"
	gateway "/orders/$id/cancellation" -X POST -f >/dev/null ||
		die "$EXIT_FAILED" "the cancellation was refused" "./lab logs gateway"
	demo_end "$id" Cancelled
}

# dead_letter KEY: that dead letter's headers, one "name=value" a line.
dead_letter() {
	kcat -C -q -b "127.0.0.1:${PORTS[kafka]}" -t dlq.payment -o beginning -e \
		-X isolation.level=read_committed -J | jq -er --arg key "$1" '
		select(.key == $key) | .headers as $h | range(0; $h | length; 2) |
		select($h[.] | startswith("dlq.")) | "\($h[.])=\($h[. + 1])"'
}

demo_poison() {
	local key
	demo_title "6. A message that nobody can read: a dead letter, and everything else flows on"
	key=$(</proc/sys/kernel/random/uuid)
	printf 'no message at all' | kcat -P -b "127.0.0.1:${PORTS[kafka]}" -t payment.requests -k "$key" \
		-H "id=$(</proc/sys/kernel/random/uuid)" -H type=OrderPaymentRequested
	printf '  to payment.requests, key %s: "no message at all"\n' "$key"
	wait_until "$DEMO_TIMEOUT_S" dead_letter "$key" >/dev/null ||
		die "$EXIT_TIMEOUT" "it did not come to dlq.payment within $DEMO_TIMEOUT_S s" \
			"./lab logs payment"
	printf '  in dlq.payment, its key and bytes untouched, with\n'
	dead_letter "$key" | sed 's/^/       /'
	printf '  Later messages of this key wait in order: ./lab psql payment -c "SELECT * FROM parked"\n'
	demo_place sku-cable 1 card_ok
	demo_end "$REPLY" Completed
}

command_run() {
	(($# == 0)) || usage_error "demo takes no arguments"
	need stack
	packages_ensure run
	java_check
	ports_load
	stack_up all
	demo_path "1. Paid and reserved" Completed sku-cable 2 card_ok
	demo_path "2. Payment declined: no stock is touched" Cancelled sku-cable 1 card_declined
	demo_path "3. Paid, but the stock is missing: the money goes back" Cancelled sku-soldout 1 card_ok
	demo_late
	demo_cancelled
	demo_poison
	stack_addresses
	cat <<-END

		  Next: ./lab status, ./lab kill payment, ./lab logs -f order, ./lab psql order,
		  ./lab kcat -C -t order.events -o beginning -e -f '%k %h\\n'; ./lab down stops it all.
	END
}
