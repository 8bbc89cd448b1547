-- The order context: catalogue, orders, their items and their history.

CREATE TABLE product (
  product_id text PRIMARY KEY,
  name       text NOT NULL,
  price      bigint NOT NULL CHECK (price >= 0) -- minor units
);

CREATE TABLE orders (
  id                  uuid PRIMARY KEY,
  customer_id         text NOT NULL,
  payment_method      text NOT NULL,
  status              text NOT NULL CHECK (status IN ('Pending', 'Paid', 'Completed', 'Cancelled')),
  step                text NOT NULL CHECK (step IN ('awaiting_payment', 'awaiting_stock', 'releasing_stock',
                                                    'refunding', 'completed', 'cancelled')),
  total_amount        bigint NOT NULL CHECK (total_amount >= 0),
  payment_id          uuid,
  reservation_id      uuid,
  refunded            boolean NOT NULL DEFAULT false,
  cancellation_reason text,
  sequence            bigint NOT NULL, -- of the last message emitted
  version             int NOT NULL,    -- of the last event applied
  deadline            timestamptz,     -- null: terminal
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL
) WITH (fillfactor = 70);

-- The open ones: few, whatever the history.
CREATE INDEX orders_open ON orders (deadline) WHERE deadline IS NOT NULL;

CREATE TABLE order_item (
  order_id   uuid NOT NULL REFERENCES orders,
  position   int NOT NULL,
  product_id text NOT NULL,
  quantity   int NOT NULL CHECK (quantity > 0),
  price      bigint NOT NULL,
  PRIMARY KEY (order_id, position)
);

-- One row for each event applied: the state can be made again from these.
CREATE TABLE order_history (
  order_id    uuid NOT NULL REFERENCES orders,
  version     int NOT NULL,
  type        text NOT NULL, -- CreateOrder, PaymentSucceeded, …
  event_id    uuid,          -- null for a command over HTTP
  step_from   text NOT NULL,
  step_to     text NOT NULL,
  topic       text,
  partition   int,
  "offset"    bigint,
  traceparent text,
  at          timestamptz NOT NULL,
  PRIMARY KEY (order_id, version)
);

-- The timeline of an order shows what was emitted about it.
CREATE INDEX outbox_aggregate ON outbox (aggregateid);

-- The answer to each Idempotency-Key, in the transaction that made it true.
CREATE TABLE idempotency (
  key         text PRIMARY KEY,
  body_sha256 bytea NOT NULL,
  order_id    uuid NOT NULL,
  status      int NOT NULL,
  answer      text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_age ON idempotency (created_at);
