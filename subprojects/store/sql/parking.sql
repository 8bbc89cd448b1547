-- Keys that wait behind a dead letter, with what has come for them since. Never
-- change this file once a service has run with it; what comes later is a file of
-- its own.

-- A key is Kafka's, byte for byte: also one that is no order id can be waited for.
-- Topic, partition, offset and event are those of the dead letter in front.
CREATE TABLE parked_key (
  key       bytea       PRIMARY KEY,
  event_id  uuid,                                -- null: it could not be read
  topic     text        NOT NULL,
  partition int         NOT NULL,
  "offset"  bigint      NOT NULL,
  reason    text        NOT NULL,
  since     timestamptz NOT NULL DEFAULT now()
);

-- Whole messages, in the order in which they came (id): their topic may not keep
-- them as long as a person needs to look at the dead letter.
CREATE TABLE parked_message (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key          bytea  NOT NULL REFERENCES parked_key,
  event_id     uuid,                             -- null: it could not be read
  topic        text   NOT NULL,
  partition    int    NOT NULL,
  "offset"     bigint NOT NULL,
  timestamp_ms bigint NOT NULL,
  headers      bytea  NOT NULL,                  -- runtime/parking.h says how
  payload      bytea,                            -- null: a tombstone
  -- What could not be read is not in the inbox: here its redelivery is absorbed.
  UNIQUE (topic, partition, "offset")
);

CREATE INDEX parked_message_key ON parked_message (key, id);

-- For people: which keys wait, since when, for what, with how much behind them.
CREATE VIEW parked AS
SELECT encode(parked_key.key, 'escape') AS key, parked_key.since, parked_key.reason,
       parked_key.topic, parked_key.partition, parked_key."offset",
       (SELECT count(*) FROM parked_message WHERE parked_message.key = parked_key.key) AS waiting
FROM parked_key
ORDER BY parked_key.since;
