#!/bin/bash
#
# A group is set back and put where it was; one with members is refused; Kafka's own
# tool reads our files and we read its. And then every topic is read again from 0 by
# every service, and nothing comes of it: no second charge, no second mail, no second
# answer, not one row that differs.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# Always a lab of its own: what is read from 0 must be orders and nothing else.
unset LAB_LIVE
live_start

readonly MAILBOX=$LIVE_WORK/mailbox
readonly GROUPS_ALL=(order payment inventory notification analytics)
readonly TOPICS=(order.events payment.requests inventory.requests payment.events inventory.events
	analytics.events)
mail_pid=

# Leaves the lab as it was found: deliveries simulated, everything running.
finish() {
	[[ -z $mail_pid ]] || kill "$mail_pid" 2>/dev/null || true
	lab stop notification >/dev/null 2>&1 || true
	lab start --keep notification >/dev/null 2>&1 || true
	lab start analytics >/dev/null 2>&1 || true
	live_cleanup
}
trap finish EXIT

mail_up() {
	: >"$MAILBOX"
	"$LIVE_TREE/tests/live/smtp/server.py" --port 0 "$MAILBOX" \
		>"$LIVE_WORK/port" 2>"$LIVE_WORK/mail.err" &
	mail_pid=$!
	wait_for 20 test -s "$LIVE_WORK/port" || cat "$LIVE_WORK/mail.err"
	lab stop notification
	lab start --keep notification SMTP_URL="smtp://127.0.0.1:$(<"$LIVE_WORK/port")" >/dev/null
}

# ---- the tool ----

replay() {
	lab replay "$@"
}

# replay_code CODE ARGUMENT...: it ends so, and says one sentence when that is not 0.
replay_code() {
	local wanted=$1 code=0
	shift
	replay "$@" >"$LIVE_WORK/out" 2>"$LIVE_WORK/err" || code=$?
	if [[ $code != "$wanted" ]]; then
		printf 'code %s, wanted %s\n' "$code" "$wanted"
		cat "$LIVE_WORK/err"
		return 1
	fi
	((code == 0)) || same "$(wc -l <"$LIVE_WORK/err")" 1
}

# tool: past ./lab, which would stop and start the service.
tool_code() {
	local wanted=$1 code=0
	shift
	"$LIVE_TREE/build/tools/replay/replay" "$@" >"$LIVE_WORK/out" 2>"$LIVE_WORK/err" || code=$?
	[[ $code == "$wanted" ]] || {
		printf 'code %s, wanted %s\n' "$code" "$wanted"
		cat "$LIVE_WORK/err"
		return 1
	}
}

# refused CODE WORDS ARGUMENT...
refused() {
	local code=$1 words=$2
	shift 2
	tool_code "$code" "$@" && same "$(wc -l <"$LIVE_WORK/err")" 1 && grep -F -- "$words" "$LIVE_WORK/err"
}

# stands GROUP: where it stands, as topic,partition,offset.
stands() {
	rm -f "$LIVE_WORK/stands.csv"
	tool_code 0 --group "$1" --all-topics --to-current --count-max 0 --export "$LIVE_WORK/stands.csv"
	sort "$LIVE_WORK/stands.csv"
}

behind() {
	"$LIVE_TREE/build/tools/replay/replay" --group "$1" --all-topics --to-latest --count-max 0 \
		--output json | jq .behind
}

all_read() {
	local group
	for group in "${GROUPS_ALL[@]}"; do
		[[ $(behind "$group") == 0 ]] || return 1
	done
}

# ---- the story ----

orders_flow() {
	mail_up
	lab orders --rate 40 --count 120 >"$LIVE_WORK/orders" 2>&1 || true
	check 'every order ended' wait_for 60 no_open_orders
	check 'every service has read everything' wait_for 60 all_read
	check 'every mail is out' wait_for 60 no_mail_waits
}

no_mail_waits() {
	[[ $(sql notification "SELECT count(*) FROM notification WHERE status = 'Pending'") == 0 ]]
}

