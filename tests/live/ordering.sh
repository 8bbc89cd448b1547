#!/bin/bash
#
# The order of a key: held under three consumers, lost in each of seven ways, and kept
# with the one thing changed; nothing of it stays behind.
#
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
live_start

# exits CODE ARGUMENT...: of ./lab ordering; what it said is in report and words.
exits() {
	local code=0
	lab ordering "${@:2}" >"$LIVE_WORK/report" 2>"$LIVE_WORK/words" || code=$?
	same "$code" "$1" || {
		tail -n 3 "$LIVE_WORK/report" "$LIVE_WORK/words"
		return 1
	}
}

played() {
	jq -r '.cases[].name' "$LIVE_WORK/report" | sort -u | paste -sd' '
}

no_topic_is_left() {
	! lab kcat -L | grep -F 'topic "ordering.'
}

order_place sku-sticker
check 'an order completes, so that order.events holds something' order_ends "$ORDER_ID" Completed
check 'every case comes out as predicted' exits 0 run --output json
check 'all nine were played' same "$(played)" \
	'holds no-key order-events other-partitioner partitions-added producer-retries retry-topic thread-pool zombie'
check 'their topics are gone' wait_for 10 no_topic_is_left
check 'a case alone is shown as lanes' exits 0 run retry-topic
check 'with its violations marked' grep -q '^  partition 0 |' "$LIVE_WORK/report"
check 'a case that is none is refused' exits 2 run weather
check 'in one sentence' same "$(wc -l <"$LIVE_WORK/words")" 1
check 'a broker that is away has its own exit code' exits 5 run no-key --kafka-bootstrap 127.0.0.1:1
live_done
