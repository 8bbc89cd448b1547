/*
 * A group member (librdkafka behind it): read_committed, range assignment,
 * static membership, offsets stored only when told.
 *
 * One consumer, one thread. Messages come in batches; a batch is in hand until
 * it is released. Should a rebalance take a partition away, its messages leave
 * the batch in hand (count shrinks, order stays): poll functions are the only
 * places where this happens.
 */
#pragma once

#include <bus/message.h>

#define BUS_BATCH_MAX 1000

struct bus_consumer;

struct bus_consumer_config {
	const char *bootstrap; /* "127.0.0.1:9092" */
	const char *group;
	const char *instance; /* group.instance.id; NULL: dynamic member */
	const char *client_id;
	const char *const *topics; /* NULL-ended */
	/* Extra librdkafka "name=value" (security, auto.offset.reset), NULL-ended; may be NULL. */
	const char *const *options;
	size_t batch_max;       /* messages, 1 to BUS_BATCH_MAX */
	size_t batch_bytes_max; /* of keys and values; the message that passes it is the last */
	/*
	 * How long the broker gathers before it answers a fetch with less than 64 KiB. 0: it
	 * answers as soon as there is a message. For those who are in no hurry: a batch costs
	 * them, the broker and the database about as much as a message does.
	 */
	int gather_ms;
};

struct bus_batch {
	struct bus_message *messages; /* per partition in offset order */
	size_t count;
};

/* Joins in the background, as polls are made. Copies what it needs of @config. */
int bus_consumer_create(
	const struct bus_consumer_config *config, struct bus_consumer **ret_consumer);
/* Leaves cleanly: stored offsets are committed first. */
void bus_consumer_destroy(struct bus_consumer *consumer);

/*
 * Waits up to @timeout_ms for a first message, then takes what else is there
 * without waiting. 0 with @batch filled (maybe empty), or FAULT_BUS /
 * FAULT_BUS_CONFIG; FAULT_STATE for good when another member has taken the instance.
 * The batch before must have been released.
 */
int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch);

/*
 * Keeps membership while the batch in hand waits to be retried: pauses what is
 * assigned, serves the client for @timeout_ms, takes no new messages. The first
 * poll after it resumes.
 */
int bus_consumer_wait(struct bus_consumer *consumer, int timeout_ms, struct bus_batch *batch);

/* Stores the offsets behind the batch's messages; committed in the background within 200 ms. */
int bus_consumer_store(struct bus_consumer *consumer, const struct bus_batch *batch);
/* Commits what is stored and not yet committed, now. 0 also when there is nothing. */
int bus_consumer_commit(struct bus_consumer *consumer);
/* Gives the messages back. */
void bus_consumer_release(struct bus_consumer *consumer, struct bus_batch *batch);

/*
 * After a transactor answered BUS_RECREATED: reads the committed offsets and
 * drops from the batch what they are already past. FAULT_BUS when they could
 * not be read (call again).
 */
int bus_consumer_drop_committed(struct bus_consumer *consumer, struct bus_batch *batch);

/* Partitions assigned now; 0 before the first assignment. */
int bus_consumer_assigned(const struct bus_consumer *consumer);
/*
 * How often partitions were given out to this member: while it stays the same, no
 * other member has worked on what is assigned.
 */
int64_t bus_consumer_assignments(const struct bus_consumer *consumer);
/*
 * Monotonic time since when this member waits to be told its share of the partitions,
 * for /readyz; 0 when it was, be it that there is none for it. Brokers may answer all the
 * while: then they keep the group from its members.
 */
int64_t bus_consumer_waiting_us(const struct bus_consumer *consumer);
/*
 * Monotonic time of the last answer of a broker, for /readyz; 0 before the first.
 * Heartbeats keep it within 2 s while all is well. From any thread.
 */
int64_t bus_consumer_alive_us(const struct bus_consumer *consumer);
