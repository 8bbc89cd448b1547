#!/bin/bash
#
# Customers are told once, by a mail server that is there, slow, dead or refusing,
# by a service that is killed in the middle, and after every topic was read again;
# and orders never notice.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

readonly MAILBOX=$LIVE_WORK/mailbox KILLS=3 SENDERS=2
mail_pid=
mail_port=0

# Leaves the lab as it was found: deliveries simulated.
finish() {
	mail_down
	lab stop notification >/dev/null 2>&1 || true
	lab start --keep notification >/dev/null 2>&1 || true
	live_cleanup
}
trap finish EXIT

# ---- the mail server ----

# mail_up [ARGUMENT]...: on the port of the first time; what it takes is added to the mailbox.
mail_up() {
	: >"$LIVE_WORK/port"
	"$LIVE_TREE/tests/live/smtp/server.py" --port "$mail_port" "$@" "$MAILBOX" \
		>"$LIVE_WORK/port" 2>>"$LIVE_WORK/mail.err" &
	mail_pid=$!
	wait_for 20 test -s "$LIVE_WORK/port" || cat "$LIVE_WORK/mail.err"
	mail_port=$(<"$LIVE_WORK/port")
}

mail_down() {
	[[ -n $mail_pid ]] || return 0
	kill "$mail_pid" 2>/dev/null || true
	wait "$mail_pid" 2>/dev/null || true
	mail_pid=
}

mail_again() {
	mail_down
	mail_up "$@"
}

mails() {
	wc -l <"$MAILBOX"
}

message_ids() {
	jq -r '.headers["Message-ID"]' "$MAILBOX"
}

# ---- what is and what should be ----

# Orders of this test alone: under ./lab test others came before.
since=$(sql order 'SELECT now()')

dead_letters() {
	topic dlq.notification | wc -l
}
dead_before=$(dead_letters)

# wanted: "order type" of all that customers must be told, by what order and payment hold.
wanted() {
	sql order "SELECT id || ' Order' || status FROM orders
		WHERE status IN ('Completed', 'Cancelled') AND created_at >= '$since'"
	sql payment "SELECT order_id || ' PaymentFailed' FROM payment
		WHERE status = 'Failed' AND failure_reason <> 'voided' AND created_at >= '$since'"
}

# recorded STATUS
recorded() {
	sql notification "SELECT order_id || ' ' || type FROM notification
		WHERE created_at >= '$since' AND status = '$1'"
}

all_sent() {
	diff <(wanted | sort) <(recorded Sent | sort)
}

count_of() {
	sql notification "SELECT count(*) FROM $1"
}

twice_sent() {
	count_of "(SELECT event_id FROM delivery_attempt WHERE outcome IN ('Sent', 'Simulated')
		GROUP BY event_id HAVING count(*) > 1) AS twice"
}

pending_is() {
	same "$(count_of "notification WHERE status = 'Pending'")" "$1"
}

# sent_passes NUMBER: so many and more are recorded as sent.
sent_passes() {
	[[ $(count_of "notification WHERE status = 'Sent'") -gt $1 ]]
}

