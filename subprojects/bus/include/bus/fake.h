/*
 * The fake bus: one cluster in the memory of this process, behind the same
 * headers, for tests of what stands above. Chosen at link time (dependency
 * 'bus_fake'); it passes the conformance test that Kafka passes.
 *
 * It has logs with offsets and transaction markers, read_committed readers, groups
 * that rebalance eagerly, transactional ids that fence, offsets in transactions. It
 * has no time-outs of its own, no brokers, no retention, and ignores bootstrap and
 * options. Thread-safe; a waiting poll wakes when something is committed.
 */
#pragma once

#include <bus/admin.h>
#include <bus/consumer.h>
#include <bus/transactor.h>

/* Empties everything. All consumers and transactors must be destroyed before. */
void fake_reset(void);

/* Makes a topic; asserts that it is new. */
void fake_topic(const char *topic, int partitions);

/* With false, polls and waits with nothing to give return at once: for one-thread tests. */
void fake_may_wait(bool may_wait);

/* Appends a message as if another had committed it; its offset. record->topic is not read. */
int64_t fake_feed(const char *topic, const struct bus_record *record);

/* What a read_committed reader may see of a topic: partition by partition, by offset. */
size_t fake_count(const char *topic);
/* The message at @index below fake_count(). Lives until fake_reset(). */
struct bus_message fake_message(const char *topic, size_t index);

/* -1: none. Open transactions do not show. */
int64_t fake_committed(const char *group, const char *topic, int32_t partition);
void fake_commit(const char *group, const char *topic, int32_t partition, int64_t offset);

/* Fences whoever holds @transactional_id, as another process would. */
void fake_fence(const char *transactional_id);
/* The coordinator gives up on all open transactions: their commits answer BUS_RECREATED. */
void fake_expire_transactions(void);

/* Where something can be made to go wrong, named after the call. */
enum fake_step {
	FAKE_CREATE = 1, /* bus_transactor_create */
	FAKE_BEGIN,      /* bus_txn_begin */
	FAKE_PRODUCE,    /* bus_txn_produce */
	FAKE_POSITIONS,  /* bus_txn_positions */
	FAKE_OFFSETS,    /* bus_txn_offsets */
	FAKE_COMMIT,     /* bus_txn_commit, nothing is committed */
	FAKE_COMMITTED,  /* bus_txn_commit, all is committed but the answer is this */
	FAKE_ABORT,      /* bus_txn_abort */
	FAKE_READ,       /* bus_position_read */
	FAKE_POLL,       /* bus_consumer_poll */
	FAKE_STORE,      /* bus_consumer_store: answers this and stores nothing */
	FAKE_DROP,       /* bus_consumer_drop_committed */
	FAKE_ADMIN,      /* bus_topics_…, bus_ping */
	FAKE_STEPS,
};

/*
 * The call of @step after the next @skip ones answers @result: BUS_ABORTED or
 * BUS_RECREATED where the header allows it (the open transaction is gone then), or
 * a fault (FAULT_STATE fences the transactor for good; an open transaction stays
 * open after any other).
 */
void fake_inject(enum fake_step step, int skip, int result);
/* How often @step was called since the last reset. */
int fake_calls(enum fake_step step);
