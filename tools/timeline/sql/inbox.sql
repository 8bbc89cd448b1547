-- What every service with an inbox has.

-- What it took of these events, and how often they came.
PREPARE timeline_took(uuid[], text) AS
SELECT received_at AS at, 'took' AS kind, $2 AS place, NULL::text AS what, reason AS detail, event_id,
       topic, partition, "offset", NULL::bigint AS sequence, seen AS deliveries, outcome,
       xmin::text::bigint AS xid
FROM inbox WHERE event_id = ANY ($1)
ORDER BY received_at;

-- The dead letter that the order's key waits behind, and what waits.
PREPARE timeline_parked(bytea, text) AS
SELECT since AS at, 'wait' AS kind, $2 AS place, 'the key waits' AS what,
       (SELECT count(*) FROM parked_message m WHERE m.key = k.key) || ' behind it: ' || reason AS detail,
       event_id, topic, partition, "offset", NULL::bigint AS sequence, NULL::int AS deliveries,
       NULL::text AS outcome, xmin::text::bigint AS xid
FROM parked_key k WHERE key = $1
UNION ALL
SELECT NULL, 'took', $2, NULL, NULL, event_id, topic, partition, "offset", NULL, NULL, 'parked',
       xmin::text::bigint
FROM parked_message WHERE key = $1;
