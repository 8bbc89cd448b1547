-- The inventory context: stock and reservations.

CREATE TABLE stock (
  product_id text PRIMARY KEY,
  initial    bigint NOT NULL CHECK (initial >= 0),
  on_hand    bigint NOT NULL CHECK (on_hand >= 0),
  reserved   bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  CHECK (initial = on_hand + reserved)
) WITH (fillfactor = 50);

CREATE TABLE reservation (
  order_id       uuid PRIMARY KEY,
  id             uuid NOT NULL UNIQUE,
  request_id     uuid, -- null: a release came before any request
  status         text NOT NULL CHECK (status IN ('Reserved', 'Failed', 'Released')),
  failure_reason text,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE reservation_item (
  order_id   uuid NOT NULL REFERENCES reservation,
  position   int NOT NULL,
  product_id text NOT NULL,
  quantity   int NOT NULL CHECK (quantity > 0),
  available  bigint, -- of an item that could not be reserved: what was there instead
  PRIMARY KEY (order_id, position)
);
