-- The read model has the times of events, not times of its own: one row that says how far it is.

PREPARE timeline_rows(uuid) AS
SELECT NULL::timestamptz AS at, 'fact' AS kind, 'analytics' AS place, 'order_fact knows' AS what,
       concat_ws(', ',
         CASE WHEN created_at IS NOT NULL THEN 'created' END,
         CASE WHEN paid_at IS NOT NULL THEN 'paid' END,
         'declined: ' || decline_reason,
         CASE WHEN reserved_at IS NOT NULL THEN 'reserved' END,
         'refused: ' || refusal_reason,
         CASE WHEN released_at IS NOT NULL THEN 'released' END,
         CASE WHEN refunded_at IS NOT NULL THEN 'refunded' END,
         CASE WHEN completed_at IS NOT NULL THEN 'completed' END,
         'cancelled: ' || cancellation_reason) AS detail,
       NULL::uuid AS event_id, NULL::text AS topic, NULL::int AS partition, NULL::bigint AS "offset",
       NULL::bigint AS sequence, NULL::int AS deliveries, NULL::text AS outcome, NULL::bigint AS xid
FROM order_fact WHERE order_id = $1;
