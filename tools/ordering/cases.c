#include "cases.h"

#include <string.h>

/* clang-format off */
const struct lab_case CASES[] = {
	{
		.name = "holds",
		.line = "three consumers, one killed, one started again, one sent away",
		.kept = "keyed messages, a group of three; kill -9, a new member, a member that leaves",
		.why = "A key has one partition, and a partition has one consumer at a time, so the order of a key is the order of the log. "
		       "After a kill the next owner begins at the committed offset: some come again, none comes out of order.",
		.here = "subprojects/bus/src/consumer.c: offsets are stored after the work, so what is in doubt comes again",
		.run = case_holds,
	},
	{
		.name = "order-events",
		.line = "the lab's own topic order.events, as it is now",
		.kept = "the latest of every partition at read_committed, by the header sequence; nothing is written",
		.why = "The relay publishes each outbox in commit order, under the order's id as key, in transactions. "
		       "So the sequence of an order only rises, whoever was killed meanwhile.",
		.here = "services/relay/publisher.c: key, header sequence, one transaction with its position",
		.run = case_order_events,
	},
	{
		.name = "no-key",
		.line = "messages without a key",
		.broken = "no key: the client chooses a partition for each; one consumer is behind",
		.kept = "the key is given, the same consumer is behind",
		.why = "Kafka keeps the order of a partition, not of a topic: without a key the messages of one order lie on several. "
		       "Their consumers know nothing of each other, and one that is behind applies the old after the new.",
		.here = "avro-schemas/topics.conf: the partition key is always orderId; no key is a dead letter (services: missing_key)",
		.run = case_no_key,
	},
	{
		.name = "partitions-added",
		.line = "a topic that gets more partitions while messages are in it",
		.broken = "half is sent to three partitions, they become six, the rest is sent; the old ones' consumers are behind",
		.kept = "a new topic of six for the rest, read when the old one is at its end",
		.why = "The partition is hash(key) modulo the number of partitions, so with another number keys move, and their old messages stay where they are. "
		       "Until the old partition is drained, two consumers work on one key.",
		.here = "tools/topics: a topic whose count differs is reported and never altered",
		.run = case_partitions_added,
	},
	{
		.name = "other-partitioner",
		.line = "two producers that hash keys differently",
		.broken = "half is sent by murmur2 as Java's clients do, half by CRC32, librdkafka's default; one consumer is behind",
		.kept = "both by murmur2, the same consumer is behind",
		.why = "Which partition a key has is decided by each client alone, and clients have different defaults. "
		       "Two services in two languages then write one key to two partitions, and no broker complains.",
		.here = "subprojects/bus/src/producer.c: partitioner=murmur2_random, tested against Java's vectors",
		.run = case_other_partitioner,
	},
	{
		.name = "retry-topic",
		.line = "a retry topic that is overtaken",
		.broken = "a message that fails goes to a retry topic, what comes behind it under its key goes on",
		.kept = "what comes behind it under its key goes to the retry topic too",
		.why = "A retry topic takes one message out of its row: the ones behind it are applied first, and it comes back as the past. "
		       "Order needs the key to wait as a whole, not the message.",
		.here = "subprojects/runtime/src/parking.c: a key that waits keeps all that comes behind it",
		.run = case_retry_topic,
	},
	{
		.name = "thread-pool",
		.line = "one consumer that hands its messages to a pool of threads",
		.broken = "four threads take from one queue; one message of each of three keys takes longer",
		.kept = "four threads, each with its keys; the same messages take longer",
		.why = "The consumer reads in order, but two threads that hold messages of one key finish as they like. "
		       "A lane for each key inside the process restores what the partition gave.",
		.here = "subprojects/runtime/src/loop.c: one thread works off a batch; more work is more partitions",
		.run = case_thread_pool,
	},
	{
		.name = "producer-retries",
		.line = "a producer that retries without idempotence",
		.broken = "enable.idempotence=false, five requests under way; the network loses one and closes",
		.kept = "enable.idempotence=true, the same network",
		.why = "With several requests under way the later ones arrive although an earlier one was lost, and its retry is appended behind them. "
		       "With idempotence the broker takes a producer's batches by number only, and refuses what comes too early.",
		.here = "subprojects/bus/src/producer.c: enable.idempotence=true, acks=all",
		.reads_wire = true,
		.run = case_producer_retries,
	},
	{
		.name = "zombie",
		.line = "a consumer that slept through its replacement and goes on writing",
		.broken = "a member stops for longer than session.timeout.ms, wakes, and writes the rest of its batch",
		.kept = "effects and offsets in one Kafka transaction: the sleeper's is refused",
		.why = "Kafka takes partitions away from a member that is silent, but cannot take back the batch in its hands, nor does the member know that it slept. "
		       "Only a check where the effect is made, a fence or an inbox, stops the past from being written over the present.",
		.here = "services/inventory (transaction with offsets, bus/transactor.h); order and payment: inbox, effect and outbox in one PostgreSQL transaction",
		.run = case_zombie,
	},
};
/* clang-format on */
const size_t CASE_COUNT = sizeof(CASES) / sizeof(CASES[0]);

const struct lab_case *case_find(const char *name)
{
	for (size_t i = 0; i < CASE_COUNT; i++) {
		if (strcmp(CASES[i].name, name) == 0)
			return &CASES[i];
	}
	return NULL;
}
