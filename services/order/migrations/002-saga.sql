-- The saga in full: how often the open question was asked, which orders a person
-- should look at, and a history that the state can be made from again.

ALTER TABLE orders
  ADD COLUMN asks  int     NOT NULL DEFAULT 1,     -- of the open question; 0 once terminal
  ADD COLUMN stuck boolean NOT NULL DEFAULT false; -- compensating, and asked for too long

UPDATE orders SET asks = 0 WHERE deadline IS NULL;

-- A handful, in good times none.
CREATE INDEX orders_stuck ON orders (id) WHERE stuck;

ALTER TABLE order_history
  ADD COLUMN event    bytea,                  -- as it came; null: none, or a row older than this column
  ADD COLUMN asks_max int NOT NULL DEFAULT 0; -- of a Deadline: the limit it was decided by

-- Messages about an order that changed nothing: ignored, or dead letters.
CREATE TABLE order_unapplied (
  event_id    uuid PRIMARY KEY,
  order_id    uuid NOT NULL REFERENCES orders,
  type        text NOT NULL,
  outcome     text NOT NULL, -- ignored, poison
  reason      text,
  step        text NOT NULL, -- that the order was in, and stayed in
  topic       text NOT NULL,
  partition   int NOT NULL,
  "offset"    bigint NOT NULL,
  traceparent text,
  at          timestamptz NOT NULL
);
CREATE INDEX order_unapplied_order ON order_unapplied (order_id);
