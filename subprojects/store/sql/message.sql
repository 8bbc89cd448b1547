-- The statements of a service with inbox and outbox.
\ir claim.sql

-- Rows for the relay, published in the order given: id[], aggregatetype[] (the
-- topic), aggregateid[] (the key), type[], payload[], traceparent[], sequence[],
-- occurred_at[].
PREPARE outbox_insert(uuid[], text[], text[], text[], bytea[], text[], bigint[], timestamptz[]) AS
INSERT INTO outbox
  (id, aggregatetype, aggregateid, type, payload, traceparent, sequence, occurred_at)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8);
