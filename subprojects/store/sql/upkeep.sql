-- Days of the outbox are dropped only once the relay is past them. Never change
-- this file once a service has run with it; what comes later is a file of its own.

-- Days that are old enough, and how far the write-ahead log was when that was seen:
-- all their rows stand before it.
CREATE TABLE outbox_expired (
  partition text   PRIMARY KEY,
  lsn       pg_lsn NOT NULL
);

-- Drops the days more than this many days ago, one or more; returns how many. A day
-- goes when every slot of outbox_slot has been confirmed beyond all its rows, which
-- a second call sees at the earliest. A slot that is missing holds everything: its
-- rows may have to be published from the table. Where no slot was ever made nobody
-- reads the outbox, and only empty days go.
CREATE OR REPLACE FUNCTION outbox_drop_partitions(days_kept int) RETURNS int
LANGUAGE plpgsql
-- Writers queue behind us: give up soon and come again.
SET lock_timeout = '1s' AS $$
DECLARE
  oldest  text := 'outbox_' || to_char((now() AT TIME ZONE 'UTC')::date - greatest(days_kept, 1), 'YYYYMMDD');
  slots   int := 0;
  read_to pg_lsn;
  name    text;
  seen_at pg_lsn;
  filled  boolean;
  gone    int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(5502215);
  IF to_regclass('outbox_slot') IS NOT NULL THEN
    SELECT count(*), min(coalesce(confirmed_flush_lsn, '0/0')) INTO slots, read_to
    FROM outbox_slot LEFT JOIN pg_replication_slots ON slot_name = slot::name;
  END IF;
  FOR name IN
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'outbox'::regclass AND relname ~ '^outbox_\d{8}$' AND relname < oldest
    ORDER BY relname
  LOOP
    INSERT INTO outbox_expired VALUES (name, pg_current_wal_insert_lsn()) ON CONFLICT DO NOTHING;
    SELECT lsn INTO seen_at FROM outbox_expired WHERE partition = name;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
    CONTINUE WHEN filled AND (slots = 0 OR read_to < seen_at);
    EXECUTE format('DROP TABLE %I', name);
    DELETE FROM outbox_expired WHERE partition = name;
    gone := gone + 1;
  END LOOP;
  RETURN gone;
END
$$;
