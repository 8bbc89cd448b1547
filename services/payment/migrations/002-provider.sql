-- Charges and refunds are asked of an outside party, outside of any transaction:
-- the payment keeps what is still to be asked, and when.

ALTER TABLE payment DROP CONSTRAINT payment_status_check;
ALTER TABLE payment DROP CONSTRAINT payment_check1; -- Refunded has a refund_id
ALTER TABLE payment
  ADD COLUMN question    text CHECK (question IN ('charge', 'refund', 'query', 'cancel')),
  ADD COLUMN due_at      timestamptz, -- of the question; until then somebody has it in hand
  ADD COLUMN attempts    int NOT NULL DEFAULT 0,
  ADD COLUMN traceparent text, -- of who asked for what is open
  ADD CONSTRAINT payment_status_check CHECK (status IN
    ('Charging', 'Voiding', 'Succeeded', 'Failed', 'Refunding', 'Refunded')),
  ADD CONSTRAINT payment_refund_check CHECK
    ((status IN ('Refunding', 'Refunded')) = (refund_id IS NOT NULL)),
  ADD CONSTRAINT payment_question_check1 CHECK
    ((status IN ('Charging', 'Voiding', 'Refunding')) = (question IS NOT NULL)
     AND (question IS NULL) = (due_at IS NULL));

CREATE INDEX payment_due ON payment (due_at) WHERE due_at IS NOT NULL;

-- Double entry: a movement names the account it debits and the one it credits, so an
-- entry without its other half cannot be written down.
ALTER TABLE payment_transaction ADD COLUMN debit text, ADD COLUMN credit text;
UPDATE payment_transaction SET
  debit  = CASE kind WHEN 'capture' THEN 'provider' ELSE 'customer' END,
  credit = CASE kind WHEN 'capture' THEN 'customer' ELSE 'provider' END;
ALTER TABLE payment_transaction
  ALTER COLUMN debit SET NOT NULL,
  ALTER COLUMN credit SET NOT NULL,
  ADD CONSTRAINT payment_transaction_accounts_check CHECK ((kind, debit, credit) IN
    (('capture', 'provider', 'customer'), ('refund', 'customer', 'provider')));

-- The same as a ledger: two entries to a movement, debits above zero, credits below.
CREATE VIEW payment_entry AS
SELECT payment_id, kind, debit AS account, amount, at FROM payment_transaction
UNION ALL
SELECT payment_id, kind, credit, -amount, at FROM payment_transaction;

-- The provider's side of the story. Nothing of ours refers to it.
CREATE SCHEMA provider;
CREATE TABLE provider.charge (
  payment_id uuid PRIMARY KEY,
  amount     bigint NOT NULL,
  method     text NOT NULL,
  refusal    text, -- null: the money was taken
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE provider.refund (
  payment_id uuid PRIMARY KEY REFERENCES provider.charge (payment_id),
  refund_id  uuid NOT NULL UNIQUE,
  amount     bigint NOT NULL,
  at         timestamptz NOT NULL DEFAULT now()
);
