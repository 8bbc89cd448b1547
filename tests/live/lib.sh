# shellcheck shell=bash
#
# What the live tests share. A script sources this, prints one line a claim with
# check, and ends with live_done.
#
# Under ./lab test all scripts share one running lab (LAB_LIVE=shared) and leave
# it healthy; run alone, a script starts a lab of its own on free ports and
# removes it at its end.

set -euo pipefail

LIVE_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LIVE_WORK=$(mktemp -d)
live_failed=0
live_own=

lab() {
	"$LIVE_TREE/lab" "$@"
}

live_cleanup() {
	trap - EXIT
	rm -rf -- "$LIVE_WORK"
	if [[ -n $live_own ]]; then
		lab down >/dev/null 2>&1 || true
		# Who gave the directory may want to see why it failed, and removes it.
		((live_failed == 1)) && [[ -n ${SERVERS_RUN:-} ]] || lab clean --yes >/dev/null 2>&1 || true
	fi
}

# live_start [ARGUMENT OF UP]...
live_start() {
	trap live_cleanup EXIT
	trap 'exit 130' INT TERM
	if [[ ${LAB_LIVE:-} != shared ]]; then
		export LAB_RUN=${SERVERS_RUN:-/var/tmp/order-lab-live.$$} LAB_PORT_BASE=auto
		live_own=1
		lab up "$@"
	fi
	eval "$(lab env)"
}

# ---- claims ----

# check SENTENCE COMMAND...: one line; what the command printed follows a failure.
check() {
	local sentence=$1
	shift
	if "$@" >"$LIVE_WORK/said" 2>&1; then
		printf 'ok - %s\n' "$sentence"
	else
		printf 'not ok - %s\n' "$sentence"
		printf '     %s\n' "$*" | cut -c1-300
		head -n 5 "$LIVE_WORK/said" | cut -c1-500 | sed 's/^/     /'
		live_failed=1
	fi
}

same() {
	[[ $1 == "$2" ]] || {
		printf 'got "%s", wanted "%s"\n' "$1" "$2"
		return 1
	}
}

# within NUMBER MIN MAX
within() {
	if ! [[ $1 =~ ^[0-9]+$ ]] || (($1 < $2 || $1 > $3)); then
		printf 'got "%s", wanted %s to %s\n' "$1" "$2" "$3"
		return 1
	fi
}

live_done() {
	exit "$live_failed"
}

# wait_for SECONDS COMMAND...: until it succeeds; 1, and what it said at last, when it never did.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >"$LIVE_WORK/tried" 2>&1; do
		((SECONDS < end)) || {
			cat "$LIVE_WORK/tried"
			return 1
		}
		sleep 0.1
	done
}

# ---- HTTP ----

# request METHOD PATH [CURL ARGUMENT]...: sets STATUS and BODY; headers by answer_header.
request() {
	STATUS=$(curl -s -m 20 -o "$LIVE_WORK/body" -D "$LIVE_WORK/headers" -w '%{http_code}' \
		-X "$1" "$GATEWAY_URL$2" "${@:3}") || STATUS=000
	BODY=
	[[ ! -f $LIVE_WORK/body ]] || BODY=$(tr -d '\0' <"$LIVE_WORK/body")
}

# answer_header NAME: of the latest request.
answer_header() {
	sed -n "s/^$1: *//Ip" "$LIVE_WORK/headers" | tr -d '\r' | head -n 1
}

# field FILTER: of the latest body.
field() {
	jq -r "$1" <<<"$BODY" 2>/dev/null || true
}

# order_body PRODUCT [QUANTITY [METHOD]]
order_body() {
	printf '{"customerId":"live","items":[{"productId":"%s","quantity":%s}],"paymentMethod":"%s"}' \
		"$1" "${2:-1}" "${3:-card_ok}"
}

fresh_key() {
	REPLY=live-$$-$(date +%s%N)-$RANDOM
}

# order_post KEY BODY
order_post() {
	request POST /orders -H 'Content-Type: application/json' -H "Idempotency-Key: $1" \
		--data-binary "$2"
}

# order_place PRODUCT [QUANTITY [METHOD]]: ORDER_ID, or empty when it was refused.
order_place() {
	fresh_key
	order_post "$REPLY" "$(order_body "$@")"
	ORDER_ID=
	[[ $STATUS != 201 ]] || ORDER_ID=$(field .orderId)
}

order_has_status() {
	request GET "/orders/$1"
	[[ $(field .status) == "$2" ]]
}

# order_ends ID STATUS [SECONDS]
order_ends() {
	wait_for "${3:-30}" order_has_status "$1" "$2" || {
		printf 'order %s: %s %s\n' "$1" "$STATUS" "$BODY"
		return 1
	}
}

# ---- databases, topics, processes ----

# sql SERVICE STATEMENT: bare rows.
sql() {
	lab psql "$1" -X -q -A -t -c "$2"
}

# captures ORDER: how often its money was taken.
captures() {
	sql payment "SELECT count(*) FROM payment p JOIN payment_transaction t ON t.payment_id = p.id
		WHERE p.order_id = '$1' AND t.kind = 'capture'"
}

# money_kept ORDER: what was taken minus what was given back.
money_kept() {
	sql payment "SELECT coalesce(sum(CASE kind WHEN 'capture' THEN t.amount ELSE -t.amount END), 0)
		FROM payment p JOIN payment_transaction t ON t.payment_id = p.id WHERE p.order_id = '$1'"
}

# stock_of PRODUCT: on hand and reserved.
stock_of() {
	sql inventory "SELECT on_hand || ' ' || reserved FROM stock WHERE product_id = '$1'"
}

# kafka_group ARGUMENT...: kafka-consumer-groups.sh, as Kafka ships it.
kafka_group() {
	java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
		-cp "$LIVE_TREE/deploy/kafka/target/libs/*" \
		org.apache.kafka.tools.consumer.group.ConsumerGroupCommand \
		--bootstrap-server "$KAFKA_BOOTSTRAP" "$@"
}

# topic TOPIC [KCAT ARGUMENT]...: every message of it, as JSON, to its end.
topic() {
	lab kcat -C -q -t "$1" -o beginning -e -J -X isolation.level=read_committed \
		-X fetch.wait.max.ms=20 "${@:2}"
}

ready() {
	lab status --json | jq -e --arg name "$1" '.processes[] | select(.name == $name) | .ready'
}

all_ready() {
	local unready
	unready=$(lab status --json |
		jq -r '.processes[] | select(.ready | not) | "\(.name) is not ready: \(.why)"') || return 1
	[[ -z $unready ]] || {
		printf '%s\n' "$unready"
		return 1
	}
}

open_orders() {
	sql order "SELECT count(*) FROM orders WHERE status NOT IN ('Completed', 'Cancelled')"
}

no_open_orders() {
	[[ $(open_orders) == 0 ]]
}

# The ids of a service's outbox that its topics do not hold exactly once at
# read_committed, or that are there without a row. Nothing printed: all is well.
outbox_differs() {
	local service=$1 topic
	sql "$service" 'SELECT id FROM outbox' | sort >"$LIVE_WORK/outbox"
	for topic in $(sql "$service" 'SELECT DISTINCT aggregatetype FROM outbox'); do
		topic "$topic" | jq -r '.headers as $h | $h | index("id") as $at | $h[$at + 1]'
	done | sort >"$LIVE_WORK/topics"
	diff "$LIVE_WORK/outbox" "$LIVE_WORK/topics" | grep '^[<>]' || true
}

outbox_published() {
	[[ -z $(outbox_differs "$1") ]]
}
