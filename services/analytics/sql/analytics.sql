-- Facts and the tally: what a batch reads and writes, and what the summary asks.

-- A row for every order of the batch, so that the load can lock each: two members
-- that learn of one order at once (a rebalance) take turns. Always in one order.
PREPARE order_fact_claim(uuid[]) AS
INSERT INTO order_fact (order_id)
SELECT DISTINCT order_id FROM unnest($1) AS u (order_id) ORDER BY order_id
ON CONFLICT DO NOTHING;

PREPARE order_fact_load(uuid[]) AS
SELECT order_id, total_amount, decline_reason, refusal_reason, cancellation_reason,
       created_at, paid_at, declined_at, refunded_at, reserved_at, refused_at, released_at,
       completed_at, cancelled_at
FROM order_fact
WHERE order_id = ANY ($1)
ORDER BY order_id
FOR UPDATE;

PREPARE order_fact_save(uuid[], bigint[], text[], text[], text[],
  timestamptz[], timestamptz[], timestamptz[], timestamptz[], timestamptz[], timestamptz[],
  timestamptz[], timestamptz[], timestamptz[]) AS
UPDATE order_fact
SET total_amount = u.total_amount, decline_reason = u.decline_reason,
    refusal_reason = u.refusal_reason, cancellation_reason = u.cancellation_reason,
    created_at = u.created_at, paid_at = u.paid_at, declined_at = u.declined_at,
    refunded_at = u.refunded_at, reserved_at = u.reserved_at, refused_at = u.refused_at,
    released_at = u.released_at, completed_at = u.completed_at, cancelled_at = u.cancelled_at
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     AS u (order_id, total_amount, decline_reason, refusal_reason, cancellation_reason,
           created_at, paid_at, declined_at, refunded_at, reserved_at, refused_at, released_at,
           completed_at, cancelled_at)
WHERE order_fact.order_id = u.order_id;

-- The differences of a batch, each cell written once, in one order.
PREPARE tally_add(timestamptz[], text[], text[], bigint[], bigint[]) AS
INSERT INTO tally AS t (minute, measure, label, count, total)
SELECT coalesce(minute, 'epoch'), measure, label, sum(count), sum(total)
FROM unnest($1, $2, $3, $4, $5) AS u (minute, measure, label, count, total)
GROUP BY 1, 2, 3
HAVING sum(count) <> 0 OR sum(total) <> 0
ORDER BY 1, 2, 3
ON CONFLICT (minute, measure, label) DO UPDATE
SET count = t.count + excluded.count, total = t.total + excluded.total;

PREPARE progress_save(timestamptz, timestamptz) AS
INSERT INTO progress AS p (event_at, processed_at) VALUES ($1, $2)
ON CONFLICT (only_row) DO UPDATE
SET event_at = greatest(p.event_at, excluded.event_at),
    processed_at = greatest(p.processed_at, excluded.processed_at);

-- Both bounds may be null: everything, also what stands under 'epoch'.
PREPARE summary_measures(timestamptz, timestamptz) AS
SELECT measure, label, sum(count)::bigint, sum(total)::bigint
FROM tally
WHERE ($1 IS NULL OR minute >= $1) AND ($2 IS NULL OR minute < $2)
GROUP BY measure, label
HAVING sum(count) <> 0
ORDER BY measure, label;

-- Sixty minutes up to now, or to the end asked for; minutes without orders too.
PREPARE summary_minutes(timestamptz, timestamptz) AS
WITH span AS (
  SELECT date_trunc('minute', least($2 - interval '1 microsecond', now())) AS last
)
SELECT minutes.minute,
       coalesce(sum(count), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE label = 'Completed'), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE label = 'Cancelled'), 0)::bigint,
       coalesce(sum(total) FILTER (WHERE label = 'Completed'), 0)::bigint
FROM span
CROSS JOIN generate_series(last - interval '59 minutes', last, interval '1 minute')
           AS minutes (minute)
LEFT JOIN tally ON tally.minute = minutes.minute AND measure = 'status'
WHERE $1 IS NULL OR minutes.minute >= $1
GROUP BY minutes.minute
ORDER BY minutes.minute;

PREPARE summary_progress AS
SELECT event_at, processed_at FROM progress;
