#!/bin/bash
#
# The read model equals a recount from the owners' databases: after orders down every
# path, after the process was killed around its two commits, after a replay of all
# topics, and when its database was emptied before the replay. About each event there
# is one AnalyticsProcessed, whatever is replayed. Without analytics orders go on.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

# ---- the recount ----

# Statuses and amounts by the minute of creation.
counted_statuses() {
	sql analytics "SELECT minute, label, count, total FROM tally
		WHERE measure = 'status' AND minute > 'epoch' AND count <> 0 ORDER BY 1, 2"
}

owned_statuses() {
	sql order "SELECT date_trunc('minute', created_at), status, count(*), sum(total_amount)
		FROM orders GROUP BY 1, 2 ORDER BY 1, 2"
}

# Every order, payment and reservation, one line each, with what became of it and when.
told_facts() {
	sql analytics "SELECT 'order', order_id, created_at, total_amount, cancellation_reason
		FROM order_fact WHERE created_at IS NOT NULL"
	sql analytics "SELECT 'paid', order_id, paid_at FROM order_fact WHERE paid_at IS NOT NULL"
	sql analytics "SELECT 'refunded', order_id, refunded_at FROM order_fact
		WHERE refunded_at IS NOT NULL"
	sql analytics "SELECT 'declined', order_id, declined_at, decline_reason FROM order_fact
		WHERE declined_at IS NOT NULL"
	sql analytics "SELECT 'reserved', order_id, reserved_at FROM order_fact
		WHERE reserved_at IS NOT NULL AND released_at IS NULL"
	sql analytics "SELECT 'refused', order_id, refused_at, refusal_reason FROM order_fact
		WHERE refused_at IS NOT NULL AND released_at IS NULL"
}

owned_facts() {
	sql order "SELECT 'order', id, created_at, total_amount,
		CASE status WHEN 'Cancelled' THEN cancellation_reason END FROM orders"
	sql payment "SELECT CASE kind WHEN 'capture' THEN 'paid' ELSE 'refunded' END, order_id, at
		FROM payment_transaction t JOIN payment p ON p.id = t.payment_id"
	sql payment "SELECT 'declined', order_id, updated_at, failure_reason FROM payment
		WHERE status = 'Failed'"
	sql inventory "SELECT 'reserved', order_id, updated_at FROM reservation
		WHERE status = 'Reserved'"
	sql inventory "SELECT 'refused', order_id, updated_at, failure_reason FROM reservation
		WHERE status = 'Failed'"
}

# The tally made again from the facts: reasons, and how long each step took in all.
counted_steps() {
	sql analytics "SELECT measure, sum(count), sum(total) FROM tally
		WHERE measure <> 'status' GROUP BY 1 HAVING sum(count) <> 0 ORDER BY 1"
}

recounted_steps() {
	sql analytics "WITH step (measure, begins, ends) AS (
		SELECT s.* FROM order_fact, LATERAL (VALUES
			('created-paid', created_at, paid_at),
			('created-declined', created_at, declined_at),
			('paid-reserved', paid_at, reserved_at),
			('paid-refused', paid_at, refused_at),
			('paid-refunded', paid_at, refunded_at),
			('reserved-completed', reserved_at, completed_at),
			('created-completed', created_at, completed_at),
			('created-cancelled', created_at, cancelled_at)) AS s
		WHERE created_at IS NOT NULL)
	SELECT measure, count(*), sum(greatest(extract(epoch FROM ends - begins) * 1000000, 0))::bigint
	FROM step WHERE begins IS NOT NULL AND ends IS NOT NULL GROUP BY 1
	UNION ALL
	SELECT m, count(*), sum(total_amount) FROM order_fact, LATERAL (VALUES
		('declined', decline_reason), ('refused', refusal_reason),
		('cancelled', cancellation_reason)) AS f (m, reason)
	WHERE created_at IS NOT NULL AND reason IS NOT NULL GROUP BY 1
	ORDER BY 1"
}

# Nothing printed and 0 when the two say the same.
differs() {
	diff <("$1" | sort) <("$2" | sort) | head -n 5
	[[ ${PIPESTATUS[0]} == 0 ]]
}

equals_owners() {
	differs counted_statuses owned_statuses && differs told_facts owned_facts &&
		differs counted_steps recounted_steps
}

settled() {
	no_open_orders && equals_owners
}

model() {
	sql analytics "SELECT * FROM tally WHERE count <> 0 ORDER BY 1, 2, 3"
	sql analytics 'SELECT * FROM order_fact ORDER BY order_id'
}

# ---- what it publishes ----

published_ids() {
	topic analytics.events | jq -r '.headers as $h | $h | index("id") as $at | $h[$at + 1]'
}

# The ids of the stored answers and of the topic are the same, each once.
published_once() {
	diff <(sql analytics 'SELECT id FROM answer' | sort) <(published_ids | sort) | head -n 5
	[[ ${PIPESTATUS[0]} == 0 ]]
}

# Every event that was applied is one answer.
answered_each() {
	same "$(sql analytics 'SELECT count(*) FROM answer')" \
		"$(sql analytics "SELECT count(*) FROM inbox WHERE outcome = 'applied'")"
}

count_published() {
	published_ids | wc -l
}

count_dead() {
	topic dlq.analytics | wc -l
}

# ---- replay, with Kafka's own tool ----

rewind_group() {
	kafka_group --group analytics --reset-offsets --all-topics --to-earliest --execute >"$LIVE_WORK/rewind" 2>&1 &&
		grep -q '^analytics .* 0 *$' "$LIVE_WORK/rewind"
}

