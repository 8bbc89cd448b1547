-- Answers of a service that publishes in Kafka transactions: kept, so that a
-- redelivered request is answered with the same event ids.

PREPARE answer_insert(uuid[], int[], uuid[], text[], text[], text[], bytea[], text[], bigint[], timestamptz[]) AS
INSERT INTO answer (request_id, position, id, topic, key, type, payload, traceparent, sequence, occurred_at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

PREPARE answer_load(uuid[]) AS
SELECT request_id, id, topic, key, type, payload, traceparent, sequence, occurred_at
FROM answer
WHERE request_id = ANY ($1)
ORDER BY request_id, position;

-- As long as the inbox remembers the request, its answer is kept. The first test is
-- for the index (request ids carry their time), the second for ids that do not.
PREPARE answer_forget(int) AS
WITH forgotten AS (
  DELETE FROM answer WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM answer
    WHERE request_id < outbox_floor((now() AT TIME ZONE 'UTC')::date - $1)
      AND occurred_at < now() - make_interval(days => $1)
    LIMIT 5000))
  RETURNING 1
)
SELECT count(*) FROM forgotten;
