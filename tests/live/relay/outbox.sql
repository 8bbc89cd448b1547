-- What the relay's live test writes with.

CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
	SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
		substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
		FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The order's number becomes its id, so that one key has many rows.
CREATE FUNCTION outbox_fill(number int, row_count int, size int DEFAULT 200) RETURNS void
LANGUAGE sql VOLATILE AS $$
	INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, traceparent, sequence,
		occurred_at)
	SELECT uuid7(),
		(ARRAY['order.events', 'payment.requests', 'inventory.requests'])[1 + (number + n) % 3],
		'00000000-0000-7000-8000-' || lpad(number::text, 12, '0'), 'Tested',
		convert_to(repeat('x', size), 'UTF8'),
		CASE WHEN n % 2 = 0 THEN '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' END,
		CASE WHEN n % 5 <> 0 THEN n END, clock_timestamp()
	FROM generate_series(1, row_count) n
$$;

-- As the owner of an outbox does it at its start, before the first row.
CREATE TABLE IF NOT EXISTS outbox_slot (slot text PRIMARY KEY, created_lsn pg_lsn NOT NULL);

CREATE FUNCTION slot_ensure(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_create_logical_replication_slot(name, 'pgoutput');
	INSERT INTO outbox_slot
		SELECT slot_name, confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = name;
END
$$;