# Everything is read, and published as far as it ever will be: the last transaction is through.
caught_up() {
	kafka_group --group analytics --describe 2>&1 | awk '$1 == "analytics" { rows++; lag += $6 }
		END { exit !(rows > 0 && lag == 0) }'
}

# Refused while the stopped process still counts as a member, some seconds.
rewound() {
	wait_for 60 rewind_group || {
		cat "$LIVE_WORK/rewind"
		return 1
	}
}

inbox_seen() {
	[[ $(sql analytics "SELECT count(*) FROM inbox WHERE seen < $1") == 0 ]]
}

inbox_holds() {
	same "$(sql analytics 'SELECT count(*) FROM inbox')" "$1"
}

# ---- the story ----

every_path() {
	lab orders --rate 50 --count 150 >"$LIVE_WORK/orders" 2>&1 || true
	order_place sku-soldout
	check 'analytics equals a recount from order, payment and inventory' wait_for 60 settled
	check 'orders were completed, declined and refused' same \
		"$(sql analytics "SELECT count(DISTINCT measure) FROM tally
			WHERE measure IN ('created-completed', 'declined', 'refused') AND count > 0")" 3
	check 'there is one answer to each event' answered_each
	check 'each answer is in analytics.events once' wait_for 60 published_once
}

told_over_http() {
	request GET /analytics/summary
	check 'the summary counts every order' same "$(field .orders)" \
		"$(sql order 'SELECT count(*) FROM orders')"
	check 'it knows the revenue' same "$(field .revenue)" \
		"$(sql order "SELECT (sum(total_amount) / 100.0)::numeric(18, 2) FROM orders
			WHERE status = 'Completed'")"
	check 'it counts each status' same "$(field '.status | "\(.Pending) \(.Completed) \(.Cancelled)"')" \
		"0 $(sql order "SELECT count(*) FILTER (WHERE status = 'Completed') || ' ' ||
			count(*) FILTER (WHERE status = 'Cancelled') FROM orders")"
	check 'it counts the refusals of the payment provider' same \
		"$(field '[.failures.declined[] | select(.reason == "card_declined") | .orders] | add')" \
		"$(sql payment "SELECT count(*) FROM payment WHERE failure_reason = 'card_declined'
			AND request_id IS NOT NULL")"
	check 'it has sixty minutes' same "$(field '.minutes | length')" 60
	check 'half of all orders are through before nine tenths are' same \
		"$(field '.steps[] | select(.step == "created-completed") | .p50Us > 0 and .p50Us <= .p90Us')" true
	check 'it says how far it is' same "$(field '.lag.eventAt != null and .lag.processedAt != null')" true
	request GET '/analytics/summary?to=2020-01-01T00%3A00%3A00Z'
	check 'before the first order there is nothing' same "$(field '"\(.orders) \(.revenue)"')" '0 0.00'
	request GET '/analytics/summary?from=yesterday'
	check 'a window that is none is refused with 400' same "$STATUS $(field .type)" \
		'400 /problems/bad-query'
}

killed_around_its_commits() {
	local point
	for point in loop.after_commit loop.after_produce loop.after_send_offsets loop.after_transaction; do
		lab stop analytics >/dev/null
		lab start analytics CRASH_AT=$point >/dev/null
		wait_for 30 ready analytics
		order_place sku-cable
		order_place sku-cable 1 card_declined
		check "killed at $point, it equals the recount" wait_for 60 settled
		check "killed at $point, it published each answer once" wait_for 60 published_once
		check "killed at $point, it was" grep -q "\"point\":\"$point\"" "$LAB_RUN/logs/analytics.log"
	done
}

orders_without_it() {
	lab stop analytics >/dev/null
	order_place sku-cable
	check 'without analytics an order is completed' order_ends "$ORDER_ID" Completed
	request GET /analytics/summary
	check 'the summary is refused with 503' same "$STATUS $(field .type)" \
		'503 /problems/analytics-unavailable'
	lab start analytics >/dev/null
	check 'back again, it catches up' wait_for 60 settled
}

replayed() {
	local before published dead events
	before=$(model)
	published=$(count_published)
	dead=$(count_dead)
	events=$(sql analytics 'SELECT count(*) FROM inbox')

	lab stop analytics >/dev/null
	check 'the group is rewound to the beginning' rewound
	lab start analytics >/dev/null
	check 'after the replay every event was seen twice or more' wait_for 60 inbox_seen 2
	check 'and the group is at the end again' wait_for 30 caught_up
	check 'it counts what it counted before' same "$(model | md5sum)" "$(md5sum <<<"$before")"
	check 'it equals the recount' equals_owners
	check 'no answer was published again' published_once

	lab stop analytics >/dev/null
	sql analytics 'TRUNCATE order_fact, tally, progress, answer, inbox, parked_key, parked_message'
	check 'its database is emptied, the group rewound' rewound
	lab start analytics >/dev/null
	check 'after the replay every event is there again' wait_for 60 inbox_holds "$events"
	check 'and the group is at the end again' wait_for 30 caught_up
	check 'it counts what it counted before' same "$(model | md5sum)" "$(md5sum <<<"$before")"
	check 'it equals the recount' equals_owners
	check 'no answer was published again' same "$(count_published)" "$published"
	check 'and no dead letter written again' same "$(count_dead)" "$dead"
}

every_path
told_over_http
killed_around_its_commits
orders_without_it
replayed
live_done
