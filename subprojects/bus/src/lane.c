/*
 * Transactions of one producer. Facts that shape this file, seen on librdkafka
 * 2.0.2 and Kafka 4.2:
 *
 * - rd_kafka_flush(), which rd_kafka_commit_transaction() calls too, sleeps in
 *   steps of 10 ms while reports are missing: they are waited for here first.
 * - rd_kafka_flush() answers "no error" for messages that failed for good: the
 *   reports are counted here.
 * - The client has no epoch bump per transaction (KIP-890 part 2): an EndTxn that
 *   was delayed on its way may end the next transaction of the same epoch. So an
 *   epoch is not used again after an abort, nor after a commit that was slow or
 *   lost a connection.
 */
#include "lane.h"

#include <assert.h>
#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "record.h"

#define SLOW_COMMIT_US (2 * US_PER_S)
#define REPORT_WAIT_MS 100
/* An abort that hangs is given up soon: a new producer ends the transaction as surely. */
#define ABORT_PATIENCE_US (2 * US_PER_S)

static void move(struct lane *lane, enum txn_event event)
{
	enum txn_state next = txn_next(lane->state, event);

	assert(next != TXN_STATES);
	lane->state = next;
}

static int64_t patience_us(const struct lane *lane)
{
	return clock_monotonic_us() + lane->config->transaction_timeout_ms * US_PER_MS;
}

/* Milliseconds left, at least 1: 0 would mean "do not wait" and -1 "for ever". */
static int left_ms(int64_t until_us)
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

static int oust(struct lane *lane)
{
	move(lane, TXN_OUSTED);
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
	move(lane, TXN_LOST);
	lane_close(lane);
	(void)lane_make(lane, patience_us(lane));
	return BUS_RECREATED;
}

/* Aborts; @why is what led to it. The outcome is BUS_ABORTED unless the abort failed too. */
static int undo(struct lane *lane, const char *why)
{
	int64_t until_us = clock_monotonic_us() + ABORT_PATIENCE_US;
	rd_kafka_error_t *error;
	enum client_error kind;
	char words[CLIENT_WORDS_SIZE];

	log_warning("transaction is aborted", LOG_TEXT("transactional_id", lane->id),
		LOG_TEXT("detail", why));
	do {
		error = rd_kafka_abort_transaction(lane->client, left_ms(until_us));
		if (error == NULL) {
			move(lane, TXN_UNDONE);
			lane_close(lane);
			return BUS_ABORTED;
		}
		kind = client_error_of(error);
		snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
		rd_kafka_error_destroy(error);
	} while (kind == CLIENT_RETRY && clock_monotonic_us() < until_us);

	if (kind == CLIENT_FENCED && is_ousted(lane))
		return oust(lane);
	return lose(lane, words);
}

/* Aborts because of @code. What would fail again in the same way is a fault, not an outcome. */
static int undo_for(struct lane *lane, int code, const char *why)
{
	int kind = client_fault_kind(code);
	char words[CLIENT_WORDS_SIZE];
	int r;

	snprintf(words, sizeof(words), "%s", why);
	r = undo(lane, words);
	if (r == BUS_ABORTED && (kind == FAULT_BUS_CONFIG || kind == FAULT_LIMIT))
		return fault((enum fault)kind, "transaction aborted: %s", words);
	return r;
}

/* Answers a step that failed with @error, which it destroys. */
static int answer(struct lane *lane, rd_kafka_error_t *error)
{
	enum client_error kind = client_error_of(error);
	int code = (int)rd_kafka_error_code(error);
	char words[CLIENT_WORDS_SIZE];

	snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	if (kind == CLIENT_ABORT)
		return undo_for(lane, code, words);
	if (kind == CLIENT_FENCED && is_ousted(lane))
		return oust(lane);
	return lose(lane, words);
}

/* True when @error says "the same call again" and there is time; destroys it then. */
static bool may_retry(rd_kafka_error_t *error, int64_t until_us)
{
	if (client_error_of(error) != CLIENT_RETRY || clock_monotonic_us() >= until_us)
		return false;
	rd_kafka_error_destroy(error);
	return true;
}

static int undo_failed(struct lane *lane)
{
	char words[CLIENT_WORDS_SIZE];

	snprintf(words, sizeof(words), "%zu messages were not delivered: %s", lane->failed,
		rd_kafka_err2str((rd_kafka_resp_err_t)lane->failure));
	return undo_for(lane, lane->failure, words);
}

int lane_begin(struct lane *lane)
{
	rd_kafka_error_t *error;

	assert(lane->state == TXN_READY);
	rd_kafka_poll(lane->client, 0);
	error = rd_kafka_begin_transaction(lane->client);
	if (error) {
		enum client_error kind = client_error_of(error);
		int code = (int)rd_kafka_error_code(error);

		rd_kafka_error_destroy(error);
		if (kind == CLIENT_FENCED)
			return oust(lane);
		/* Nothing was open, so nothing is unclear: another producer, another try. */
		move(lane, TXN_WORN);
		lane_close(lane);
		return client_fault(code, "begin a transaction");
	}
	lane->used = false;
	lane->failed = 0;
	lane->failure = 0;
	lane->watch.disconnects = 0;
	lane->begun_us = clock_monotonic_us();
	move(lane, TXN_BEGUN);
	return 0;
}

static rd_kafka_headers_t *copy_headers(const struct bus_record *record)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);

	for (size_t i = 0; i < record->header_count; i++)
		rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value,
			(ssize_t)record->headers[i].size);
	return headers;
}

