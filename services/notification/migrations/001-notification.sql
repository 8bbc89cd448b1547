-- The notification context: templates, what customers are told, and how it was delivered.

-- Subject and body by kind of event; {placeholders} as template.h names them. Read at start.
CREATE TABLE template (
  type    text PRIMARY KEY,
  subject text NOT NULL,
  body    text NOT NULL
);

-- Whose order it is. Only some events say it, and theirs may come later than the others.
CREATE TABLE customer_order (
  order_id    uuid PRIMARY KEY,
  customer_id text NOT NULL
);

-- One to an order and kind of event: the database says so.
CREATE TABLE notification (
  event_id    uuid PRIMARY KEY,
  order_id    uuid NOT NULL,
  type        text NOT NULL,
  subject     text NOT NULL,
  body        text NOT NULL,
  status      text NOT NULL DEFAULT 'Pending' CHECK (status IN ('Pending', 'Sent', 'Simulated', 'Failed')),
  attempts    int NOT NULL DEFAULT 0,
  due_at      timestamptz, -- of the next attempt
  traceparent text,
  created_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  UNIQUE (order_id, type),
  CHECK ((status = 'Pending') = (due_at IS NOT NULL)),
  CHECK ((status = 'Pending') = (ended_at IS NULL))
) WITH (fillfactor = 70);

CREATE INDEX notification_due ON notification (due_at) WHERE status = 'Pending';

-- Written down before anything is sent. Without an outcome: under way, or the process ended
-- in the middle of it and nobody knows whether the mail went out.
CREATE TABLE delivery_attempt (
  event_id   uuid NOT NULL REFERENCES notification (event_id),
  attempt    int NOT NULL,
  recipient  text,
  outcome    text CHECK (outcome IN ('Sent', 'Simulated', 'Refused', 'Unreachable', 'Repeated')),
  detail     text,
  started_at timestamptz NOT NULL,
  ended_at   timestamptz,
  PRIMARY KEY (event_id, attempt)
);

-- Recorded as sent at most once, whatever the code does.
CREATE UNIQUE INDEX delivery_attempt_sent ON delivery_attempt (event_id)
  WHERE outcome IN ('Sent', 'Simulated');
