/*
 * The SQL that every service with inbox and outbox shares: the tables (its first
 * migrations) and the statements (for store_config.scripts), embedded as text.
 *
 *   inbox_claim(uuid[], text[], int[], bigint[])   event_id, topic, partition, offset
 *       → event_id uuid, new bool, outcome text, reason text: one row for each
 *         different id; outcome and reason are of an earlier transaction and mean
 *         something only where new is false
 *   inbox_settle(uuid[], text[], text[])           event_id, outcome, reason
 *       only of what was not applied: that is what the inbox says by itself
 *   outbox_insert(uuid[], text[], text[], text[], bytea[], text[], bigint[], timestamptz[])
 *       id, aggregatetype, aggregateid, type, payload, traceparent, sequence, occurred_at
 *   parked_find, parked_key_…, parked_message_…, parked_count
 *       keys that wait behind a dead letter: runtime/parking.h
 *
 *   outbox_ensure_partitions(int), outbox_drop_partitions(int), inbox_forget(int)
 *       maintenance, once a day or more often: days ahead, days kept, days kept; each
 *       answers how much it did, one bigint, and is called again while that is not 0
 */
#pragma once

#include <store/migrate.h>

extern const char store_sql_outbox[];  /* tables inbox and outbox, partitions, publication */
extern const char store_sql_parking[]; /* tables parked_key and parked_message */
extern const char store_sql_upkeep[];  /* days of the outbox go once the relay is past them */
extern const char store_sql_message[]; /* the statements above */

/* All tables of the above, to be applied before a service's own. */
extern const struct migration store_message_migrations[];
