-- Inbox and outbox, the first migration of every service. Never change this file
-- once a service has run with it; what comes later is a file of its own.

-- The inbox: every event this service has taken, once. A row is made in the
-- transaction that applies its event and settled there if it came to anything
-- else; nearly all rows are written once and never again.
CREATE TABLE inbox (
  event_id    uuid        PRIMARY KEY,
  topic       text        NOT NULL,
  partition   int         NOT NULL,
  "offset"    bigint      NOT NULL,
  outcome     text        NOT NULL DEFAULT 'applied',
  reason      text,
  seen        int         NOT NULL DEFAULT 1,      -- deliveries counted
  received_at timestamptz NOT NULL DEFAULT now()
);

-- A few bytes per thousand rows: rows arrive in the order of their time.
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

-- Forgets what was received more than this many days ago, at most rows_max rows a
-- call; returns how many: call again while it is rows_max. Keep rows longer than a
-- message can be delivered again: the topics' retention.
CREATE FUNCTION inbox_forget(days_kept int, rows_max int DEFAULT 50000) RETURNS bigint
LANGUAGE sql AS $$
  WITH forgotten AS (
    DELETE FROM inbox WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM inbox
      WHERE received_at < now() - make_interval(days => days_kept) LIMIT rows_max))
    RETURNING 1
  )
  SELECT count(*) FROM forgotten
$$;

-- The outbox: what the others are told. Rows are only ever inserted; a relay
-- reads them from the write-ahead log. The columns are those of Debezium's event
-- router; aggregatetype is the topic, aggregateid the key, payload the message.
--
-- Ids are UUIDv7 and carry their time, so a day is a range of ids and old days
-- are dropped whole.
CREATE TABLE outbox (
  id            uuid        PRIMARY KEY,
  aggregatetype text        NOT NULL,
  aggregateid   text        NOT NULL,
  type          text        NOT NULL,
  payload       bytea       NOT NULL,
  traceparent   text,
  sequence      bigint,
  occurred_at   timestamptz NOT NULL
) PARTITION BY RANGE (id);

-- For days that nobody made a partition for, and ids that carry no time.
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- The smallest id of a day (UTC): its milliseconds in the first 48 bits.
CREATE FUNCTION outbox_floor(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT rpad(lpad(to_hex((day - date '1970-01-01') * 86400000::bigint), 12, '0'), 32, '0')::uuid
$$;

-- Makes the partitions of today and the next days; returns how many were missing.
-- A day whose rows are in the default partition already is left there: moving
-- them would publish them again. Attaching does not stop writers of other days.
CREATE FUNCTION outbox_ensure_partitions(days_ahead int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  day   date;
  name  text;
  made  int := 0;
BEGIN
  -- Several processes do this: one at a time, and the second finds it done.
  PERFORM pg_advisory_xact_lock(5502215);
  FOR i IN 0..days_ahead LOOP
    day := today + i;
    name := 'outbox_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    CONTINUE WHEN EXISTS (
      SELECT FROM outbox_default WHERE id >= outbox_floor(day) AND id < outbox_floor(day + 1));
    EXECUTE format('CREATE TABLE %I (LIKE outbox INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE outbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      name, outbox_floor(day), outbox_floor(day + 1));
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;

-- Drops the days more than this many days ago; returns how many. Keep them longer
-- than the relay can be away: dropped rows cannot be published again.
CREATE FUNCTION outbox_drop_partitions(days_kept int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  oldest text := 'outbox_' || to_char((now() AT TIME ZONE 'UTC')::date - days_kept, 'YYYYMMDD');
  name   text;
  gone   int := 0;
BEGIN
  FOR name IN
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'outbox'::regclass AND relname ~ '^outbox_\d{8}$' AND relname < oldest
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    gone := gone + 1;
  END LOOP;
  RETURN gone;
END
$$;

-- Inserts only, under the outbox's own name whatever partition they are in.
CREATE PUBLICATION outbox FOR TABLE outbox
  WITH (publish = 'insert', publish_via_partition_root = true);

SELECT outbox_ensure_partitions(7);
