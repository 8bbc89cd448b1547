#!/bin/bash
#
# An order is one trace: every process it passes through is in it, each span's parent is there.
# And what a collector that is away costs: spans, which are counted, and nothing else.
#
# The collector is trace/collector.py, which takes no byte that the protocol does not allow;
# JAEGER=FILE is Jaeger's all-in-one program instead.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly TRACED=(gateway order payment inventory relay-order relay-payment notification analytics)
collector_pid=

# ---- the collector ----

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

otlp_port=$(free_port)
query_port=$otlp_port
[[ -z ${JAEGER:-} ]] || query_port=$(free_port)

collector_answers() {
	curl -fs -m 2 "http://127.0.0.1:$query_port/api/services"
}

collector_up() {
	if [[ -n ${JAEGER:-} ]]; then
		"$JAEGER" --collector.otlp.http.host-port="127.0.0.1:$otlp_port" \
			--query.http-server.host-port="127.0.0.1:$query_port" \
			--collector.otlp.grpc.host-port=127.0.0.1:0 --query.grpc-server.host-port=127.0.0.1:0 \
			--collector.http-server.host-port=127.0.0.1:0 --collector.grpc-server.host-port=127.0.0.1:0 \
			--admin.http.host-port=127.0.0.1:0 >>"$LIVE_WORK/collector.log" 2>&1 &
	else
		"$LIVE_TREE/tests/live/trace/collector.py" --port "$otlp_port" >>"$LIVE_WORK/collector.log" 2>&1 &
	fi
	collector_pid=$!
	wait_for 30 collector_answers || cat "$LIVE_WORK/collector.log"
}

collector_down() {
	[[ -n $collector_pid ]] || return 0
	kill -KILL "$collector_pid" 2>/dev/null || true
	wait "$collector_pid" 2>/dev/null || true
	collector_pid=
}

# ---- the lab ----

# Told at the lab's start, or, of a lab that runs already, each process for all its starts.
tracing_on() {
	local name
	[[ -z $live_own ]] || return 0
	for name in "${TRACED[@]}"; do
		lab stop "$name" >/dev/null
		lab start --keep "$name" "OTEL_EXPORTER_OTLP_ENDPOINT=$OTEL_EXPORTER_OTLP_ENDPOINT" >/dev/null
	done
}

# Leaves the lab as it was found: untraced.
finish() {
	local name
	collector_down
	if [[ -z $live_own ]]; then
		for name in "${TRACED[@]}"; do
			lab stop "$name" >/dev/null 2>&1 || true
			lab start --keep "$name" >/dev/null 2>&1 || true
		done
	fi
	live_cleanup
}

# counted PROCESS METRIC: its value, 0 when there is none.
counted() {
	local port
	port=$(lab status --json | jq -r --arg name "$1" '.processes[] | select(.name == $name) | .port')
	curl -fs -m 2 "http://127.0.0.1:$port/metrics" | awk -v metric="$2" '$1 == metric {n = $2} END {print n + 0}'
}

# ---- traces ----

# traced_order ARGUMENT...: as order_place, and its TRACE.
traced_order() {
	order_place "$@"
	TRACE=$(answer_header traceparent | cut -d- -f2)
}

# trace_read TRACE: into $LIVE_WORK/trace.
trace_read() {
	curl -fs -m 5 -o "$LIVE_WORK/trace" "http://127.0.0.1:$query_port/api/traces/$1"
}

# says FILTER: of the trace that was read.
says() {
	jq -e "$1" "$LIVE_WORK/trace"
}

ways() {
	jq -r -f "$LIVE_TREE/tests/live/trace/ways.jq" "$LIVE_WORK/trace"
}

# has_ended TRACE TYPE: the last of its spans has come, of those who are told of that event.
has_ended() {
	trace_read "$1" && jq -e --arg type "$2" '.data[0] as $trace |
		[$trace.spans[] | select(any(.tags[]; .value == $type)) |
			"\($trace.processes[.processID].serviceName): \(.operationName)"] |
		contains(["notification: process order.events", "notification: send mail", "analytics: process order.events"])' \
		"$LIVE_WORK/trace"
}

# faults: of the trace that was read.
faults() {
	jq -r -f "$LIVE_TREE/tests/live/trace/whole.jq" "$LIVE_WORK/trace"
}

is_whole() {
	has_ended "$1" "$2" && [[ -z $(faults) ]]
}

# whole TRACE TYPE: it ended with that event and is one tree. Every process sends its spans in
# its own time, so a parent may come after its child; not coming is the fault.
whole() {
	wait_for 30 is_whole "$1" "$2" || {
		printf 'trace %s:\n' "$1"
		faults
		ways
		return 1
	}
}

# passes SERVICE...: they are all in the trace, and no other is.
passes() {
	same "$(jq -r '[.data[0].processes[].serviceName] | unique | join(" ")' "$LIVE_WORK/trace")" \
		"$(printf '%s\n' "$@" | sort | paste -sd' ')"
}

# way HOP...: from a leaf to the root, as ways.jq writes it.
way() {
	local hop line=$1
	for hop in "${@:2}"; do
		line+=" < $hop"
	done
	ways | grep -qxF -- "$line" || {
		printf 'no way "%s" among:\n' "$line"
		ways
		return 1
	}
}

readonly ENTRY=('order: POST /orders' 'gateway: POST' 'gateway: POST /orders')
readonly PAID=('order: process payment.events' 'relay-payment: send payment.events' 'payment: charge provider'
	'payment: process payment.requests' 'relay-order: send payment.requests' "${ENTRY[@]}")
readonly RESERVED=('order: process inventory.events' 'inventory: process inventory.requests'
	'relay-order: send inventory.requests' "${PAID[@]}")

