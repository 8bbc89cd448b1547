-- Payments: what a batch reads and writes.

PREPARE payment_load(uuid[]) AS
SELECT order_id, id, request_id, refund_id, status, amount, method, failure_reason, created_at, updated_at
FROM payment
WHERE order_id = ANY ($1)
ORDER BY order_id
FOR UPDATE;

PREPARE payment_save(uuid[], uuid[], uuid[], uuid[], text[], bigint[], text[], text[], timestamptz[], timestamptz[]) AS
INSERT INTO payment (order_id, id, request_id, refund_id, status, amount, method, failure_reason, created_at, updated_at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (order_id) DO UPDATE
SET refund_id = excluded.refund_id, status = excluded.status, updated_at = excluded.updated_at;

PREPARE payment_transaction_insert(uuid[], text[], bigint[], timestamptz[]) AS
INSERT INTO payment_transaction (payment_id, kind, amount, at)
SELECT * FROM unnest($1, $2, $3, $4);
