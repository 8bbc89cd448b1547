-- Notifications: what a batch reads and writes.

PREPARE template_list AS
SELECT type, subject, body FROM template ORDER BY type;

-- What is known of each order; orders nothing is known of give no row.
PREPARE customer_order_load(uuid[]) AS
SELECT order_id, customer_id FROM customer_order WHERE order_id = ANY ($1);

PREPARE notification_load(uuid[]) AS
SELECT order_id, type FROM notification WHERE order_id = ANY ($1);

-- Two members of the group may meet at an order while partitions change hands: the first
-- has said it.
PREPARE customer_order_insert(uuid[], text[]) AS
INSERT INTO customer_order (order_id, customer_id)
SELECT * FROM unnest($1, $2) AS u (order_id, customer_id)
ORDER BY order_id
ON CONFLICT (order_id) DO NOTHING;

PREPARE notification_insert(uuid[], uuid[], text[], text[], text[], text[], timestamptz[]) AS
INSERT INTO notification (event_id, order_id, type, subject, body, traceparent, created_at, due_at)
SELECT event_id, order_id, type, subject, body, traceparent, created_at, created_at
FROM unnest($1, $2, $3, $4, $5, $6, $7)
  AS u (event_id, order_id, type, subject, body, traceparent, created_at)
ON CONFLICT (order_id, type) DO NOTHING;

-- Of one order, for people and tools: a row for each attempt, one without for what waits.
PREPARE notification_list(uuid) AS
SELECT event_id, type, status, subject, body, due_at, created_at, notification.ended_at, traceparent,
       attempt, recipient, outcome, detail, started_at, delivery_attempt.ended_at
FROM notification LEFT JOIN delivery_attempt USING (event_id)
WHERE order_id = $1
ORDER BY created_at, event_id, attempt;
