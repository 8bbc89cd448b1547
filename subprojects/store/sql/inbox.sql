-- The inbox: every event this service has taken, once.
--
-- A row is made in the transaction that applies its event; what was not applied is
-- settled in the same transaction.
CREATE TABLE inbox (
  event_id    uuid        PRIMARY KEY,
  topic       text        NOT NULL,
  partition   int         NOT NULL,
  "offset"    bigint      NOT NULL,
  outcome     text        NOT NULL DEFAULT 'applied', -- applied, ignored, poison
  reason      text,
  seen        int         NOT NULL DEFAULT 1,      -- deliveries counted
  received_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 90);

-- A few bytes per thousand rows: rows arrive in the order of their time.
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

-- Forgets what was received more than this many days ago; returns how many rows.
-- Keep them longer than a message can be delivered again: the topics' retention.
CREATE FUNCTION inbox_forget(days_kept int) RETURNS bigint LANGUAGE sql AS $$
  WITH forgotten AS (
    DELETE FROM inbox WHERE received_at < now() - make_interval(days => days_kept) RETURNING 1
  )
  SELECT count(*) FROM forgotten
$$;
