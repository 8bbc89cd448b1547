-- A customer's orders, newest first. Not by status: it changes with every step, and each
-- index more is written again each time.
CREATE INDEX orders_customer ON orders (customer_id, id);