refusals() {
	local before
	before=$(stands payment)
	local -a whole=(--group payment --all-topics --to-earliest)
	check 'a group with members is refused with 3, and they are named' \
		refused 3 'has 1 member: payment-1 (127.0.0.1)' "${whole[@]}" --execute
	check 'it is waited for no longer than told' refused 3 'has 1 member' "${whole[@]}" --execute --wait 1
	check 'its dry run shows the plan' tool_code 0 "${whole[@]}"
	check 'and says that it would be refused' grep -F 'refused until they have stopped' "$LIVE_WORK/out"
	check 'an unknown group is refused' refused 2 'no group nobody' --group nobody --all-topics --to-earliest
	check 'an unknown topic' refused 2 'no topic nothing' --group payment --topic nothing --to-earliest
	check 'a partition that is not there' refused 2 'no partition 6' \
		--group payment --topic payment.requests:6 --to-earliest
	check 'an offset out of range' refused 2 'out of range' --group payment --all-topics --to-offset 99999999
	check 'a time that is none' refused 2 'is not a time' --group payment --all-topics --to-datetime noon
	check 'a file that is not there' refused 2 'cannot read' --group payment --from-file "$LIVE_WORK/none"
	check 'two selectors' refused 2 'more than once' "${whole[@]}" --to-latest
	check 'an order that is not there' refused 2 'no message of order' \
		order 00000000-0000-7000-8000-000000000000 --group payment
	check 'an order id that is none' refused 2 'not an order id' order 4711 --group payment
	check "a relay's own place" refused 2 'write-ahead log' --group relay.order --all-topics --to-earliest
	check 'a broker that is away is 5' refused 5 'is a broker at 127.0.0.1:1?' \
		"${whole[@]}" --kafka-bootstrap 127.0.0.1:1 --timeout-ms 1000
	check './lab refuses what is wrong before it stops anything' \
		replay_code 2 --group payment --topic nothing --to-earliest --execute
	check 'the group is where it was' same "$(stands payment)" "$before"
}

moves_and_undo() {
	local before end
	before=$(stands analytics)
	lab stop analytics
	check 'a group is set back, once its member has left' tool_code 0 --group analytics --all-topics \
		--shift-by -20 --force-clamp --execute --wait 30 --undo "$LIVE_WORK/undo.csv"
	check 'it says that it looked' grep -F 'read back and as planned' "$LIVE_WORK/out"
	check 'it stands elsewhere then' test "$(stands analytics)" != "$before"
	check 'where it stood was saved first' same "$(sort "$LIVE_WORK/undo.csv")" "$before"
	check 'an undo file is never written over' refused 2 'is there already' --group analytics \
		--all-topics --to-earliest --execute --undo "$LIVE_WORK/undo.csv"
	check 'the file brings it back' tool_code 0 --group analytics --from-file "$LIVE_WORK/undo.csv" \
		--execute --undo "$LIVE_WORK/redo.csv"
	check 'to where it was' same "$(stands analytics)" "$before"
	check 'once more changes nothing' tool_code 0 --group analytics --from-file "$LIVE_WORK/undo.csv" --execute
	check 'and says so' grep -F 'stands there already' "$LIVE_WORK/out"

	check 'a time after the last message is told' tool_code 0 --group analytics --topic order.events \
		--to-datetime 2099-01-01T00:00:00+01:00
	check 'in UTC too' grep -F 'from 2098-12-31T23:00:00.000000Z' "$LIVE_WORK/out"
	check 'with what it means' grep -F 'nothing at that time or later: the end' "$LIVE_WORK/out"
	end=$(topic order.events | jq -r .offset | wc -l)
	check 'what comes again is counted by reading' tool_code 0 --group analytics --topic order.events \
		--to-earliest --output json
	check 'message by message' same "$(jq -r '"\(.replays) \(.counted)"' "$LIVE_WORK/out")" "$end true"
}

kafkas_files() {
	kafka_group --group analytics --reset-offsets --all-topics --to-current --dry-run --export \
		2>"$LIVE_WORK/java.err" | sort >"$LIVE_WORK/kafka.csv" || cat "$LIVE_WORK/java.err"
	check 'our file is the one that kafka-consumer-groups.sh writes' same \
		"$(grep -v '^$' "$LIVE_WORK/kafka.csv")" "$(stands analytics)"
	check 'we read its file' tool_code 0 --group analytics --from-file "$LIVE_WORK/kafka.csv"
	check 'and find the group there' same "$(grep -c ' stays$' "$LIVE_WORK/out")" 18
	kafka_group --group analytics --group analytics.published --reset-offsets --all-topics --to-current --dry-run \
		--export >"$LIVE_WORK/two.csv" 2>"$LIVE_WORK/java.err" || cat "$LIVE_WORK/java.err"
	check 'we read its file of several groups' tool_code 0 --group analytics --from-file "$LIVE_WORK/two.csv"
	check 'and take our lines of it' same "$(grep -c ' stays$' "$LIVE_WORK/out")" 18
	sed 's/[0-9]*$/0/' "$LIVE_WORK/undo.csv" >"$LIVE_WORK/ours.csv"
	kafka_group --group analytics --reset-offsets --from-file "$LIVE_WORK/ours.csv" --execute \
		>"$LIVE_WORK/kafka.out" 2>"$LIVE_WORK/java.err" || cat "$LIVE_WORK/java.err"
	check 'it reads ours and goes there' same "$(stands analytics)" "$(sort "$LIVE_WORK/ours.csv")"
}

