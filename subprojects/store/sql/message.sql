-- The statements of every service with inbox and outbox.

-- Claims a batch of events: one row back for each different event id.
--
--   new               nobody has taken the event before; this transaction has it now
--   outcome, reason   what was decided of an event that is not new
--
-- An id that occurs twice in the batch is claimed by its first place and counted
-- twice. Another transaction that has claimed an id and not ended yet is waited
-- for; the ids are taken in one order, so that two batches cannot wait for each
-- other. An event is new exactly when all its deliveries are those of this batch.
PREPARE inbox_claim(uuid[], text[], int[], bigint[]) AS
WITH given AS (
  SELECT DISTINCT ON (event_id) event_id, topic, partition, "offset",
         (count(*) OVER (PARTITION BY event_id))::int AS deliveries
  FROM unnest($1, $2, $3, $4) WITH ORDINALITY
       AS delivery(event_id, topic, partition, "offset", place)
  ORDER BY event_id, place
), claimed AS (
  INSERT INTO inbox (event_id, topic, partition, "offset", seen)
  SELECT event_id, topic, partition, "offset", deliveries FROM given ORDER BY event_id
  ON CONFLICT (event_id) DO UPDATE SET seen = inbox.seen + excluded.seen
  RETURNING event_id, seen, outcome, reason
)
SELECT claimed.event_id, claimed.seen = given.deliveries AS new, claimed.outcome, claimed.reason
FROM claimed JOIN given USING (event_id);

-- Writes down what became of claimed events that were not applied: event_id[],
-- outcome[], reason[].
PREPARE inbox_settle(uuid[], text[], text[]) AS
UPDATE inbox SET outcome = settled.outcome, reason = settled.reason
FROM unnest($1, $2, $3) AS settled(event_id, outcome, reason)
WHERE inbox.event_id = settled.event_id;

-- Rows for the relay, published in the order given: id[], aggregatetype[] (the
-- topic), aggregateid[] (the key), type[], payload[], traceparent[], sequence[],
-- occurred_at[].
PREPARE outbox_insert(uuid[], text[], text[], text[], bytea[], text[], bigint[], timestamptz[]) AS
INSERT INTO outbox
  (id, aggregatetype, aggregateid, type, payload, traceparent, sequence, occurred_at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8);

-- Which of these keys wait behind a dead letter. The lock lets whoever releases a
-- key at this moment finish first: then it does not wait any more.
PREPARE parked_find(bytea[]) AS
SELECT key, topic, partition, "offset", reason
FROM parked_key
WHERE key = ANY ($1)
ORDER BY key
FOR KEY SHARE;

-- Keys begin to wait: key[], event_id[], topic[], partition[], offset[], reason[].
PREPARE parked_key_insert(bytea[], uuid[], text[], int[], bigint[], text[]) AS
INSERT INTO parked_key (key, event_id, topic, partition, "offset", reason)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
ON CONFLICT (key) DO NOTHING;

-- Messages wait, in the order given: key[], event_id[], topic[], partition[],
-- offset[], timestamp_ms[], headers[], payload[].
PREPARE parked_message_insert(bytea[], uuid[], text[], int[], bigint[], bigint[], bytea[], bytea[]) AS
INSERT INTO parked_message (key, event_id, topic, partition, "offset", timestamp_ms, headers, payload)
SELECT key, event_id, topic, partition, "offset", timestamp_ms, headers, payload
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
     AS message(key, event_id, topic, partition, "offset", timestamp_ms, headers, payload, place)
ORDER BY place
ON CONFLICT (topic, partition, "offset") DO NOTHING;

-- The release of a key, in this order in one transaction: lock, read, forget. The
-- lock comes first and alone, so that what is read then is all there will be.
PREPARE parked_key_lock(bytea) AS
SELECT topic, partition, "offset", reason FROM parked_key WHERE key = $1 FOR UPDATE;

PREPARE parked_message_list(bytea) AS
SELECT topic, partition, "offset", timestamp_ms, headers, payload
FROM parked_message
WHERE key = $1
ORDER BY id;

-- The inbox forgets them too, else it would absorb what is published again.
PREPARE parked_key_forget(bytea) AS
WITH messages AS (
  DELETE FROM parked_message WHERE key = $1 RETURNING event_id
), front AS (
  DELETE FROM parked_key WHERE key = $1 RETURNING event_id
), settled AS (
  SELECT event_id, 'parked' AS outcome FROM messages
  UNION ALL
  SELECT event_id, 'poison' FROM front
)
DELETE FROM inbox USING settled
WHERE inbox.event_id = settled.event_id AND inbox.outcome = settled.outcome;

PREPARE parked_count AS
SELECT (SELECT count(*) FROM parked_key), (SELECT count(*) FROM parked_message);

-- Maintenance in small steps: each answers how much it did, 0 when there is no more.
PREPARE outbox_ensure_partitions(int) AS SELECT outbox_ensure_partitions($1)::bigint;
PREPARE outbox_drop_partitions(int) AS SELECT outbox_drop_partitions($1)::bigint;
PREPARE inbox_forget(int) AS SELECT inbox_forget($1, 5000);
