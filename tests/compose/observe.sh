#!/bin/bash
#
# What is seen from outside: a real Prometheus reads a stack under load, and every question
# of the dashboards and the alerts has an answer; an alert comes and goes; the registry
# tells a client of Confluent's what is in a topic. Grafana and kafka-ui are not started:
# their images are not ours to build.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly HERE=$LIVE_TREE/tests/compose DEPLOY=$LIVE_TREE/deploy/kafka
readonly SEEN=(lag prometheus registry)
readonly ONE=(gateway order payment inventory notification analytics relay-order relay-payment lag)
readonly TWO=(order-2 payment-2 inventory-2 notification-2 analytics-2)

# promtool ARGUMENT...: of the image that runs, on the files of the tree.
promtool() {
	docker run --rm --network none -v "$LIVE_TREE:/tree:ro" --entrypoint promtool \
		"$(inspect prometheus '{{.Config.Image}}')" "$@"
}

observe_up() {
	check "${*} start and are healthy" lab compose up -d --wait --wait-timeout 120 "$@"
	eval "$(lab env)"
}

# prometheus_says FILTER QUERY: jq over the result.
prometheus_says() {
	curl -s -m 10 --data-urlencode "query=$2" "$PROMETHEUS_URL/api/v1/query" | jq -r ".data.result | $1"
}

number_is() {
	same "$(prometheus_says '.[0].value[1]' "$1")" "$2"
}

# Which processes answer Prometheus, sorted.
seen_are() {
	same "$(prometheus_says '[.[].metric.instance] | sort | join(" ")' 'up == 1')" \
		"$(printf '%s\n' "$@" | sort | paste -sd' ')"
}

firing() {
	[[ $(prometheus_says 'length' "ALERTS{alertname=\"$1\", alertstate=\"firing\", $2}") -gt 0 ]]
}

# none_firing [NAMES]: a pattern; all without one.
none_firing() {
	same "$(prometheus_says '[.[].metric.alertname] | unique | join(" ")' "ALERTS{alertname=~\"${1:-.+}\", alertstate=\"firing\"}")" ''
}

rights() {
	check 'lag has no rights that it does not need' least_rights lag
	check 'registry has no rights that it does not need' least_rights registry
	check 'prometheus writes to its volume only' same \
		"$(inspect prometheus '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}')" \
		'true [ALL] [no-new-privileges:true]'
	check 'registry reaches no broker' reaches_not registry kafka 9092
	check 'lag reaches no database' reaches_not lag postgres-order 5432
}

files() {
	python3 "$HERE/dashboards.py" shape "$DEPLOY" || live_failed=1
	check 'promtool finds nothing wrong with the rules' promtool check rules /tree/deploy/kafka/prometheus/rules.yml
	check 'each alert fires when it should, none when all is well' promtool test rules /tree/tests/compose/alerts_test.yml
	check 'Prometheus runs the configuration of the tree' same \
		"$(curl -s "$PROMETHEUS_URL/api/v1/status/config" | jq -r .status)" success
}

# Reads that only a browser would make, until the load is over.
browse() {
	local path
	while kill -0 "$1" 2>/dev/null; do
		for path in /products /products/sku-cable /orders?limit=1 /analytics/summary; do
			curl -s -m 5 -o /dev/null "$GATEWAY_URL$path" || true
		done
		sleep 0.2
	done
}

answered() {
	python3 "$HERE/dashboards.py" ask "$DEPLOY" "$PROMETHEUS_URL"
}

under_load() {
	local load
	lab orders --rate 20 --count 2000 --mix ok=65,declined=15,out_of_stock=10,cancel=10 \
		--ledger "$LIVE_WORK/ledger.tsv" >"$LIVE_WORK/orders" 2>&1 &
	load=$!
	browse "$load" &
	wait_for 90 answered || true
	answered || live_failed=1
	check 'every order came to its end' wait "$load"
	check 'no alert fires under that load' none_firing
	check 'the counted ends are those in the database' wait_for 30 number_is \
		'sum(orderlab_order_steps_total{step=~"completed|cancelled"})' \
		"$(sql order "SELECT count(*) FROM orders WHERE status IN ('Completed', 'Cancelled')")"
}

an_alert() {
	lab stop payment >/dev/null
	fresh_key
	order_post "$REPLY" "$(order_body sku-cable)"
	check 'a process that is away is an alert' wait_for 90 firing ProcessDown 'instance="payment"'
	check 'so is its group, that does not read any more' wait_for 90 firing LagDoesNotMove 'consumergroup="payment"'
	check 'it comes back' lab start payment
	# DeadlinesPass stays for five minutes: the order's question waited too long.
	check 'and the alerts go' wait_for 90 none_firing 'ProcessDown|LagDoesNotMove'
}

registry_client() {
	python3 "$LIVE_TREE/tests/interop/registry.py" --cache "${LAB_BUILD:-$LIVE_TREE/build}/tests/interop/cache" \
		--url "$REGISTRY_URL" --schemas "$LIVE_TREE/avro-schemas" \
		--bootstrap "$KAFKA_BOOTSTRAP" --topic "$1"
}

second_members() {
	lab down >/dev/null
	lab clean --yes >/dev/null
	lab up --ha
	observe_up lag prometheus
	check 'with two members each is asked by itself' wait_for 60 seen_are "${ONE[@]}" "${TWO[@]}"
	check 'and they share the partitions' wait_for 60 number_is \
		'count(orderlab_partitions_assigned{service="payment"} > 0)' 2
	lab stop order-2 >/dev/null
	check 'a second member that is away is seen to be' wait_for 90 firing ProcessDown 'instance="order-2", service="order"'
}

stack_start
observe_up "${SEEN[@]}"
rights
files
check 'every process answers Prometheus' wait_for 60 seen_are "${ONE[@]}"
under_load
an_alert
check "Confluent's client reads order.events through the registry" registry_client order.events
check "and payment.events" registry_client payment.events
second_members
live_done