# The mailbox holds every notification that is recorded as sent, and nothing else.
mailbox_is_complete() {
	diff <(sql notification "SELECT '<' || event_id || '@customers.example>' FROM notification
		WHERE status = 'Sent' AND created_at >= '$since'" | sort) <(message_ids | sort -u)
}

# told ORDER: "Type/Status/attempts" of each, as the service's own page says it.
told() {
	curl -fs "$NOTIFICATION_URL/notifications?orderId=$1" |
		jq -r '[.notifications[] | "\(.type)/\(.status)/\(.attempts | length)"] | sort | join(" ")'
}

# mail_of TYPE FILTER: of the one mail whose subject has the order that was placed last.
mail_of() {
	jq -r --arg id "$ORDER_ID" "select((.headers.Subject + .body) | contains(\$id)) |
		select(.headers.Subject | test(\"$1\")) | $2" "$MAILBOX"
}

# told_is WORDS: of the order placed last.
told_is() {
	same "$(told "$ORDER_ID")" "$1"
}

# with_mail: the service anew, with the mail server and short times.
with_mail() {
	lab stop notification
	lab start --keep notification SMTP_URL="smtp://127.0.0.1:$mail_port" SMTP_TIMEOUT_MS=2000 \
		NOTIFICATION_RETRY_FIRST_MS=200 NOTIFICATION_RETRY_PAUSE_MAX_MS=1000 >/dev/null
}

# ---- the story ----

three_paths() {
	mail_up
	with_mail
	order_place sku-cable 2
	check 'a completed order' order_ends "$ORDER_ID" Completed
	check 'is told of by one mail' wait_for 20 all_sent
	check 'it says so in its subject' same "$(mail_of complete .headers.Subject)" \
		"Your order $ORDER_ID is complete"
	check 'it goes to the customer' same "$(mail_of complete '.to[0]')" live@customers.example
	check 'the page of the order says the same' same "$(told "$ORDER_ID")" OrderCompleted/Sent/1

	order_place sku-cable 1 card_declined
	check 'an order whose payment fails' order_ends "$ORDER_ID" Cancelled
	check 'is told of by two' wait_for 20 all_sent
	check 'the payment, with its amount' same "$(mail_of payment .headers.Subject)" \
		'The payment of 12.30 failed'
	check 'and its reason' same "$(mail_of payment .body | grep -c card_declined)" 1
	check 'and the order that was cancelled' same "$(told "$ORDER_ID")" \
		'OrderCancelled/Sent/1 PaymentFailed/Sent/1'

	order_place sku-soldout
	check 'an order without stock' order_ends "$ORDER_ID" Cancelled
	check 'is told of by one mail, with the reason' wait_for 20 all_sent
	check 'which is out_of_stock' same "$(mail_of cancelled .body | grep -c out_of_stock)" 1
	check 'four mails came in all' same "$(mails)" 4
}

server_down() {
	local sent
	sent=$(mails)
	mail_down
	lab orders --rate 20 --count 100 >"$LIVE_WORK/orders.txt" 2>&1
	check 'with the mail server down every order ends' no_open_orders
	check 'what could not be sent is not lost' wait_for 20 pending_is "$(($(wanted | wc -l) - sent))"
	check 'and was tried' within \
		"$(count_of "delivery_attempt WHERE outcome = 'Unreachable'")" 1 1000000
	mail_up
	check 'when the server is back all of it arrives' wait_for 60 all_sent
	check 'each once' same "$(message_ids | sort | uniq -d | wc -l)" 0
	check 'and all of it' mailbox_is_complete
}

refusal() {
	mail_again --refuse live@
	order_place sku-cable
	check 'an order whose customer the mail server does not know completes' \
		order_ends "$ORDER_ID" Completed
	check 'its notification is Failed at once' wait_for 20 told_is OrderCompleted/Failed/1
	check 'and says why' same "$(curl -fs "$NOTIFICATION_URL/notifications?orderId=$ORDER_ID" |
		jq -r '.notifications[0].attempts[0] | "\(.outcome) \(.detail[:9])"')" 'Refused reply 550'
	refused_order=$ORDER_ID
	mail_again
}

wanted_without_refused() {
	wanted | grep -v "^$refused_order "
}

all_sent_but_refused() {
	diff <(wanted_without_refused | sort) <(recorded Sent | sort)
}

died_at() {
	[[ $(lab status --json | jq -r '.processes[] | select(.name == "notification") | .pid') != "$1" ]] &&
		ready notification
}

killed_between_sending_and_recording() {
	local pid
	lab stop notification
	lab start notification CRASH_AT=delivery.after_send:3
	wait_for 30 ready notification
	pid=$(<"$LAB_RUN/pids/notification")
	lab orders --rate 20 --count 20 --mix ok=1 >"$LIVE_WORK/orders.txt" 2>&1
	check 'killed between the 250 and the record, it is started again' wait_for 30 died_at "$pid"
	check 'and nothing is missing' wait_for 60 all_sent_but_refused
	check 'all of it is in the mailbox' mailbox_is_complete
	check 'what was in doubt is an attempt without an outcome' within \
		"$(count_of "delivery_attempt WHERE outcome IS NULL AND started_at >= '$since'")" 1 "$SENDERS"
	check 'its mail came again, under the same Message-ID' within \
		"$(message_ids | sort | uniq -d | wc -l)" 1 "$SENDERS"
	check 'and is recorded as sent once' same "$(twice_sent)" 0
}

killed_at_random() {
	local load i before
	before=$(count_of "notification WHERE status = 'Sent'")
	mail_again --delay-ms 20
	lab orders --rate 50 --count 400 >"$LIVE_WORK/orders.txt" 2>&1 &
	load=$!
	for ((i = 1; i <= KILLS; i++)); do
		check "deliveries are under way before kill $i" wait_for 30 sent_passes "$((before + 40 * i))"
		lab kill notification >/dev/null
		check "it is ready again after kill $i" wait_for 30 ready notification
	done
	check 'meanwhile every order ended' wait "$load"
	check 'after all kills nothing is missing' wait_for 90 all_sent_but_refused
	check 'all of it is in the mailbox' mailbox_is_complete
	check 'none is recorded twice' same "$(twice_sent)" 0
	check 'no more came twice than were in doubt' within \
		"$(message_ids | sort | uniq -d | wc -l)" 0 "$(((KILLS + 1) * SENDERS))"
	printf '# %s mails came twice, in %s kills\n' "$(message_ids | sort | uniq -d | wc -l)" "$((KILLS + 1))"
}

# ---- all topics again, from the beginning ----

# Refused while the stopped process still counts as a member, some seconds.
rewind() {
	kafka_group --group notification --reset-offsets --all-topics --to-earliest --execute 2>&1 |
		grep -q '^notification .* 0 *$'
}

# read_again N: every event was seen so many times.
read_again() {
	[[ $(count_of "inbox WHERE seen < $1") == 0 ]]
}

inbox_has() {
	same "$(count_of inbox)" "$1"
}

replayed() {
	local mails_before log_before events
	mails_before=$(mails)
	log_before=$(sql notification 'SELECT * FROM notification ORDER BY event_id' | md5sum)
	lab stop notification
	check 'the group is set back to the beginning of both topics' wait_for 60 rewind
	lab start notification >/dev/null
	check 'every event is read again' wait_for 60 read_again 2
	check 'and nothing is told again' same \
		"$(sql notification 'SELECT * FROM notification ORDER BY event_id' | md5sum)" "$log_before"

	# The same without the inbox: what was told is known by order and kind.
	events=$(count_of inbox)
	lab stop notification
	sql notification 'DELETE FROM inbox'
	check 'the group is set back once more, its inbox forgotten' wait_for 60 rewind
	lab start notification >/dev/null
	check 'every event is taken anew' wait_for 60 inbox_has "$events"
	check 'and nothing is told again then either' same \
		"$(sql notification 'SELECT * FROM notification ORDER BY event_id' | md5sum)" "$log_before"
	check 'no mail came of it' same "$(mails)" "$mails_before"
}

# ---- orders do not notice ----

orders_run() {
	lab orders --rate 50 --count 500 --output json >"$LIVE_WORK/orders.json"
}

# orders_with SENTENCE: 50 orders a second, all to their ends; its figures are shown.
orders_with() {
	check "$1: every accepted order ends" orders_run
	check "$1: all 500 are accepted" same "$(jq .all.accepted "$LIVE_WORK/orders.json")" 500
	jq -r --arg with "$1" '.all as $all | .latencyUs.toTerminal as $us |
		"# \($with): \($all.completed) completed, \($all.cancelled) cancelled, \($all.open) open; " +
		"to terminal p50 \($us.p50 / 1000) ms, p99 \($us.p99 / 1000) ms"' "$LIVE_WORK/orders.json"
}

# The old and the young: what is forgotten after ninety days. Nothing is waited for here,
# so the statements are those of the sweep, run by hand.
forgotten() {
	local kept
	kept=$(count_of notification)
	sql notification "UPDATE notification SET created_at = created_at - interval '91 days'
		WHERE order_id = '$refused_order'"
	sql notification "UPDATE customer_order SET created_at = created_at - interval '91 days'
		WHERE order_id = '$refused_order'"
	lab psql notification -X -q -A -t -f "$LIVE_TREE/services/notification/sql/forget.sql" \
		-c 'EXECUTE customer_order_forget' -c 'EXECUTE notification_forget' \
		-c 'EXECUTE notification_forget' -c 'EXECUTE customer_order_forget' >"$LIVE_WORK/forgotten"
	check 'an old notification goes, then its customer, and nothing else' same \
		"$(paste -sd' ' "$LIVE_WORK/forgotten")" '0 1 0 1'
	check 'with its attempts' same "$(count_of notification) $(told "$refused_order")" "$((kept - 1)) "
}

orders_do_not_notice() {
	# A broker that has been busy for a while answers faster: not the first run's merit.
	orders_run || true
	orders_with 'notification well'
	lab stop notification
	orders_with 'notification stopped'
	mail_again --delay-ms 1000
	lab start notification >/dev/null
	orders_with 'notification with a mail server of one second a mail'
	check 'which is behind then' within "$(count_of "notification WHERE status = 'Pending'")" 100 100000
	mail_again
	check 'and catches up with all of it when the server is fast again' wait_for 120 all_sent_but_refused
	check 'the mailbox has all of it' mailbox_is_complete
	check 'none is recorded twice' same "$(twice_sent)" 0
}

three_paths
server_down
refusal
killed_between_sending_and_recording
killed_at_random
replayed
orders_do_not_notice
forgotten
check 'nothing became a dead letter' same "$(dead_letters)" "$dead_before"
check 'every process is ready' wait_for 30 all_ready
live_done
