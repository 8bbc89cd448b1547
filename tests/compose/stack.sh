#!/bin/bash
#
# The stack in containers: the paths of an order, who may do what in it, what is killed in it
# while orders flow, what stays when it is taken down, and three brokers of which one is away.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly OURS=(order payment inventory notification analytics gateway relay-order relay-payment)
readonly SERVERS=(kafka redis postgres-order postgres-payment postgres-inventory
	postgres-notification postgres-analytics)

# All that the machine's other addresses would show.
published_elsewhere() {
	docker ps --filter "label=com.docker.compose.project=$PROJECT" --format '{{.Ports}}' |
		tr ',' '\n' | grep -e '->' | grep -v '^ *127\.0\.0\.1:' || true
}

nameless_volumes() {
	docker ps -aq --filter "label=com.docker.compose.project=$PROJECT" | xargs docker inspect --format \
		'{{.Name}}{{range .Mounts}}{{if eq .Type "volume"}} {{.Name}}{{end}}{{end}}' |
		grep -E ' [0-9a-f]{64}' || true
}

restarts() {
	inspect "$1" '{{.RestartCount}}'
}

restarted() {
	(($(restarts "$1") > $2)) && ready "$1"
}

# flow_meanwhile SENTENCE COMMAND...: while orders come at 20/s for 20 s; then all is checked.
flow_meanwhile() {
	local sentence=$1 load
	shift
	lab orders --rate 20 --count 400 --ledger "$LIVE_WORK/ledger.tsv" >"$LIVE_WORK/orders" 2>&1 &
	load=$!
	wait_for 20 test -s "$LIVE_WORK/ledger.tsv"
	"$@"
	check "$sentence: every order came to its end" load_ended "$load"
	check "$sentence: every invariant holds" lab verify --wait 60 --ledger "$LIVE_WORK/ledger.tsv"
	rm -f "$LIVE_WORK/ledger.tsv"
}

# load_ended PID: what it said is shown when it did not end well.
load_ended() {
	wait "$1" || {
		tail -n 5 "$LIVE_WORK/orders"
		return 1
	}
}

killed() {
	local before
	before=$(restarts "$1")
	lab kill "$1" >/dev/null
	check "$1 was killed, and Docker starts it again" wait_for 90 restarted "$1" "$before"
}

# The same claims as of the stack without containers, by the same script.
paths() {
	LAB_LIVE=shared bash "$LIVE_TREE/tests/live/paths.sh" || live_failed=1
}

rights() {
	local name
	for name in "${OURS[@]}"; do
		check "$name has no rights that it does not need" least_rights "$name"
	done
	check 'no container would leave a volume without a name behind' same "$(nameless_volumes)" ''
	check 'every port is published on loopback' same "$(published_elsewhere)" ''
	check 'inventory reaches its database' reaches inventory postgres-inventory 5432
	check 'payment does not' reaches_not payment postgres-inventory 5432
	check 'the gateway reaches no database' reaches_not gateway postgres-order 5432
	check 'nobody but the gateway reaches Redis' reaches_not order redis 6379
	check 'the gateway does' reaches gateway redis 6379
}

kills() {
	flow_meanwhile 'kafka killed' killed kafka
	flow_meanwhile "order's database killed" killed postgres-order
	flow_meanwhile "payment's database killed" killed postgres-payment
	flow_meanwhile 'payment killed' killed payment
	flow_meanwhile 'the relay of order killed' killed relay-order
	flow_meanwhile 'redis killed' killed redis
}

# Compose starts servers first; nobody has to.
any_order() {
	local name
	for name in "${OURS[@]}" "${SERVERS[@]}"; do
		lab stop "$name" >/dev/null
	done
	for name in "${OURS[@]}" "${SERVERS[@]}"; do
		check "$name ended by itself when it was told to stop" ended "$name"
	done
	for name in "${OURS[@]}"; do
		docker start "$(container "$name")" >/dev/null
	done
	check 'before their servers, services run and are not ready' wait_for 30 up_but_not_ready
	for name in "${SERVERS[@]}"; do
		docker start "$(container "$name")" >/dev/null
	done
	check 'when their servers have come, they are' wait_for 60 all_ready
	order_place sku-sticker
	check 'and an order is completed' order_ends "$ORDER_ID" Completed
}

# 143 is Java's way to end by SIGTERM.
ended() {
	[[ $(inspect "$1" '{{.State.ExitCode}}') =~ ^(0|143)$ ]] || {
		docker logs --tail 3 "$(container "$1")"
		return 1
	}
}

# The gateway needs nobody for itself.
up_but_not_ready() {
	lab status --json | jq -e '[.processes[] | select(.state == "RUNNING")] |
		length == 8 and all(.ready == (.name == "gateway"))'
}

wrong_topic() {
	inside kafka /opt/kafka/bin/kafka-topics.sh --bootstrap-server localhost:9092 --alter \
		--topic replay.audit --partitions 2 >/dev/null
	check 'a topic that is not as declared is reported' reports_topic
	check 'and left as it is' same \
		"$(lab kcat -L -J -t replay.audit | jq '.topics[0].partitions | length')" 2
}

