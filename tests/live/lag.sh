#!/bin/bash
#
# What ./lab lag says, beside what Kafka's own tool says of the same groups, number for
# number: while a consumer is away, and drained. Which status a group has and why, how old
# what waits is, what Prometheus is told.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly GROUPS_OURS=order,payment,inventory,notification,analytics,gateway
readonly FOREIGN=foreign-$$ SILENT=silent-$$
member=
server=

end_children() {
	[[ -z $member ]] || kill "$member" 2>/dev/null || true
	[[ -z $server ]] || kill "$server" 2>/dev/null || true
}
trap 'end_children; live_cleanup' EXIT

# ---- what either tool says ----

# kafka_says GROUP...: "group topic partition current end lag" lines, sorted.
kafka_says() {
	local group
	local -a groups=()
	for group; do
		groups+=(--group "$group")
	done
	kafka_group --describe "${groups[@]}" 2>/dev/null |
		awk '$3 ~ /^[0-9]+$/ {print $1, $2, $3, $4, $5, $6}' | sort
}

# lag_says ARGUMENT...: the same lines.
lag_says() {
	lab lag --output json "$@" | jq -r '.partitions[] |
		"\(.group) \(.topic) \(.partition) \(.currentOffset // "-") \(.logEndOffset) \(.lag // "-")"' |
		sort
}

# of_lag FILTER ARGUMENT...
of_lag() {
	lab lag --output json "${@:2}" | jq -r "$1"
}

# equals_kafka FILE: what kafka_says said is what lag says now, and it is not empty.
equals_kafka() {
	[[ -s $1 ]] || { echo "Kafka's tool said nothing" && return 1; }
	diff "$1" <(lag_says --group "$GROUPS_OURS")
}

drained() {
	lab lag --group "${1:-$GROUPS_OURS}" --max-lag 0
}

# exits_with CODE COMMAND...: with one line on stderr, where CODE is not 0.
exits_with() {
	local code=0
	"${@:2}" >/dev/null 2>"$LIVE_WORK/errors" || code=$?
	cat "$LIVE_WORK/errors"
	same "$code" "$1" && { (($1 == 0)) || same "$(wc -l <"$LIVE_WORK/errors")" 1; }
}

# has_status GROUP STATUS ARGUMENT...: every partition with lag, and there is one.
has_status() {
	same "$(of_lag '[.partitions[] | select(.lag > 0) | .status] | unique | join(" ")' \
		--group "$1" "${@:3}")" "$2"
}

# ---- a group of somebody else's: it stands behind the last message, before the marker ----

foreign_stands() {
	kafka_group --group "$FOREIGN" --topic order.events --reset-offsets --to-latest --execute &&
		kafka_group --group "$FOREIGN" --topic order.events --reset-offsets --shift-by -1 --execute
}

foreign_left() {
	foreign_stands || return 1
	same "$(of_lag '[.partitions[] | select(.onlyMarkers)] | length > 0' --group "$FOREIGN")" true &&
		drained "$FOREIGN"
}

# foreign_agrees: offsets as Kafka's tool has them; its lag is 1 where ours is 0.
foreign_agrees() {
	awk -v group="$FOREIGN" '$1 == group {print $1, $2, $3, $4, $5, ($6 <= 1 ? 0 : $6)}' \
		"$LIVE_WORK/kafka.all" >"$LIVE_WORK/kafka.foreign"
	grep -q "^$FOREIGN .* 1$" "$LIVE_WORK/kafka.all" || {
		echo "Kafka's tool shows no lag of 1"
		return 1
	}
	diff "$LIVE_WORK/kafka.foreign" <(lag_says --group "$FOREIGN")
}

# ---- the age of what waits ----

# age_is_true: of one waiting partition, against the message's own time as kcat reads it.
age_is_true() {
	local json topic partition offset lag_ms at_ms written_ms
	json=$(lab lag --group analytics --only-with-lag --output json)
	read -r topic partition offset lag_ms at_ms < <(jq -r '(.at | capture("^(?<s>.*)\\.(?<ms>...)")
		| ((.s + "Z" | fromdate) * 1000 + (.ms | tonumber))) as $at |
		.partitions[0] | "\(.topic) \(.partition) \(.currentOffset) \(.lagMs) \($at)"' <<<"$json")
	written_ms=$(lab kcat -C -q -t "$topic" -p "$partition" -o "$offset" -c 1 -f '%T' \
		-X isolation.level=read_committed)
	same "$lag_ms" "$((at_ms - written_ms))"
}

# ---- Prometheus ----

serving() {
	port=$(sed -n 's/^lag: serving .* port //p' "$LIVE_WORK/serve")
	[[ -n $port ]] && curl -fs "http://127.0.0.1:$port/readyz"
}

serve_start() {
	# The tool itself: a signal is for it, not for a shell around it.
	"${LAB_BUILD:-$LIVE_TREE/build}/tools/lag/lag" --serve :0 --group "$GROUPS_OURS" 2>"$LIVE_WORK/serve" &
	server=$!
	wait_for 20 serving
}

metric() {
	curl -fs "http://127.0.0.1:$port/metrics"
}

metrics_agree() {
	same "$(metric | awk '/^kafka_consumergroup_lag{.*consumergroup="analytics"/ {sum += $2} END {print sum + 0}')" \
		"$(of_lag '[.partitions[].lag] | add' --group analytics)" &&
		same "$(metric | awk '/^kafka_consumergroup_lag_sum{consumergroup="analytics"/ {sum += $2} END {print sum + 0}')" \
			"$(of_lag '[.partitions[].lag] | add' --group analytics)" &&
		same "$(metric | grep -c '^kafka_consumergroup_members{consumergroup="order"} 1$')" 1
}

