-- What the HTTP API asks.

PREPARE order_get(uuid) AS
SELECT id, customer_id, payment_method, status, step, total_amount, payment_id, reservation_id,
       refunded, cancellation_reason, sequence, version, deadline, created_at, updated_at, asks, stuck
FROM orders
WHERE id = $1;

PREPARE order_items_get(uuid) AS
SELECT order_id, product_id, quantity, price
FROM order_item
WHERE order_id = $1
ORDER BY position;

-- Pages, newest first: behind which id, in which status (null: any), how many.
PREPARE order_list(uuid, text, int) AS
SELECT id, customer_id, status, step, total_amount, created_at, updated_at
FROM orders
WHERE id < $1 AND ($2 IS NULL OR status = $2)
ORDER BY id DESC
LIMIT $3;

-- Pending and Paid are few among all, so by the index of those under way.
PREPARE order_list_open(uuid, text, int) AS
WITH open AS MATERIALIZED (
  SELECT id, customer_id, status, step, total_amount, created_at, updated_at
  FROM orders
  WHERE deadline IS NOT NULL AND status = $2
)
SELECT * FROM open WHERE id < $1 ORDER BY id DESC LIMIT $3;

PREPARE order_list_customer(uuid, text, int, text) AS
SELECT id, customer_id, status, step, total_amount, created_at, updated_at
FROM orders
WHERE customer_id = $4 AND id < $1 AND ($2 IS NULL OR status = $2)
ORDER BY id DESC
LIMIT $3;

-- All that happened, in the order of time; what was applied comes before what it led
-- to. Deliveries are the inbox's count: above 1, duplicates were absorbed.
PREPARE order_timeline(uuid) AS
SELECT h.at, 'applied' AS kind, h.type, h.event_id, h.topic, h.partition, h."offset", h.step_from,
       h.step_to, NULL::bigint AS sequence, h.traceparent, NULL AS reason, inbox.seen AS deliveries,
       h.version
FROM order_history h LEFT JOIN inbox USING (event_id)
WHERE h.order_id = $1
UNION ALL
SELECT u.at, u.outcome, u.type, u.event_id, u.topic, u.partition, u."offset", u.step,
       u.step, NULL, u.traceparent, u.reason, inbox.seen, NULL
FROM order_unapplied u LEFT JOIN inbox USING (event_id)
WHERE u.order_id = $1
UNION ALL
SELECT occurred_at, 'emitted', type, id, aggregatetype, NULL, NULL, NULL,
       NULL, sequence, traceparent, NULL, NULL, NULL
FROM outbox
WHERE aggregateid = $1::text
ORDER BY 1, 2, 14, 10;

-- What was answered under these keys. Two processes that take one key at once are
-- told apart by the primary key, at the insert.
PREPARE idempotency_find(text[]) AS
SELECT key, body_sha256, order_id, status, answer
FROM idempotency
WHERE key = ANY ($1);

PREPARE idempotency_insert(text[], bytea[], uuid[], int[], text[]) AS
INSERT INTO idempotency (key, body_sha256, order_id, status, answer)
SELECT * FROM unnest($1, $2, $3, $4, $5);

-- Answers are kept for 24 hours.
PREPARE idempotency_forget AS
WITH forgotten AS (
  DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency WHERE created_at < now() - interval '24 hours' LIMIT 5000))
  RETURNING 1
)
SELECT count(*) FROM forgotten;

PREPARE product_seed(text[], text[], bigint[]) AS
INSERT INTO product (product_id, name, price)
SELECT * FROM unnest($1, $2, $3)
ON CONFLICT DO NOTHING;

PREPARE product_list AS
SELECT product_id, name, price FROM product ORDER BY product_id;
