-- What was answered to which request, for as long as the request can come again.

CREATE TABLE answer (
  request_id  uuid NOT NULL,
  position    int NOT NULL,
  id          uuid NOT NULL,
  topic       text NOT NULL,
  key         text NOT NULL,
  type        text NOT NULL,
  payload     bytea NOT NULL,
  traceparent text,
  sequence    bigint,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (request_id, position)
);