completed() {
	traced_order sku-sticker
	check 'an order completes' order_ends "$ORDER_ID" Completed
	check 'its trace is one tree, from the request to the mail' whole "$TRACE" OrderCompleted
	check 'every process is in it' passes "${TRACED[@]}"
	check 'the customer is told at the end of the whole way' way 'notification: send mail' \
		'notification: process order.events' 'relay-order: send order.events' "${RESERVED[@]}"
	check 'the messages are named as the conventions say' says 'all(.data[0].spans[] |
		select(.operationName | startswith("process ")) | [.tags[] | {key, value}] | from_entries;
		.["span.kind"] == "consumer" and .["messaging.system"] == "kafka" and
		.["messaging.operation.type"] == "process" and .["messaging.destination.name"] != null and
		(.["messaging.kafka.offset"] | type) == "number" and .["messaging.destination.partition.id"] != null)'
	check 'and carry the order' says "any(.data[0].spans[].tags[]; .key == \"orderlab.order_id\" and .value == \"$ORDER_ID\")"
	check 'the request too' says 'any(.data[0].spans[] | select(.references == []) | [.tags[] | {key, value}] | from_entries;
		.["http.request.method"] == "POST" and .["http.route"] == "/orders" and .["http.response.status_code"] == 201)'
}

cancelled() {
	traced_order sku-sticker 1 card_declined
	check 'an order that cannot be paid is cancelled' order_ends "$ORDER_ID" Cancelled
	check 'its trace is one tree' whole "$TRACE" OrderCancelled
	check 'inventory is not in it' passes gateway order relay-order payment relay-payment notification analytics
	traced_order sku-soldout
	check 'an order without stock is cancelled' order_ends "$ORDER_ID" Cancelled
	check 'its trace, with the refund, is one tree' whole "$TRACE" OrderCancelled
	check 'the refund stands where it was asked for' way 'notification: send mail' 'notification: process order.events' \
		'relay-order: send order.events' 'order: process payment.events' 'relay-payment: send payment.events' \
		'payment: refund provider' 'payment: process payment.requests' 'relay-order: send payment.requests' "${RESERVED[@]}"
}

# twice PARENT: order took the message of that span two times.
twice() {
	trace_read "$TRACE" && jq -e --arg parent "$1" '.data[0] as $trace |
		[$trace.spans[] | select($trace.processes[.processID].serviceName == "order" and .references[0].spanID == $parent) |
			.tags[] | select(.key == "orderlab.outcome") | .value] | sort == ["applied", "duplicate"]' "$LIVE_WORK/trace"
}

# The same event again, with the headers it had.
told_twice() {
	local event parent
	traced_order sku-sticker
	check 'another order completes' order_ends "$ORDER_ID" Completed
	check 'and its trace is whole' whole "$TRACE" OrderCompleted
	event=$(sql order "SELECT event_id FROM order_history WHERE order_id = '$ORDER_ID' AND type = 'PaymentSucceeded'")
	sql order "SELECT encode(event, 'hex') FROM order_history WHERE event_id = '$event'" | xxd -r -p >"$LIVE_WORK/event"
	parent=$(topic payment.events | jq -r --arg id "$event" \
		'.headers as $h | select($h[($h | index("id")) + 1] == $id) | $h[($h | index("traceparent")) + 1]')
	lab kcat -P -t payment.events -k "$ORDER_ID" -H "id=$event" -H type=PaymentSucceeded -H "traceparent=$parent" \
		-X partitioner=murmur2_random "$LIVE_WORK/event"
	check 'told twice, there are two spans under one parent, the later a duplicate' \
		wait_for 20 twice "$(cut -d- -f3 <<<"$parent")"
	check 'and still one tree' whole "$TRACE" OrderCompleted
}

sampling() {
	local unsampled=4bf92f3577b34da6a3ce929d0e0e4736
	fresh_key
	request POST /orders -H 'Content-Type: application/json' -H "Idempotency-Key: $REPLY" \
		-H "traceparent: 00-$unsampled-00f067aa0ba902b7-00" --data-binary "$(order_body sku-sticker)"
	check 'who says so is not traced' order_ends "$(field .orderId)" Completed
	traced_order sku-sticker
	check 'a later one is' whole "$TRACE" OrderCompleted
	check 'and of the other no span came' unknown "$unsampled"
}

unknown() {
	! trace_read "$1" || same "$(jq '.data | length' "$LIVE_WORK/trace")" 0
}

spans_dropped() {
	(($(counted order 'orderlab_trace_spans_total{result="dropped_unsent"}') > 0))
}

away() {
	check 'spans were sent' within "$(counted order 'orderlab_trace_spans_total{result="exported"}')" 10 100000
	check 'and none was dropped' same "$(counted order 'orderlab_trace_spans_total{result="dropped_full"}') $(
		counted order 'orderlab_trace_spans_total{result="dropped_refused"}')" '0 0'
	collector_down
	check 'with the collector killed orders go on' lab orders --rate 20 --count 60
	check 'and what it misses is counted' wait_for 30 spans_dropped
	check 'nothing is less ready for it' all_ready
	collector_up
	check 'with the collector back traces are whole again' whole_again
}

# What a process still held from before is sent with what comes.
whole_again() {
	wait_for 40 fresh_is_whole
}

fresh_is_whole() {
	traced_order sku-sticker
	whole "$TRACE" OrderCompleted
}

strict() {
	[[ -z ${JAEGER:-} ]] || return 0
	check 'the collector found no fault in any request' same "$(curl -fs "http://127.0.0.1:$query_port/faults")" '[]'
}

export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$otlp_port
live_start
trap finish EXIT
collector_up
tracing_on
completed
cancelled
told_twice
sampling
strict
away
strict
check 'nothing is left under way' wait_for 30 no_open_orders
live_done