/* clang-format off */
static rd_kafka_error_t *enqueue(struct lane *lane, const struct bus_record *record)
{
	rd_kafka_headers_t *headers = copy_headers(record);
	const rd_kafka_vu_t fields[] = {
		{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = lane->topics[record->topic]},
		{.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)record->key, record->key_size}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)record->value, record->value_size}},
		{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->timestamp_ms},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
	};
	rd_kafka_error_t *error =
		rd_kafka_produceva(lane->client, fields, sizeof(fields) / sizeof(fields[0]));

	/* Taken over by a message, and by nobody else. */
	if (error)
		rd_kafka_headers_destroy(headers);
	return error;
}
/* clang-format on */

/* The producer can do no more; it says itself why. */
static int answer_fatal(struct lane *lane)
{
	char words[CLIENT_WORDS_SIZE];
	int code = (int)rd_kafka_fatal_error(lane->client, words, sizeof(words));

	if (client_error_class(false, false, code) == CLIENT_FENCED && is_ousted(lane))
		return oust(lane);
	return lose(lane, words);
}

/* The error is about the message, unless the transaction failed before. */
static int answer_produce(
	struct lane *lane, const struct bus_record *record, rd_kafka_error_t *error)
{
	int code = (int)rd_kafka_error_code(error);
	char words[CLIENT_WORDS_SIZE];

	snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	if (rd_kafka_fatal_error(lane->client, NULL, 0))
		return answer_fatal(lane);
	if (client_fault_kind(code) == FAULT_BUS)
		return undo(lane, words);
	return fault((enum fault)client_fault_kind(code), "produce to %s: %s",
		lane->config->topics[record->topic], words);
}

int lane_produce(struct lane *lane, const struct bus_record *record)
{
	rd_kafka_error_t *error;

	assert(lane->state == TXN_OPEN);
	assert(record->topic >= 0 && record->topic < BUS_TOPICS_MAX && lane->topics[record->topic]);
	if (record_size(record) > BUS_MESSAGE_SIZE_MAX)
		return fault(FAULT_LIMIT, "produce to %s: the message is too large",
			lane->config->topics[record->topic]);
	while ((error = enqueue(lane, record)) != NULL) {
		if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			return answer_produce(lane, record, error);
		rd_kafka_error_destroy(error);
		rd_kafka_poll(lane->client, REPORT_WAIT_MS);
		if (lane->failed > 0)
			return undo_failed(lane);
	}
	lane->unreported++;
	lane->used = true;
	return 0;
}

int lane_send_offsets(struct lane *lane, const rd_kafka_topic_partition_list_t *offsets,
	const rd_kafka_consumer_group_metadata_t *group)
{
	int64_t until_us = patience_us(lane);
	rd_kafka_error_t *error;

	assert(lane->state == TXN_OPEN);
	lane->used = true;
	do {
		error = rd_kafka_send_offsets_to_transaction(lane->client, offsets, group, -1);
		if (error == NULL)
			return 0;
	} while (may_retry(error, until_us));
	return answer(lane, error);
}

/* Every message ends in a report, the latest after message.timeout.ms. */
static void await_reports(struct lane *lane)
{
	while (lane->unreported > 0 && lane->failed == 0)
		rd_kafka_poll(lane->client, REPORT_WAIT_MS);
}

/* Committed. May the next transaction use this epoch? */
static void settle(struct lane *lane, int64_t asked_us)
{
	rd_kafka_poll(lane->client, 0);
	if (lane->watch.disconnects == 0 && clock_monotonic_us() - asked_us < SLOW_COMMIT_US) {
		move(lane, TXN_COMMITTED);
		return;
	}
	log_info("a slow or interrupted commit: another producer comes next",
		LOG_TEXT("transactional_id", lane->id));
	move(lane, TXN_WORN);
	lane_close(lane);
}

int lane_commit(struct lane *lane)
{
	int64_t asked_us, until_us;
	rd_kafka_error_t *error;

	assert(lane->state == TXN_OPEN);
	await_reports(lane);
	if (lane->failed > 0)
		return undo_failed(lane);

	crash_point("bus.before_commit");
	move(lane, TXN_ASKED);
	asked_us = clock_monotonic_us();
	until_us = patience_us(lane);
	do {
		/* -1: as long as the transaction may last. */
		error = rd_kafka_commit_transaction(lane->client, -1);
		if (error == NULL) {
			crash_point("bus.after_commit");
			settle(lane, asked_us);
			return 0;
		}
	} while (may_retry(error, until_us));
	return answer(lane, error);
}

int lane_abort(struct lane *lane)
{
	int r;

	assert(lane->state == TXN_OPEN);
	if (!lane->used) {
		/* The coordinator never heard of it. */
		rd_kafka_error_t *error =
			rd_kafka_abort_transaction(lane->client, left_ms(patience_us(lane)));

		if (error)
			return answer(lane, error);
		move(lane, TXN_CLOSED);
		return 0;
	}
	r = undo(lane, "asked for");
	return r == BUS_ABORTED ? 0 : r;
}

int lane_poll(struct lane *lane, int timeout_ms)
{
	if (lane->client)
		rd_kafka_poll(lane->client, timeout_ms);
	if (lane->state == TXN_READY && lane->watch.trouble == FAULT_STATE)
		return oust(lane);
	return 0;
}
