/*
 * Kafka transactions with the client's states made plain (KIP-98, KIP-447).
 *
 *   bus_transactor_create()   init_transactions: fences any older holder of the id
 *   bus_txn_begin()
 *   bus_txn_produce() …       copies; returns at once
 *   bus_txn_offsets()         any group's offsets inside the transaction
 *   bus_txn_commit()          0, or one of the outcomes below
 *
 * The transactor hides the three answers of a failed step behind two outcomes:
 *
 *   BUS_ABORTED    aborted cleanly, nothing of it is visible: do the whole
 *                  transaction again, from begin (which answers BUS_RECREATED when
 *                  that lane's turn comes)
 *   BUS_RECREATED  the producer was made anew (time-out, epoch bumped, slow or
 *                  unclear commit): the transaction may or may NOT be committed;
 *                  read your position again before the next begin
 *
 * and the fault FAULT_STATE "fenced": somebody else holds the id now; stop.
 *
 * Fast commit: delivery reports are polled to zero before the commit, and
 * @lanes producers (ids "<id>-0", "<id>-1") take turns so that none begins while
 * its last markers are being written. One thread.
 * Epoch guard: after an abort, and after a commit that took over 2 s or saw a
 * transport error, that lane's producer is made anew before its next begin.
 */
#pragma once

#include <bus/consumer.h>
#include <bus/message.h>

struct bus_transactor;

enum { BUS_ABORTED = 1, BUS_RECREATED = 2 };

#define BUS_LANES_MAX 2
#define BUS_TOPICS_MAX 16

struct bus_transactor_config {
	const char *bootstrap;
	const char *transactional_id;
	const char *client_id;
	const char *const *topics;  /* all it will produce to, NULL-ended; must exist */
	const char *const *options; /* extra librdkafka "name=value"; may be NULL */
	int lanes;                  /* 1 or 2 */
	int transaction_timeout_ms; /* 10000 … 60000 */
	int queue_kbytes_max;       /* memory of unsent messages; 0: 8192 */
};

/*
 * Blocks until the coordinator answers or @timeout_ms is over (FAULT_BUS: call again).
 * Every lane's older holder is fenced then. What @config points to must outlive the
 * transactor; FAULT_BUS_CONFIG names a topic that does not exist.
 */
int bus_transactor_create(const struct bus_transactor_config *config, int timeout_ms,
	struct bus_transactor **ret_transactor);
/* Aborts what is open. A consumer whose offsets are in it must still live. */
void bus_transactor_destroy(struct bus_transactor *transactor);

/*
 * 0, or BUS_RECREATED: the lane's producer had to be made anew first (the epoch guard,
 * or it was lost), which fences whoever took the id meanwhile; nothing is open, read
 * your position, then begin again. FAULT_BUS (nothing is open: call again),
 * FAULT_STATE (fenced). Making a producer takes some 20 ms, or up to the transaction
 * time-out while no coordinator answers.
 */
int bus_txn_begin(struct bus_transactor *transactor);

struct bus_record {
	int topic;         /* index in config.topics */
	int32_t partition; /* -1: murmur2 of the key */
	const void *key;
	size_t key_size;
	const void *value; /* NULL: tombstone */
	size_t value_size;
	const struct bus_header *headers;
	size_t header_count;
	int64_t timestamp_ms; /* 0: now */
};

/*
 * Waits (serving reports) while the queue is full. Outcomes as commit. FAULT_LIMIT when
 * key, value and headers with Kafka's framing are above BUS_MESSAGE_SIZE_MAX, and
 * FAULT_BUS_CONFIG for a partition that is not there: the transaction stays open then.
 */
int bus_txn_produce(struct bus_transactor *transactor, const struct bus_record *record);

struct bus_position {
	const char *topic;
	int32_t partition;
	int64_t offset;       /* 0 … 2^63-1 */
	const char *metadata; /* or NULL */
};

/* Offsets of a group without members (the relay's own position). */
int bus_txn_positions(struct bus_transactor *transactor, const char *group,
	const struct bus_position *positions, size_t count);
/* The offsets behind @batch, as @consumer's member: refused when it lost the partitions. */
int bus_txn_offsets(struct bus_transactor *transactor, struct bus_consumer *consumer,
	const struct bus_batch *batch);
/*
 * Waits for every report, then commits. A failed delivery aborts: BUS_ABORTED, or a
 * fault where the same messages would fail again (too large, not authorised).
 * After anything but 0 no transaction is open. Blocks for at most three transaction
 * time-outs, that is while the broker is away.
 */
int bus_txn_commit(struct bus_transactor *transactor);
/* Always leaves no transaction open: 0, BUS_RECREATED or a fault. */
int bus_txn_abort(struct bus_transactor *transactor);

/*
 * Serves the client while idle. A fence shows here only once the client heard of it,
 * which an idle one does not: the next transaction tells.
 */
int bus_transactor_poll(struct bus_transactor *transactor, int timeout_ms);

/*
 * The committed position of @group, stable ones only (retries while a
 * transaction is pending, up to @timeout_ms). 0 with *ret_offset -1 when there is none.
 * @ret_metadata gets at most @metadata_size bytes with a NUL.
 */
int bus_position_read(const struct bus_transactor_config *config, const char *group,
	const char *topic, int32_t partition, int timeout_ms, int64_t *ret_offset,
	char *ret_metadata, size_t metadata_size);
/*
 * The same for several at once: fills in each .offset of @positions, -1 where there
 * is none, and nothing after a fault. Metadata is not read.
 */
int bus_positions_read(const struct bus_transactor_config *config, const char *group,
	int timeout_ms, struct bus_position *positions, size_t count);
