#!/bin/bash
#
# The secure stack (deploy/kafka/secure.yaml): orders run to their ends in it, and nobody may
# do what is not his: each process on each topic, group and transactional id; who has another
# certificate or none; Redis; each database.
#
# What is right stands here a second time, by hand: acls.conf is what is tested.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/secure/doors.sh"

readonly PRINCIPALS=(order payment inventory notification analytics gateway relay-order relay-payment topics lag tools)
readonly TOPICS=(order.events payment.requests inventory.requests payment.events inventory.events
	analytics.events dlq.order dlq.payment dlq.inventory dlq.notification dlq.analytics relay.positions replay.audit)
readonly GROUPS_ALL=(order payment inventory inventory.published notification analytics analytics.published
	gateway relay.order relay.payment replay.dlq.payment orders.x ordering.x)

declare -rA READS=(
	[order]='payment.events inventory.events'
	[payment]='payment.requests'
	[inventory]='inventory.requests'
	[notification]='order.events payment.events'
	[analytics]='order.events payment.events inventory.events'
	[gateway]='inventory.events'
	[relay-order]='relay.positions'
	[relay-payment]='relay.positions'
	[topics]=''
	[lag]="${TOPICS[*]}"
	[tools]="${TOPICS[*]}"
)
declare -rA WRITES=(
	[order]='dlq.order'
	[payment]='dlq.payment'
	[inventory]='inventory.events dlq.inventory'
	[notification]='dlq.notification'
	[analytics]='analytics.events dlq.analytics'
	[gateway]=''
	[relay-order]='order.events payment.requests inventory.requests'
	[relay-payment]='payment.events'
	[topics]=''
	[lag]=''
	# A person puts dead letters back where they came from.
	[tools]='order.events payment.requests inventory.requests payment.events inventory.events replay.audit'
)
declare -rA JOINS=(
	[order]='order'
	[payment]='payment'
	[inventory]='inventory inventory.published'
	[notification]='notification'
	[analytics]='analytics analytics.published'
	[gateway]='gateway'
	[relay-order]='relay.order'
	[relay-payment]='relay.payment'
	[topics]=''
	[lag]=''
	[tools]='order payment inventory notification analytics gateway replay.dlq.payment orders.x ordering.x'
)
# Of each kind one that nobody uses: whoever may use it fences its owner.
readonly IDS=(order-999-9 payment-999-9 inventory-999-9 notification-999-9 analytics-999-9
	relay.order-9 relay.payment-9 replay.dlq.x-9 ordering.x-9)
declare -rA TRANSACTS=(
	[order]='order-999-9'
	[payment]='payment-999-9'
	[inventory]='inventory-999-9'
	[notification]='notification-999-9'
	[analytics]='analytics-999-9'
	[gateway]=''
	[relay-order]='relay.order-9'
	[relay-payment]='relay.payment-9'
	[topics]=''
	[lag]=''
	[tools]='replay.dlq.x-9 ordering.x-9'
)

# ---- asking Kafka as somebody ----

export IDENTITIES=$LIVE_WORK/identities

# identities_make: a certificate for everybody, as only root of this machine could: Kafka has
# the same rules for whoever comes in by it and by password.
identities_make() {
	local name
	mkdir -p "$IDENTITIES"
	secret_of authority/ca.pem >"$IDENTITIES/ca.pem"
	secret_of authority/key.pem >"$IDENTITIES/ca.key"
	for name in "${PRINCIPALS[@]}" acls; do
		certificate_make "$name" "$IDENTITIES" "$IDENTITIES/$name.pem"
	done
	rm "$IDENTITIES/ca.key"
}

# as PRINCIPAL KCAT ARGUMENT...
as() {
	timeout 20 kcat -F /dev/null -b "$KAFKA_BOOTSTRAP" -X security.protocol=ssl \
		-X ssl.ca.location="$IDENTITIES/ca.pem" -X ssl.certificate.location="$IDENTITIES/$1.pem" \
		-X ssl.key.location="$IDENTITIES/$1.pem" "${@:2}" 2>&1 | tr -cd '[:print:]\n'
}

# answer PRINCIPAL THING KIND SUCCESS: what was said, in a word; all of it when it is neither.
answer() {
	local said
	said=$(tail -c 2000)
	case $said in
	*"$3 authorization failed"*) echo "$1 $2 no" ;;
	*"$4"*) echo "$1 $2 yes" ;;
	*) echo "$1 $2 ? $said" | tr '\n' ' ' ;;
	esac
}

# To the end of a partition, which is told.
probe_reads() {
	as "$1" -C -t "$2" -p 0 -o -1 -e -X enable.partition.eof=true | answer "$1" "$2" Topic 'Reached end of topic'
}

# With a number of acknowledgements that no broker takes: nothing is written, and rights are
# looked at before.
probe_writes() {
	echo x | as "$1" -P -t "$2" -p 0 -X acks=2 -X message.timeout.ms=5000 |
		answer "$1" "$2" Topic 'Invalid required acks'
}

# Never as one that may: it would take partitions.
probe_joins() {
	as "$1" -G "$2" -q "$3" | answer "$1" "$2" Group 'Group is joined'
}

