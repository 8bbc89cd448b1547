-- The analytics context: what is known of each order, and what that adds up to.

-- One row to an order, filled in as its milestones are told (Kimball's accumulating
-- snapshot): each column is set once, by one type of event, in whatever order they come.
CREATE TABLE order_fact (
  order_id            uuid PRIMARY KEY,
  total_amount        bigint NOT NULL DEFAULT 0, -- minor units; known once created_at is
  decline_reason      text,
  refusal_reason      text,
  cancellation_reason text,
  created_at          timestamptz,
  paid_at             timestamptz,
  declined_at         timestamptz, -- payment failed
  refunded_at         timestamptz,
  reserved_at         timestamptz,
  refused_at          timestamptz, -- inventory failed
  released_at         timestamptz,
  completed_at        timestamptz,
  cancelled_at        timestamptz,
  CHECK ((declined_at IS NULL) = (decline_reason IS NULL)),
  CHECK ((refused_at IS NULL) = (refusal_reason IS NULL)),
  CHECK ((cancelled_at IS NULL) = (cancellation_reason IS NULL)),
  CHECK (completed_at IS NULL OR cancelled_at IS NULL),
  CHECK (paid_at IS NULL OR declined_at IS NULL)
) WITH (fillfactor = 50);

-- What all rows of order_fact count for, kept up with them in the same transaction.
-- An order stands under the minute in which it was created, under 'epoch' while its
-- creation has not been told.
CREATE TABLE tally (
  minute  timestamptz NOT NULL,
  measure text NOT NULL,   -- status; declined, refused, cancelled; created-paid, …
  label   text NOT NULL,   -- the status; the reason; the bucket's bound in milliseconds
  count   bigint NOT NULL, -- orders
  total   bigint NOT NULL, -- minor units; of steps: microseconds
  PRIMARY KEY (minute, measure, label)
) WITH (fillfactor = 50);

-- How far the read model is.
CREATE TABLE progress (
  only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  event_at     timestamptz NOT NULL, -- of the latest event counted
  processed_at timestamptz NOT NULL
);
