-- Payments: what a batch reads and writes.

PREPARE payment_load(uuid[]) AS
SELECT order_id, id, request_id, refund_id, status, amount, method, failure_reason, created_at, updated_at,
       question, due_at, attempts, traceparent
FROM payment
WHERE order_id = ANY ($1)
ORDER BY order_id
FOR UPDATE;

PREPARE payment_save(uuid[], uuid[], uuid[], uuid[], text[], bigint[], text[], text[], timestamptz[], timestamptz[],
                     text[], timestamptz[], int[], text[]) AS
INSERT INTO payment (order_id, id, request_id, refund_id, status, amount, method, failure_reason, created_at, updated_at,
                     question, due_at, attempts, traceparent)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (order_id) DO UPDATE
SET refund_id = excluded.refund_id, status = excluded.status, failure_reason = excluded.failure_reason,
    updated_at = excluded.updated_at, question = excluded.question, due_at = excluded.due_at,
    attempts = excluded.attempts, traceparent = excluded.traceparent;

-- payment_id[], kind[], debit[], credit[], amount[], at[]
PREPARE payment_transaction_insert(uuid[], text[], text[], text[], bigint[], timestamptz[]) AS
INSERT INTO payment_transaction (payment_id, kind, debit, credit, amount, at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6);

-- Takes what is overdue: now, until when it is ours, how many at most. Who is at work
-- on a row has it locked and needs no help with it.
PREPARE payment_take(timestamptz, timestamptz, bigint) AS
UPDATE payment
SET question = CASE overdue.question WHEN 'charge' THEN 'query' ELSE overdue.question END, due_at = $2
FROM (
  SELECT order_id, question FROM payment
  WHERE due_at <= $1
  ORDER BY due_at LIMIT $3
  FOR UPDATE SKIP LOCKED
) AS overdue
WHERE payment.order_id = overdue.order_id
RETURNING overdue.question, payment.order_id, id, refund_id, amount, method, traceparent;