probe_transacts() {
	as "$1" -P -t replay.audit -X transactional.id="$2" </dev/null |
		answer "$1" "$2" 'Transactional Id' 'successfully committed'
}
export -f as answer probe_reads probe_writes probe_joins probe_transacts

# side_by_side PROBE: with each line of stdin as its arguments.
side_by_side() {
	xargs -P 4 -L 1 bash -c "$1"' "$@"' _ | sort
}

# pairs THING...: each principal with each.
pairs() {
	local principal thing
	for principal in "${PRINCIPALS[@]}"; do
		for thing in "$@"; do
			printf '%s %s\n' "$principal" "$thing"
		done
	done
}

# expected TABLE THING...: "principal thing yes|no", by the tables above.
expected() {
	local -n table=$1
	local principal thing
	shift
	while read -r principal thing; do
		[[ " ${table[$principal]} " == *" $thing "* ]] && echo "$principal $thing yes" || echo "$principal $thing no"
	done < <(pairs "$@") | sort
}

# matrix VERB PROBE TABLE THING...
matrix() {
	local verb=$1 probe=$2 principal
	pairs "${@:4}" | side_by_side "$probe" >"$LIVE_WORK/got"
	expected "${@:3}" >"$LIVE_WORK/wanted"
	for principal in "${PRINCIPALS[@]}"; do
		check "$principal $verb exactly what it should" diff \
			<(grep "^$principal " "$LIVE_WORK/wanted") <(grep "^$principal " "$LIVE_WORK/got")
	done
}

groups() {
	local -n reads=READS
	local principal group first
	while read -r principal group; do
		first=${reads[$principal]%% *}
		[[ " ${JOINS[$principal]} " == *" $group "* ]] || echo "$principal $group ${first:-order.events}"
	done < <(pairs "${GROUPS_ALL[@]}") | side_by_side probe_joins >"$LIVE_WORK/got"
	for principal in "${PRINCIPALS[@]}"; do
		check "$principal joins no group that is not its own" same \
			"$(grep "^$principal " "$LIVE_WORK/got" | grep -v ' no$' || true)" ''
	done
	check 'every foreign group was tried' within "$(wc -l <"$LIVE_WORK/got")" 110 143
}

may_not_make() {
	local said
	printf 'stranger.%s 1 1h test\n' "$1" >"$LIVE_WORK/stranger.conf"
	said=$(KAFKA_CERTIFICATE=$IDENTITIES/$1.pem program topics --file "$LIVE_WORK/stranger.conf" 2>&1) && return 1
	[[ $said == *uthorization* ]] || { echo "$said" && return 1; }
}

may_not_allow() {
	local said
	said=$(KAFKA_BROKER=$KAFKA_BOOTSTRAP KAFKA_CERTIFICATE=$IDENTITIES/$1.pem program acls \
		--file "$LIVE_TREE/deploy/kafka/acls.conf" --look 2>&1) && return 1
	[[ $said == *'only a super user'* ]] || { echo "$said" && return 1; }
}

makers() {
	local principal
	for principal in "${PRINCIPALS[@]}"; do
		[[ $principal == topics ]] || check "$principal makes no topic" may_not_make "$principal"
		check "$principal makes no rule" may_not_allow "$principal"
	done
	check 'the rules are those of acls.conf and no others' env KAFKA_BROKER="$KAFKA_BOOTSTRAP" \
		KAFKA_CERTIFICATE="$IDENTITIES/acls.pem" "$(program_path acls)" --file "$LIVE_TREE/deploy/kafka/acls.conf" --look
}

# ---- all of it ----

orders_pass() {
	check "$1: every order comes to its end" lab orders --rate 20 --count 100 --ledger "$LIVE_WORK/ledger.tsv"
	check "$1: every invariant holds" lab verify --wait 60 --ledger "$LIVE_WORK/ledger.tsv"
	rm -f "$LIVE_WORK/ledger.tsv"
}

commands() {
	order_place sku-cable
	check 'an order completes' order_ends "$ORDER_ID" Completed
	check 'status: everything is ready' all_ready
	check 'timeline shows it from every source' lab timeline "$ORDER_ID"
	check 'lag: nobody is behind' lab lag --max-lag 100
	check 'kcat reads' lab kcat -C -q -t order.events -o beginning -c 1 -e
	check 'replay moves a group back, and nothing changes' lab replay --group payment --all-topics --to-earliest --execute
	check 'replay dlq looks' lab replay dlq --group payment
	check 'ordering makes topics of its own and takes them away' lab ordering run no-key zombie
}

three_brokers() {
	lab down >/dev/null
	lab clean --yes >/dev/null
	lab up --ha --secure
	eval "$(lab env)"
	check 'three brokers' same "$(lab kcat -L -J 2>/dev/null | jq '.brokers | length')" 3
	lab stop kafka-2 >/dev/null
	orders_pass 'one broker of three stopped'
}

stack_start --secure
identities_make
orders_pass 'all passwords and certificates right'
commands
matrix reads probe_reads READS "${TOPICS[@]}"
matrix writes probe_writes WRITES "${TOPICS[@]}"
matrix 'uses transactional ids:' probe_transacts TRANSACTS "${IDS[@]}"
groups
makers
doors_of_kafka
doors_of_redis
doors_of_postgres
secrets_stay
orders_pass 'after all that'
three_brokers
live_done
