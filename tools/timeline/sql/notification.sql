-- What the customer was told, and every attempt at it.

PREPARE timeline_rows(uuid) AS
SELECT created_at AS at, 'row' AS kind, 'notification' AS place, 'to tell: ' || type AS what,
       status || ', "' || subject || '"' AS detail,
       event_id, NULL::text AS topic, NULL::int AS partition, NULL::bigint AS "offset",
       NULL::bigint AS sequence, NULL::int AS deliveries, NULL::text AS outcome,
       NULL::bigint AS xid
FROM notification WHERE order_id = $1
UNION ALL
SELECT coalesce(a.ended_at, a.started_at), 'row', 'notification',
       'mail ' || coalesce(a.outcome, 'under way, or nobody knows'),
       concat_ws(', ', n.type, 'attempt ' || a.attempt, a.recipient, a.detail),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, a.xmin::text::bigint
FROM notification n JOIN delivery_attempt a ON a.event_id = n.event_id
WHERE n.order_id = $1
ORDER BY 1;