# payment_anew ARGUMENT...: of ./lab start.
payment_anew() {
	lab stop payment >/dev/null
	lab start "$@" >/dev/null
}

died_at() {
	lab logs -n 5000 "$1" | grep -cF "\"point\":\"$2\"" || true
}

log_level_is() {
	same "$(inside payment printenv LOG_LEVEL)" "$1"
}

settings() {
	payment_anew payment CRASH_AT=loop.after_commit:1
	check 'orders end while payment dies behind a commit' lab orders --rate 20 --count 40
	check 'it died there once' same "$(died_at payment loop.after_commit)" 1
	check 'and Docker has started it again without' same "$(restarts payment)" 1
	payment_anew --keep payment LOG_LEVEL=warning
	check 'a setting is kept' log_level_is warning
	check 'what is logged of the container before is kept too' same "$(died_at payment loop.after_commit)" 1
	lab up >/dev/null
	check 'also by up' log_level_is warning
	payment_anew --keep payment
	check 'until it is taken back' log_level_is info
	check 'every invariant holds' lab verify --wait 60
}

# What people are shown first, and that it leaves nothing that a replay would double: its poison.
stories() {
	check './lab demo tells its stories' lab demo
	check 'and the drill replay holds behind them' lab drill replay --yes
}

# Compose says no more than which job failed: ./lab shows what that said.
reports_topic() {
	local code=0
	lab up >"$LIVE_WORK/up" 2>&1 || code=$?
	cat "$LIVE_WORK/up"
	((code == 1)) && grep -q '| .*replay\.audit' "$LIVE_WORK/up"
}

orders_count() {
	sql order 'SELECT count(*) FROM orders'
}

# proxy JSON [/toxics[/NAME]] [CURL ARGUMENT]...
proxy() {
	curl -sf -m 10 "http://127.0.0.1:$TOXIPROXY_PORT/proxies/kafka${2:-}" -d "$1" "${@:3}"
}

not_ready() {
	lab status --json | jq -e --arg name "$1" '.processes[] | select(.name == $name) | .ready == false'
}

cut_off() {
	proxy '{"enabled": false}' >/dev/null
	check 'order says that it is not ready' wait_for 60 not_ready order
	proxy '{"enabled": true}' >/dev/null
	check 'and is again' wait_for 60 ready order
}

chaos() {
	lab up --chaos
	eval "$(lab env)"
	TOXIPROXY_PORT=$(docker port "$(container toxiproxy)" 8474/tcp | sed 's/.*://')
	check 'Kafka answers 200 ms late' proxy '{"name": "late", "type": "latency", "attributes": {"latency": 200}}' /toxics
	order_place sku-sticker
	local begun=${EPOCHREALTIME/./}
	check 'an order is completed all the same' order_ends "$ORDER_ID" Completed
	# Two requests and two answers of the saga, each at least once there and once back.
	check 'and it is seen to take its time' test $((${EPOCHREALTIME/./} - begun)) -gt 800000
	check 'no longer late' proxy '' /toxics/late -X DELETE
	flow_meanwhile 'Kafka cut off' cut_off
	rm "$LAB_RUN/compose.env"
}

down_and_up() {
	local before
	before=$(orders_count)
	lab down >/dev/null
	check 'when it is down nothing runs' same "$(docker ps -q --filter "label=com.docker.compose.project=$PROJECT")" ''
	lab up >/dev/null
	# On other ports, when any will do.
	eval "$(lab env)"
	check 'down keeps the data' same "$(orders_count)" "$before"
	order_place sku-sticker
	check 'and orders go on' order_ends "$ORDER_ID" Completed
}

volumes() {
	docker volume ls -q --filter "label=com.docker.compose.project=$PROJECT" | wc -l
}

three_brokers() {
	lab down >/dev/null
	lab clean --yes >/dev/null
	check 'clean removes the volumes' same "$(volumes)" 0
	lab up --ha
	eval "$(lab env)"
	check 'three brokers' same "$(lab kcat -L -J | jq '.brokers | length')" 3
	check 'every partition has three replicas' same \
		"$(lab kcat -L -J | jq '[.topics[].partitions[].replicas | length] | unique | join(" ")' -r)" 3
	check 'two members share the partitions of payment' same \
		"$(lab lag --group payment --output json | jq -r '[.. | .consumerId? // empty | split("-")[1]] | unique | length')" 2
	flow_meanwhile 'one broker of three stopped' lab stop kafka-2
	check 'it comes back' lab start kafka-2
	flow_meanwhile 'a member of order killed' killed order-2
}

readonly -a PARTS=(paths rights kills settings stories any_order chaos down_and_up wrong_topic three_brokers)
(($# > 0)) || set -- "${PARTS[@]}"
stack_start
for part in "$@"; do
	"$part"
done
live_done
