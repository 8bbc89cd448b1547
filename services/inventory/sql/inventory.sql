-- Stock and reservations: what a batch reads and writes.

PREPARE reservation_load(uuid[]) AS
SELECT order_id, id, request_id, status, failure_reason, created_at, updated_at
FROM reservation
WHERE order_id = ANY ($1)
ORDER BY order_id
FOR UPDATE;

PREPARE reservation_items_load(uuid[]) AS
SELECT order_id, product_id, quantity, available
FROM reservation_item
WHERE order_id = ANY ($1)
ORDER BY order_id, position;

-- Everything asked for, and everything these orders hold and may give back.
-- Always locked in one order, so that two members never wait for each other.
PREPARE stock_load(text[], uuid[]) AS
SELECT product_id, on_hand, reserved
FROM stock
WHERE product_id = ANY ($1)
   OR product_id IN (SELECT product_id FROM reservation_item WHERE order_id = ANY ($2))
ORDER BY product_id
FOR UPDATE;

PREPARE reservation_save(uuid[], uuid[], uuid[], text[], text[], timestamptz[], timestamptz[]) AS
INSERT INTO reservation (order_id, id, request_id, status, failure_reason, created_at, updated_at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (order_id) DO UPDATE
SET status = excluded.status, updated_at = excluded.updated_at;

PREPARE reservation_item_insert(uuid[], int[], text[], int[], bigint[]) AS
INSERT INTO reservation_item (order_id, position, product_id, quantity, available)
SELECT order_id, position, product_id, quantity, nullif(available, -1)
FROM unnest($1, $2, $3, $4, $5) AS u (order_id, position, product_id, quantity, available);

PREPARE stock_save(text[], bigint[], bigint[]) AS
UPDATE stock
SET on_hand = u.on_hand, reserved = u.reserved
FROM unnest($1, $2, $3) AS u (product_id, on_hand, reserved)
WHERE stock.product_id = u.product_id;

PREPARE stock_seed(text[], bigint[]) AS
INSERT INTO stock (product_id, initial, on_hand)
SELECT product_id, quantity, quantity FROM unnest($1, $2) AS u (product_id, quantity)
ON CONFLICT DO NOTHING;

PREPARE stock_list AS
SELECT product_id, on_hand, reserved FROM stock ORDER BY product_id;

PREPARE stock_get(text) AS
SELECT product_id, on_hand, reserved FROM stock WHERE product_id = $1;
