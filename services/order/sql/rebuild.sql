-- What order --rebuild reads.

-- The next orders after $1, or the one of id $2, in the order of their ids.
PREPARE rebuild_orders(uuid, uuid, int) AS
SELECT id, customer_id, payment_method, status, step, total_amount, payment_id, reservation_id,
       refunded, cancellation_reason, sequence, version, deadline, created_at, updated_at, asks, stuck
FROM orders
WHERE ($1 IS NULL OR id > $1) AND ($2 IS NULL OR id = $2)
ORDER BY id
LIMIT $3;

PREPARE rebuild_items(uuid[]) AS
SELECT order_id, product_id, quantity, price
FROM order_item
WHERE order_id = ANY ($1)
ORDER BY order_id, position;

PREPARE rebuild_history(uuid[]) AS
SELECT order_id, version, type, step_from, step_to, at, event, asks_max
FROM order_history
WHERE order_id = ANY ($1)
ORDER BY order_id, version;
