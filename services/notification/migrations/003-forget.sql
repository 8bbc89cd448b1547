-- What is old is found by its age: rows arrive in the order of their time.

ALTER TABLE customer_order ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX customer_order_created_at ON customer_order USING brin (created_at);
CREATE INDEX notification_created_at ON notification USING brin (created_at);
