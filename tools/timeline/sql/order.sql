-- What the order context knows of one order. Every timeline_rows, here and in the files
-- beside, has the same columns: what record.h calls a record.

PREPARE timeline_order(uuid) AS
SELECT customer_id, payment_method, status, step, total_amount, refunded, stuck, cancellation_reason,
       created_at, updated_at, deadline,
       (SELECT traceparent FROM order_history WHERE order_id = $1 AND version = 1)
FROM orders
WHERE id = $1;

PREPARE timeline_rows(uuid) AS
SELECT at, 'step' AS kind, 'order' AS place, type AS what, step_from || ' → ' || step_to AS detail,
       event_id, topic, CASE WHEN topic IS NOT NULL THEN partition END AS partition,
       CASE WHEN topic IS NOT NULL THEN "offset" END AS "offset", NULL::bigint AS sequence,
       NULL::int AS deliveries, NULL::text AS outcome, xmin::text::bigint AS xid
FROM order_history WHERE order_id = $1
UNION ALL
SELECT at, 'took', 'order', type, reason, event_id, topic, partition, "offset", NULL, NULL, outcome,
       xmin::text::bigint
FROM order_unapplied WHERE order_id = $1
UNION ALL
SELECT occurred_at, 'said', 'order', type, NULL, id, aggregatetype, NULL, NULL, sequence, NULL, NULL,
       xmin::text::bigint
FROM outbox WHERE aggregateid = $1::text
UNION ALL
-- By its age, for which there is an index; there is none by order.
SELECT i.created_at, 'row', 'order', 'answer kept: ' || i.status, 'Idempotency-Key ' || i.key, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, i.xmin::text::bigint
FROM orders o JOIN idempotency i ON i.order_id = o.id
  AND i.created_at BETWEEN o.created_at - interval '1 minute' AND o.created_at + interval '1 minute'
WHERE o.id = $1
UNION ALL
SELECT NULL, 'log', 'relay.order', 'position', NULL, NULL, NULL, NULL,
       (pg_current_wal_lsn() - '0/0')::bigint, NULL, NULL, NULL, NULL
FROM orders WHERE id = $1
ORDER BY 1, 10;
