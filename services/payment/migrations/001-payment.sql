-- The payment context: one payment to an order, and every movement of money.

CREATE TABLE payment (
  order_id       uuid PRIMARY KEY,
  id             uuid NOT NULL UNIQUE,
  request_id     uuid, -- null: a refund came before any charge
  refund_id      uuid UNIQUE,
  status         text NOT NULL CHECK (status IN ('Succeeded', 'Failed', 'Refunded')),
  amount         bigint NOT NULL CHECK (amount >= 0), -- minor units
  method         text NOT NULL,
  failure_reason text,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  CHECK ((status = 'Failed') = (failure_reason IS NOT NULL)),
  CHECK ((status = 'Refunded') = (refund_id IS NOT NULL))
) WITH (fillfactor = 80);

-- Insert only. At most one capture and one refund to a payment: the database says so.
CREATE TABLE payment_transaction (
  payment_id uuid NOT NULL REFERENCES payment (id),
  kind       text NOT NULL CHECK (kind IN ('capture', 'refund')),
  amount     bigint NOT NULL CHECK (amount > 0),
  at         timestamptz NOT NULL,
  PRIMARY KEY (payment_id, kind)
);
