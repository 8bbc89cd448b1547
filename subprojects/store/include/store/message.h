/*
 * The SQL that every service with an inbox or outbox shares, embedded as text:
 * the tables (for a migration) and the statements (for store_config.scripts).
 *
 * A service's first migration says "\ir …/store/sql/outbox.sql" (or inbox.sql)
 * and so holds the text itself; the tables are here for whoever builds a
 * database without migrations, such as a test.
 *
 *   inbox_claim(uuid[], text[], int[], bigint[])   event_id, topic, partition, offset
 *       → event_id uuid, new bool, outcome text, reason text; one row for each different id
 *   inbox_settle(uuid[], text[], text[])           event_id, outcome, reason
 *   outbox_insert(uuid[], text[], text[], text[], bytea[], text[], bigint[], timestamptz[])
 *       id, aggregatetype, aggregateid, type, payload, traceparent, sequence, occurred_at
 */
#pragma once

extern const char store_sql_inbox[];   /* CREATE TABLE inbox … */
extern const char store_sql_outbox[];  /* inbox and outbox, its partitions and publication */
extern const char store_sql_claim[];   /* PREPARE inbox_claim, inbox_settle */
extern const char store_sql_message[]; /* those and outbox_insert */
