-- The simulated provider's own ledger. Its line never shares a transaction with ours.

-- Its commits need not wait for the disk: whoever acts upon an answer commits later in
-- the same write-ahead log, and that commit takes this one to the disk with it.
SET synchronous_commit = off;

-- payment_id[], amount[], method[], refusal[]: once for a payment id, whatever is asked again.
PREPARE provider_charge(uuid[], bigint[], text[], text[]) AS
INSERT INTO provider.charge (payment_id, amount, method, refusal)
SELECT * FROM unnest($1, $2, $3, $4)
ON CONFLICT (payment_id) DO NOTHING;

-- payment_id[], refund_id[], amount[]: all of a charge, once.
PREPARE provider_refund(uuid[], uuid[], bigint[]) AS
INSERT INTO provider.refund (payment_id, refund_id, amount)
SELECT asked.payment_id, asked.refund_id, asked.amount
FROM unnest($1, $2, $3) AS asked(payment_id, refund_id, amount)
JOIN provider.charge USING (payment_id, amount)
WHERE charge.refusal IS NULL
ON CONFLICT DO NOTHING;

PREPARE provider_query(uuid[]) AS
SELECT payment_id, charge.refusal, refund.refund_id IS NOT NULL AS refunded
FROM provider.charge LEFT JOIN provider.refund USING (payment_id)
WHERE payment_id = ANY ($1);
