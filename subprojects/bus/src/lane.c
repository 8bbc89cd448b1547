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
#include "outcome.h"

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

/* True when @error says "the same call again" and there is time; destroys it then. */
static bool may_retry(rd_kafka_error_t *error, int64_t until_us)
{
	if (client_error_of(error) != CLIENT_RETRY || clock_monotonic_us() >= until_us)
		return false;
	rd_kafka_error_destroy(error);
	return true;
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
			return lane_oust(lane);
		/* Nothing was open, so nothing is unclear: another producer, another try. */
		lane_move(lane, TXN_WORN);
		lane_close(lane);
		return client_fault(code, "begin a transaction");
	}
	lane->used = false;
	lane->failed = 0;
	lane->failure = 0;
	lane->watch.disconnects = 0;
	lane->begun_us = clock_monotonic_us();
	lane_move(lane, TXN_BEGUN);
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

/* The error is about the message, unless the transaction failed before. */
static int answer_produce(
	struct lane *lane, const struct bus_record *record, rd_kafka_error_t *error)
{
	int code = (int)rd_kafka_error_code(error);
	char words[CLIENT_WORDS_SIZE];

	snprintf(words, sizeof(words), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	if (rd_kafka_fatal_error(lane->client, NULL, 0))
		return lane_answer_fatal(lane);
	if (client_fault_kind(code) == FAULT_BUS)
		return lane_undo(lane, words);
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
			return lane_undo_failed(lane);
	}
	lane->unreported++;
	lane->used = true;
	return 0;
}

int lane_send_offsets(struct lane *lane, const rd_kafka_topic_partition_list_t *offsets,
	const rd_kafka_consumer_group_metadata_t *group)
{
	int64_t until_us = lane_patience_us(lane);
	rd_kafka_error_t *error;

	assert(lane->state == TXN_OPEN);
	lane->used = true;
	do {
		error = rd_kafka_send_offsets_to_transaction(lane->client, offsets, group, -1);
		if (error == NULL)
			return 0;
	} while (may_retry(error, until_us));
	return lane_answer(lane, error);
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
		lane_move(lane, TXN_COMMITTED);
		return;
	}
	log_info("a slow or interrupted commit: another producer comes next",
		LOG_TEXT("transactional_id", lane->id));
	lane_move(lane, TXN_WORN);
	lane_close(lane);
}

int lane_commit(struct lane *lane)
{
	int64_t asked_us, until_us;
	rd_kafka_error_t *error;

	assert(lane->state == TXN_OPEN);
	await_reports(lane);
	if (lane->failed > 0)
		return lane_undo_failed(lane);

	crash_point("bus.before_commit");
	lane_move(lane, TXN_ASKED);
	asked_us = clock_monotonic_us();
	until_us = lane_patience_us(lane);
	do {
		/* -1: as long as the transaction may last. */
		error = rd_kafka_commit_transaction(lane->client, -1);
		if (error == NULL) {
			crash_point("bus.after_commit");
			settle(lane, asked_us);
			return 0;
		}
	} while (may_retry(error, until_us));
	return lane_answer(lane, error);
}

int lane_abort(struct lane *lane)
{
	int r;

	assert(lane->state == TXN_OPEN);
	if (!lane->used) {
		/* The coordinator never heard of it. */
		rd_kafka_error_t *error = rd_kafka_abort_transaction(
			lane->client, lane_left_ms(lane_patience_us(lane)));

		if (error)
			return lane_answer(lane, error);
		lane_move(lane, TXN_CLOSED);
		return 0;
	}
	r = lane_undo(lane, "asked for");
	return r == BUS_ABORTED ? 0 : r;
}

int lane_poll(struct lane *lane, int timeout_ms)
{
	if (lane->client)
		rd_kafka_poll(lane->client, timeout_ms);
	if (lane->state == TXN_READY && lane->watch.trouble == FAULT_STATE)
		return lane_oust(lane);
	return 0;
}
