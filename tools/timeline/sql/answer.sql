-- The outbox of a service that publishes in Kafka transactions: its kept answers, by request.

PREPARE timeline_answers(uuid[], text) AS
SELECT occurred_at AS at, 'said' AS kind, $2 AS place, type AS what, NULL::text AS detail, id AS event_id,
       topic, NULL::int AS partition, NULL::bigint AS "offset", sequence, NULL::int AS deliveries,
       NULL::text AS outcome, xmin::text::bigint AS xid
FROM answer WHERE request_id = ANY ($1)
ORDER BY occurred_at, position;
