/*
 * The relay: from one outbox, by way of the write-ahead log, into Kafka, each
 * row exactly once and in commit order.
 *
 * It keeps no state of its own. Its position is the offset of a group that has
 * no members, committed in the same Kafka transaction as the events; the slot
 * is told of it only afterwards.
 */
#pragma once

#include <bus/transactor.h>
#include <stdbool.h>
#include <stdint.h>
#include <store/store.h>

struct relay;

struct relay_config {
	const char *source; /* "order": names group, transactional id and slot */
	const char *slot;
	const char *publication;
	const char *const *topics; /* NULL-ended; a row for any other stops the relay */
	const char *bootstrap;
	const char *const *bus_options;
	const struct store_config *store;
	int64_t batch_events_max; /* of one Kafka transaction, passed only by a whole transaction */
	int64_t batch_bytes_max;
	int64_t batch_ms_max;
	int64_t crowd_pause_ms;   /* after a batch of many that is no backlog */
	int64_t idle_ms;          /* between two transactions that only move the position */
	int64_t slot_wait_ms_max; /* for another reader to leave the slot */
	int transaction_timeout_ms;
	int lanes;
};

/* @config and all it points to must outlive the relay. Connects to nothing yet. */
struct relay *relay_create(const struct relay_config *config);
void relay_destroy(struct relay *relay);

enum { RELAY_FENCED = 1 }; /* another relay of this source has taken over */

/*
 * Runs until runtime_stopping(): 0. Waits for ever, with growing pauses, for
 * database and broker. RELAY_FENCED; or a fault that only a person can mend:
 * FAULT_STATE when going on would lose or double events, FAULT_INPUT for a row
 * that cannot be published.
 */
int relay_run(struct relay *relay);

/*
 * Instead of running: takes what the slot has confirmed as the position, whatever
 * Kafka holds. For a person who has compared outbox and topics after a refusal.
 */
int relay_adopt(struct relay *relay);

/* For /readyz, from any thread: 0 while streaming, else a fault whose words say what is waited for.
 */
int relay_ready(void *relay);
