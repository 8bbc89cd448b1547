/*
 * What becomes of a lane when a step fails: the thirty errors of a transaction turned
 * into aborted, recreated or fenced.
 */
#include <assert.h>
#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>

#include "outcome.h"

/* An abort that hangs is given up soon: a new producer ends the transaction as surely. */
#define ABORT_PATIENCE_US (2 * US_PER_S)

void lane_move(struct lane *lane, enum txn_event event)
{
	enum txn_state next = txn_next(lane->state, event);

	assert(next != TXN_STATES);
	lane->state = next;
}

int64_t lane_patience_us(const struct lane *lane)
{
	return clock_monotonic_us() + lane->config->transaction_timeout_ms * US_PER_MS;
}

/* Milliseconds left, at least 1: 0 would mean "do not wait" and -1 "for ever". */
int lane_left_ms(int64_t until_us)
{
	int64_t left_us = until_us - clock_monotonic_us();

	return left_us > US_PER_MS ? (int)(left_us / US_PER_MS) : 1;
}

/*
 * The coordinator bumps the epoch for two reasons: another producer took the id, or
 * our transaction outlived its time-out. Only in a transaction that is older than
 * the time-out can it have been the second.
 */
static bool is_ousted(const struct lane *lane)
{
	int64_t age_us = clock_monotonic_us() - lane->begun_us;

	if (lane->state != TXN_OPEN && lane->state != TXN_COMMITTING)
		return true;
	return age_us < lane->config->transaction_timeout_ms * US_PER_MS;
}

int lane_oust(struct lane *lane)
{
	lane_move(lane, TXN_OUSTED);
	lane_close(lane);
	return fault(
		FAULT_STATE, "fenced: another process holds the transactional id %s", lane->id);
}

/*
 * Makes a new producer at once, because that is what ends the old transaction at
 * the coordinator. Should it not succeed now, the next begin tries again.
 */
static int lose(struct lane *lane, const char *why)
{
	log_warning("transaction lost its producer, its end is unknown",
		LOG_TEXT("transactional_id", lane->id),
		LOG_TEXT("state", txn_state_name(lane->state)), LOG_TEXT("detail", why));
	lane_move(lane, TXN_LOST);
	lane_close(lane);
	(void)lane_make(lane, lane_patience_us(lane));
	return BUS_RECREATED;
}

/* Aborts; @why is what led to it. The outcome is BUS_ABORTED unless the abort failed too. */
int lane_undo(struct lane *lane, const char *why)
{
	int64_t until_us = clock_monotonic_us() + ABORT_PATIENCE_US;
	rd_kafka_error_t *error;
	enum client_error kind;
	char words[CLIENT_WORDS_SIZE];

	log_warning("transaction is aborted", LOG_TEXT("transactional_id", lane->id),
		LOG_TEXT("detail", why));
	do {
		error = rd_kafka_abort_transaction(lane->client, lane_left_ms(until_us));
		if (error == NULL) {
			lane_move(lane, TXN_UNDONE);
			lane_close(lane);
			return BUS_ABORTED;
		}
		kind = client_error_of(error);
		snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
		rd_kafka_error_destroy(error);
	} while (kind == CLIENT_RETRY && clock_monotonic_us() < until_us);

	if (kind == CLIENT_FENCED && is_ousted(lane))
		return lane_oust(lane);
	return lose(lane, words);
}

/* Aborts because of @code. What would fail again in the same way is a fault, not an outcome. */
static int undo_for(struct lane *lane, int code, const char *why)
{
	int kind = client_fault_kind(code);
	char words[CLIENT_WORDS_SIZE];
	int r;

	snprintf(words, sizeof(words), "%s", why);
	r = lane_undo(lane, words);
	if (r == BUS_ABORTED && (kind == FAULT_BUS_CONFIG || kind == FAULT_LIMIT))
		return fault((enum fault)kind, "transaction aborted: %s", words);
	return r;
}

/*
 * librdkafka fails a transaction first and then, with some other error, the step that
 * comes next. A commit is refused with the first cause.
 */
static int undo_for_cause(struct lane *lane)
{
	rd_kafka_error_t *error = rd_kafka_commit_transaction(lane->client, -1);
	enum client_error kind;
	char words[CLIENT_WORDS_SIZE];
	int code;

	assert(error);
	kind = client_error_of(error);
	code = (int)rd_kafka_error_code(error);
	snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	if (kind == CLIENT_ABORT)
		return undo_for(lane, code, words);
	if (kind == CLIENT_FENCED && is_ousted(lane))
		return lane_oust(lane);
	return lose(lane, words);
}

/* Answers a step that failed with @error, which it destroys. */
int lane_answer(struct lane *lane, rd_kafka_error_t *error)
{
	enum client_error kind = client_error_of(error);
	char words[CLIENT_WORDS_SIZE];

	snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	if (kind == CLIENT_ABORT)
		return undo_for_cause(lane);
	if (kind == CLIENT_FENCED && is_ousted(lane))
		return lane_oust(lane);
	return lose(lane, words);
}

/* The producer can do no more; it says itself why. */
int lane_answer_fatal(struct lane *lane)
{
	char words[CLIENT_WORDS_SIZE];
	int code = (int)rd_kafka_fatal_error(lane->client, words, sizeof(words));

	if (client_error_class(false, false, code) == CLIENT_FENCED && is_ousted(lane))
		return lane_oust(lane);
	return lose(lane, words);
}

/* Some messages will never arrive. Those that librdkafka threw away itself are not the cause. */
int lane_undo_failed(struct lane *lane)
{
	char words[CLIENT_WORDS_SIZE];

	if (lane->failure == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
		lane->failure == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		return undo_for_cause(lane);
	snprintf(words, sizeof(words), "%zu messages were not delivered: %s", lane->failed,
		rd_kafka_err2str((rd_kafka_resp_err_t)lane->failure));
	return undo_for(lane, lane->failure, words);
}
