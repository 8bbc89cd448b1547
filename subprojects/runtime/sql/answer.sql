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
