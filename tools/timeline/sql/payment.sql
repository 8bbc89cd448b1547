-- The payment, every movement of money, and the provider's side of it.

PREPARE timeline_rows(uuid) AS
WITH p AS (SELECT *, xmin::text::bigint AS xid FROM payment WHERE order_id = $1)
SELECT created_at AS at, 'made' AS kind, 'payment' AS place,
       'payment of ' || to_char(amount / 100.0, 'FM9999999999990.00') AS what,
       method || ', ' || id::text AS detail,
       NULL::uuid AS event_id, NULL::text AS topic, NULL::int AS partition, NULL::bigint AS "offset",
       NULL::bigint AS sequence, NULL::int AS deliveries, NULL::text AS outcome, NULL::bigint AS xid
FROM p
UNION ALL
SELECT updated_at, 'row', 'payment', 'payment ' || status,
       concat_ws(', ', failure_reason, nullif(attempts, 0) || ' attempts',
         question || ' asked again at ' || to_char(due_at AT TIME ZONE 'UTC', 'HH24:MI:SS')),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, xid
FROM p WHERE updated_at > created_at OR failure_reason IS NOT NULL
UNION ALL
SELECT t.at, 'row', 'payment', t.kind || ' ' || to_char(t.amount / 100.0, 'FM9999999999990.00'),
       'debit ' || t.debit || ', credit ' || t.credit, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       t.xmin::text::bigint
FROM p JOIN payment_transaction t ON t.payment_id = p.id
UNION ALL
SELECT c.at, 'row', 'provider', CASE WHEN c.refusal IS NULL THEN 'charge taken' ELSE 'charge refused' END,
       coalesce(c.refusal, to_char(c.amount / 100.0, 'FM9999999999990.00') || ' by ' || c.method),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, c.xmin::text::bigint
FROM p JOIN provider.charge c ON c.payment_id = p.id
UNION ALL
SELECT r.at, 'row', 'provider', 'refund given', to_char(r.amount / 100.0, 'FM9999999999990.00'),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.xmin::text::bigint
FROM p JOIN provider.refund r ON r.payment_id = p.id
UNION ALL
SELECT occurred_at, 'said', 'payment', type, NULL, id, aggregatetype, NULL, NULL, sequence, NULL, NULL,
       xmin::text::bigint
FROM outbox WHERE aggregateid = $1::text
UNION ALL
SELECT NULL, 'log', 'relay.payment', 'position', NULL, NULL, NULL, NULL,
       (pg_current_wal_lsn() - '0/0')::bigint, NULL, NULL, NULL, NULL
FROM p
ORDER BY 1;
