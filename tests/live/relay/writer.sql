-- One transaction of a writer: up to three rows for one order; one in ten rolls back.
\set rows random(1, 3)
\set order random(1, 200)
\set fate random(1, 10)
BEGIN;
SELECT outbox_fill(:order, :rows);
\if :fate > 9
ROLLBACK;
\else
COMMIT;
\endif
