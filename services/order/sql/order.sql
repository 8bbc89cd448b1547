-- Orders: what a batch reads and writes.

PREPARE order_load(uuid[]) AS
SELECT id, customer_id, payment_method, status, step, total_amount, payment_id, reservation_id,
       refunded, cancellation_reason, sequence, version, deadline, created_at, updated_at, asks, stuck
FROM orders
WHERE id = ANY ($1)
ORDER BY id
FOR UPDATE;

PREPARE order_items_load(uuid[]) AS
SELECT order_id, product_id, quantity, price
FROM order_item
WHERE order_id = ANY ($1)
ORDER BY order_id, position;

PREPARE order_insert(uuid[], text[], text[], text[], text[], bigint[], bigint[], int[], timestamptz[], timestamptz[]) AS
INSERT INTO orders (id, customer_id, payment_method, status, step, total_amount, sequence, version,
                    deadline, created_at, updated_at)
SELECT id, customer_id, payment_method, status, step, total_amount, sequence, version,
       deadline, created_at, created_at
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  AS u (id, customer_id, payment_method, status, step, total_amount, sequence, version, deadline, created_at);

PREPARE order_item_insert(uuid[], int[], text[], int[], bigint[]) AS
INSERT INTO order_item (order_id, position, product_id, quantity, price)
SELECT * FROM unnest($1, $2, $3, $4, $5);

PREPARE order_update(uuid[], text[], text[], uuid[], uuid[], boolean[], text[], bigint[], int[], timestamptz[], timestamptz[],
                     int[], boolean[]) AS
UPDATE orders
SET status = u.status, step = u.step, payment_id = u.payment_id, reservation_id = u.reservation_id,
    refunded = u.refunded, cancellation_reason = u.cancellation_reason, sequence = u.sequence,
    version = u.version, deadline = u.deadline, updated_at = u.updated_at, asks = u.asks,
    stuck = u.stuck
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  AS u (id, status, step, payment_id, reservation_id, refunded, cancellation_reason, sequence,
        version, deadline, updated_at, asks, stuck)
WHERE orders.id = u.id;

PREPARE order_history_insert(uuid[], int[], text[], uuid[], text[], text[], text[], int[], bigint[], text[], timestamptz[],
                             bytea[], int[]) AS
INSERT INTO order_history (order_id, version, type, event_id, step_from, step_to, topic, partition,
                           "offset", traceparent, at, event, asks_max)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- A dead letter that is put back may be refused a second time: the latest counts.
PREPARE order_unapplied_insert(uuid[], uuid[], text[], text[], text[], text[], text[], int[], bigint[], text[], timestamptz[]) AS
INSERT INTO order_unapplied (event_id, order_id, type, outcome, reason, step, topic, partition,
                             "offset", traceparent, at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (event_id) DO UPDATE
SET outcome = excluded.outcome, reason = excluded.reason, step = excluded.step, topic = excluded.topic,
    partition = excluded.partition, "offset" = excluded."offset", at = excluded.at;

-- How many sagas are under way: the measure of back pressure.
PREPARE order_count_open AS
SELECT count(*) FROM orders WHERE deadline IS NOT NULL;

-- Orders whose deadline is past, oldest first. One that another transaction holds is
-- passed over: its answer is being applied, or another process fires it.
-- What its latest step was traced as comes with it.
PREPARE order_due(timestamptz, int) AS
SELECT id, (SELECT traceparent FROM order_history WHERE order_id = orders.id ORDER BY version DESC LIMIT 1)
FROM orders
WHERE deadline <= $1
ORDER BY deadline
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- The next deadline after that, and how many orders are stuck.
PREPARE order_outlook(timestamptz) AS
SELECT (SELECT min(deadline) FROM orders WHERE deadline > $1),
       (SELECT count(*) FROM orders WHERE stuck);
