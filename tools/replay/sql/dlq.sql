-- What the redrive of dead letters asks a service's database beyond parking.

-- The keys that wait, each with the dead letter it waits for and how much is behind it.
PREPARE dlq_front_list AS
SELECT key, topic, partition, "offset",
       (SELECT count(*) FROM parked_message WHERE parked_message.key = parked_key.key)
FROM parked_key
ORDER BY key;

-- A refused event whose key does not wait: the inbox would absorb it for ever.
PREPARE dlq_inbox_forget(uuid) AS
DELETE FROM inbox WHERE event_id = $1 AND outcome = 'poison';

-- Where waiting messages came from, and will go to.
PREPARE dlq_topic_list AS
SELECT DISTINCT topic FROM parked_message ORDER BY topic;
