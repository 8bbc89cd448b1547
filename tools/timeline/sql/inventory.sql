-- The reservation. What was answered stands under the requests, timeline_answers below.

PREPARE timeline_rows(uuid) AS
WITH r AS (
  SELECT *, xmin::text::bigint AS xid,
         (SELECT string_agg(product_id || ' × ' || quantity ||
            coalesce(' (only ' || available || ' there)', ''), ', ' ORDER BY position)
          FROM reservation_item WHERE order_id = $1) AS items
  FROM reservation WHERE order_id = $1
)
SELECT created_at AS at, 'made' AS kind, 'inventory' AS place,
       'reservation ' || CASE WHEN updated_at > created_at THEN 'made' ELSE status END AS what,
       concat_ws(', ', failure_reason, items) AS detail,
       NULL::uuid AS event_id, NULL::text AS topic, NULL::int AS partition, NULL::bigint AS "offset",
       NULL::bigint AS sequence, NULL::int AS deliveries, NULL::text AS outcome, NULL::bigint AS xid
FROM r
UNION ALL
SELECT updated_at, 'row', 'inventory', 'reservation ' || status, concat_ws(', ', failure_reason, items),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, xid
FROM r WHERE updated_at > created_at
ORDER BY 1;
