# shellcheck shell=bash
#: install, build, start, and place an order down each of the three paths

command_help() {
	cat <<-END
		./lab demo: from nothing to three orders whose every step you can read.

		Does what ./lab up does, then places one order that is paid and reserved, one whose
		payment is declined, and one whose stock is missing after it was paid. For each it
		prints GET /orders/{id}/timeline: what was applied, what was emitted, when.

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

# demo_path TITLE STATUS PRODUCT QUANTITY METHOD
demo_path() {
	local id order status
	printf '\n%s%s%s\n' "$BOLD" "$1" "$PLAIN"
	demo_place "$3" "$4" "$5"
	id=$REPLY
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
	stack_addresses
	cat <<-END

		  Next: ./lab status, ./lab kill payment, ./lab logs -f order, ./lab psql order,
		  ./lab kcat -C -t order.events -o beginning -e -f '%k %h\\n'; ./lab down stops it all.
	END
}
