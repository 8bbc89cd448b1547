-- Deliveries: what a sender takes and what it writes down.

-- Takes what is due, lets nobody else take it for so many milliseconds, and writes the
-- attempts down before they are made. What has no customer yet waits for the event that
-- names one.
PREPARE delivery_take(int, bigint) AS
WITH due AS (
  SELECT event_id, customer_id
  FROM notification JOIN customer_order USING (order_id)
  WHERE status = 'Pending' AND due_at <= now()
  ORDER BY due_at
  LIMIT $1
  FOR UPDATE OF notification SKIP LOCKED
), taken AS (
  UPDATE notification
  SET attempts = attempts + 1, due_at = now() + $2 * interval '1 millisecond'
  FROM due
  WHERE notification.event_id = due.event_id
  RETURNING notification.event_id, order_id, type, subject, body, attempts, created_at, traceparent,
            due.customer_id
), started AS (
  INSERT INTO delivery_attempt (event_id, attempt, started_at)
  SELECT event_id, attempts, now() FROM taken
)
SELECT event_id, order_id, type, subject, body, attempts, created_at, traceparent, customer_id
FROM taken
ORDER BY created_at;

-- What became of attempts: event_id[], attempt[], recipient[], outcome[], detail[],
-- status[] (of the notification from now on), pause_ms[] (until the next attempt).
-- A sender that was held up past its time may find that another has ended it meanwhile:
-- its mail went out a second time, which is said, and changes nothing else.
PREPARE delivery_record(uuid[], int[], text[], text[], text[], text[], bigint[]) AS
WITH given AS (
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
    AS u (event_id, attempt, recipient, outcome, detail, status, pause_ms)
), before AS (
  SELECT event_id, notification.status FROM notification JOIN given USING (event_id)
  ORDER BY event_id
  FOR UPDATE OF notification
), moved AS (
  UPDATE notification
  SET status = given.status,
      due_at = CASE WHEN given.status = 'Pending' THEN now() + given.pause_ms * interval '1 millisecond' END,
      ended_at = CASE WHEN given.status <> 'Pending' THEN now() END
  FROM given JOIN before USING (event_id)
  WHERE notification.event_id = given.event_id AND before.status = 'Pending'
    -- Another attempt is under way, and this one settles nothing.
    AND (given.status <> 'Pending' OR notification.attempts = given.attempt)
)
UPDATE delivery_attempt
SET recipient = given.recipient, detail = given.detail, ended_at = now(),
    outcome = CASE WHEN given.outcome IN ('Sent', 'Simulated') AND before.status <> 'Pending'
                   THEN 'Repeated' ELSE given.outcome END
FROM given JOIN before USING (event_id)
WHERE delivery_attempt.event_id = given.event_id AND delivery_attempt.attempt = given.attempt
  -- Written down already, by a commit whose answer was lost.
  AND delivery_attempt.outcome IS NULL;

-- Milliseconds until something is due; no row when nothing waits.
PREPARE delivery_next AS
SELECT greatest(0, ceil(extract(epoch FROM due_at - now()) * 1000))::bigint
FROM notification JOIN customer_order USING (order_id)
WHERE status = 'Pending'
ORDER BY due_at
LIMIT 1;