# Two of kafka_exporter's names end as Prometheus would not have it: they stay, or its
# dashboards show nothing. Nothing else is let through.
promtool_agrees() {
	metric | promtool check metrics >"$LIVE_WORK/promtool" 2>&1 || true
	grep -v -e '^kafka_consumergroup_lag_sum non-histogram and non-summary' \
		-e '^kafka_consumergroup_current_offset_sum non-histogram and non-summary' \
		"$LIVE_WORK/promtool" >"$LIVE_WORK/promtool.other" || true
	cat "$LIVE_WORK/promtool.other"
	same "$(wc -l <"$LIVE_WORK/promtool")" 2 && [[ ! -s $LIVE_WORK/promtool.other ]]
}

serve_ends() {
	local code=0
	kill -TERM "$server"
	wait "$server" || code=$?
	server=
	same "$code" 0
}

# ---- the claims ----

orders_end() {
	lab orders --rate 50 --count "$1" --mix ok=80,declined=20 >/dev/null
}

check 'orders are placed and end' orders_end 60
check 'a group that has read everything shows 0' wait_for 30 drained
check 'a group that commits behind its last message has only markers left, and shows 0' \
	foreign_left
kafka_says ${GROUPS_OURS//,/ } "$FOREIGN" >"$LIVE_WORK/kafka.all" || true
grep -v "^$FOREIGN " "$LIVE_WORK/kafka.all" >"$LIVE_WORK/kafka.drained" || true
check 'drained: current, end and lag of every partition are what Kafka'"'"'s tool says' \
	equals_kafka "$LIVE_WORK/kafka.drained"
check 'markers alone: the offsets are what Kafka'"'"'s tool says, and 0 is where it says 1' foreign_agrees
check 'a drained group is OK, also with nobody in it' \
	same "$(of_lag '[.partitions[].status] | unique | join(" ")' --group "$FOREIGN")" OK

lab stop analytics
check 'orders end while analytics is stopped' orders_end 40
check 'the others are drained' wait_for 30 drained order,payment,inventory,notification,gateway
check 'nobody there and messages wait: STOP, at the first look' \
	wait_for 30 has_status analytics STOP
kafka_says ${GROUPS_OURS//,/ } >"$LIVE_WORK/kafka.stopped" || true
check 'a stopped consumer lags in Kafka'"'"'s eyes' grep -q '^analytics .* [1-9][0-9]*$' "$LIVE_WORK/kafka.stopped"
check 'stopped: current, end and lag of every partition are what Kafka'"'"'s tool says' \
	equals_kafka "$LIVE_WORK/kafka.stopped"
check 'the age of what waits is from the first unread message itself' age_is_true
check '--only-with-lag shows those and no others' \
	same "$(of_lag '[.partitions[].lag > 0] | all and length > 0' --group analytics,order --only-with-lag)" true
check '--max-lag exceeded is exit 1 with one sentence' exits_with 1 lab lag --max-lag 0
check '--max-lag not exceeded is exit 0' exits_with 0 lab lag --max-lag 1000000
check '--topic leaves the other topics out' \
	same "$(of_lag '[.partitions[].topic] | unique | join(" ")' --topic order.events --topic payment.events)" \
	'order.events payment.events'

check 'Prometheus is served' serve_start
check 'with the same numbers' metrics_agree
if command -v promtool >/dev/null; then
	check 'and promtool has nothing to say but of two names that are kept' promtool_agrees
else
	echo '     promtool is not here (package prometheus): its check was left out'
fi
check 'SIGTERM ends it with exit 0' serve_ends

# member_starts GROUP: one that reads and never commits.
member_starts() {
	kcat -b "$KAFKA_BOOTSTRAP" -G "$1" -q -X enable.auto.commit=false order.events >/dev/null 2>&1 &
	member=$!
}

member_ends() {
	kill "$member"
	wait "$member" || true
	member=
}

has_member() {
	[[ $(of_lag '.groups[0].members' --group "$1") == 1 && $(of_lag '.groups[0].state' --group "$1") == stable ]]
}
# First in a group that has committed, then in one that has not.
member_starts "$FOREIGN"
check 'a member joins and does not move' wait_for 30 has_member "$FOREIGN"
check 'somebody there who does not move in the window: STALL' has_status "$FOREIGN" STALL --window 2
member_ends
member_starts "$SILENT"
check 'a member joins without a commit' wait_for 30 has_member "$SILENT"
check 'no commit yet is no number' \
	same "$(of_lag '[.partitions[] | "\(.currentOffset) \(.lag)"] | unique | join(",")' --group "$SILENT")" \
	'null null'
member_ends
lab start analytics
check 'started again, it catches up' wait_for 60 drained analytics
check 'its partitions are OK and have their member' \
	same "$(of_lag '[.partitions[] | .status == "OK" and (.consumerId | startswith("analytics-"))] | all' --group analytics)" true

check 'a group nobody knows is exit 2' exits_with 2 lab lag --group nobody-knows
check 'a topic that is not there is exit 2' exits_with 2 lab lag --topic nowhere
check 'an option that is not there is exit 2' exits_with 2 lab lag --no-such-option
check 'a broker that is away is exit 5' exits_with 5 lab lag --kafka-bootstrap 127.0.0.1:1 --timeout-ms 500
live_done