one_order() {
	local id first
	id=$(sql order "SELECT id FROM orders WHERE status = 'Completed' ORDER BY id DESC LIMIT 1")
	tool_code 0 --group analytics --from-file "$LIVE_WORK/undo.csv" --execute --undo "$LIVE_WORK/undo2.csv"
	check 'the messages of one order are found' tool_code 0 order "$id" --group analytics --output json
	check 'all that analytics has read of it' same "$(jq '.order.events | length' "$LIVE_WORK/out")" \
		"$(for t in order.events payment.events inventory.events; do topic "$t"; done |
			jq -r .key | grep -c "$id")"
	first=$(jq -c '[.order.events | group_by(.topic)[] | min_by(.offset) | [.topic, .partition, .offset]]' "$LIVE_WORK/out")
	check 'the group is set back to the first in each partition' same \
		"$(jq -c '[.partitions[] | [.topic, .partition, .newOffset]]' "$LIVE_WORK/out")" "$first"
	check 'and goes there' tool_code 0 order "$id" --group analytics --execute --undo "$LIVE_WORK/order.csv"
	lab start analytics >/dev/null
	check 'it reads them again, and what stands behind them' wait_for 60 all_read
}

# ---- everything again ----

money() {
	sql payment "SELECT kind, count(*), sum(amount) FROM payment_transaction GROUP BY 1 ORDER BY 1"
	sql payment "SELECT count(*), sum(amount) FROM provider.charge"
	sql payment "SELECT count(*), sum(amount) FROM provider.refund"
}

mails() {
	sql notification "SELECT type, status, count(*) FROM notification GROUP BY 1, 2 ORDER BY 1, 2"
	jq -r '.headers["Message-ID"]' "$MAILBOX" | sort
}

stock() {
	sql inventory 'SELECT product_id, on_hand, reserved FROM stock ORDER BY 1'
	sql inventory 'SELECT status, count(*) FROM reservation GROUP BY 1 ORDER BY 1'
}

# What a reader of committed messages counts, by topic.
messages() {
	local name
	for name in "${TOPICS[@]}"; do
		printf '%s %s\n' "$name" "$(topic "$name" | wc -l)"
	done
}

# least_seen GROUP: how often the event was delivered that was delivered least.
least_seen() {
	sql "$1" "SELECT coalesce(min(seen), 0) FROM inbox"
}

everything_again() {
	local group money mails stock messages
	local -A pids=() seen=()
	money=$(money) mails=$(mails) stock=$(stock) messages=$(messages)
	for group in "${GROUPS_ALL[@]}"; do
		seen[$group]=$(least_seen "$group")
		replay --group "$group" --all-topics --to-earliest --execute >"$LIVE_WORK/$group.out" 2>&1 &
		pids[$group]=$!
	done
	for group in "${GROUPS_ALL[@]}"; do
		check "$group reads everything from 0 again and no row differs" ended "$group" "${pids[$group]}"
		check "$group counts every event once more" within "$(least_seen "$group")" \
			"$((${seen[$group]} + 1))" 1000000
		sed -n 's/^\([0-9]* messages* of .*\) come.*/\1/p; s/^state of [a-z]*: /compared: /p' \
			"$LIVE_WORK/$group.out" | sed "s/^/# $group: /"
	done
	check 'every process is ready' wait_for 30 all_ready
	check 'no second charge, no second refund' same "$(money)" "$money"
	check 'no second mail' same "$(mails)" "$mails"
	check 'stock and reservations are as before' same "$(stock)" "$stock"
	check 'no topic has a message more' same "$(messages)" "$messages"
	printf '# %s\n' "$(tr '\n' ' ' <<<"$messages")"
}

# ended GROUP PID
ended() {
	if ! wait "$2" || ! grep -qx '  equal' "$LIVE_WORK/$1.out"; then
		tail -n 12 "$LIVE_WORK/$1.out"
		return 1
	fi
}

orders_flow
refusals
moves_and_undo
kafkas_files
one_order
everything_again
live_done
