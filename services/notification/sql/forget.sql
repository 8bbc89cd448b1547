-- Ninety days of notifications and customers are kept, longer than any event can come
-- again; what waits is never forgotten. Run every hour, until nothing is left to do.

PREPARE notification_forget AS
WITH old AS (
  SELECT event_id FROM notification
  WHERE created_at < now() - interval '90 days' AND status <> 'Pending'
  LIMIT 2000
), attempts AS (
  DELETE FROM delivery_attempt USING old WHERE delivery_attempt.event_id = old.event_id
), forgotten AS (
  DELETE FROM notification USING old WHERE notification.event_id = old.event_id
  RETURNING 1
)
SELECT count(*) FROM forgotten;

-- A customer goes when nothing is kept that was told of the order.
PREPARE customer_order_forget AS
WITH forgotten AS (
  DELETE FROM customer_order WHERE ctid = ANY (ARRAY(
    SELECT customer_order.ctid FROM customer_order
    WHERE created_at < now() - interval '90 days'
      AND NOT EXISTS (SELECT FROM notification WHERE notification.order_id = customer_order.order_id)
    LIMIT 2000))
  RETURNING 1
)
SELECT count(*) FROM forgotten;
