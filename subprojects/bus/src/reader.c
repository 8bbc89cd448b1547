#include <assert.h>
#include <base/fault.h>
#include <bus/reader.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* clang-format off */
static const struct client_option OPTIONS[] = {
	/* librdkafka wants a name for what it does not join. */
	{"group.id", "reader"},
	{"enable.auto.commit", "false"},
	{"enable.auto.offset.store", "false"},
	{"enable.partition.eof", "true"},
	/* What was deleted meanwhile is told, not jumped over. */
	{"auto.offset.reset", "error"},
	/* A topic that is not there is told after this long; it is not about to be made. */
	{"topic.metadata.propagation.max.ms", "2000"},
	{"fetch.wait.max.ms", "100"},
	{"fetch.queue.backoff.ms", "10", .may_be_unknown = true},
	{"queued.min.messages", "50000"},
	{"queued.max.messages.kbytes", "16384"},
	{0},
};
/* clang-format on */

struct stretch {
	char *topic;
	int32_t partition;
	int64_t until;
	bool done;
};

struct bus_reader {
	struct client_watch watch; /* first: librdkafka's callbacks get this address */
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	struct stretch *stretches;
	size_t count, left;
	size_t batch_max;
	rd_kafka_message_t **taken; /* batch_max of them */
	struct bus_message *messages;
	size_t found; /* where the last message's stretch was: they come in runs */
};

static int open_client(const struct bus_reader_config *config, struct bus_reader *reader)
{
	rd_kafka_conf_t *conf;
	int r = client_conf_create(config->bootstrap, config->client_id, OPTIONS, config->options,
		&reader->watch, &conf);

	if (r < 0)
		return r;
	r = client_conf_set(conf, "isolation.level",
		config->uncommitted ? "read_uncommitted" : "read_committed");
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	r = client_create_consumer(conf, &reader->client);
	if (r == 0)
		reader->queue = rd_kafka_queue_get_consumer(reader->client);
	return r;
}

static int assign(const struct bus_reader_config *config, struct bus_reader *reader)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)config->count);
	rd_kafka_resp_err_t error;

	for (size_t i = 0; i < config->count; i++) {
		const struct bus_stretch *from = &config->stretches[i];
		struct stretch *to = &reader->stretches[i];

		to->topic = strdup(from->topic);
		to->partition = from->partition;
		to->until = from->until;
		to->done = from->from >= from->until;
		if (to->topic == NULL)
			break;
		if (to->done)
			continue;
		reader->left++;
		rd_kafka_topic_partition_list_add(list, from->topic, from->partition)->offset =
			from->from;
	}
	error = rd_kafka_assign(reader->client, list);
	rd_kafka_topic_partition_list_destroy(list);
	return error ? client_fault((int)error, "read partitions") : 0;
}

int bus_reader_create(const struct bus_reader_config *config, struct bus_reader **ret_reader)
{
	struct bus_reader *reader = calloc(1, sizeof(*reader));
	int r;

	assert(config->batch_max > 0 && config->batch_max <= BUS_BATCH_MAX);
	if (reader) {
		reader->batch_max = config->batch_max;
		reader->count = config->count;
		reader->stretches = calloc(config->count + 1, sizeof(*reader->stretches));
		reader->taken = calloc(config->batch_max, sizeof(*reader->taken));
		reader->messages = calloc(config->batch_max, sizeof(*reader->messages));
	}
	if (!reader || !reader->stretches || !reader->taken || !reader->messages)
		r = fault(FAULT_SYSTEM, "no memory for a reader");
	else
		r = open_client(config, reader);
	if (r == 0)
		r = assign(config, reader);
	if (r < 0)
		bus_reader_destroy(reader);
	else
		*ret_reader = reader;
	return r;
}

void bus_reader_destroy(struct bus_reader *reader)
{
	if (reader == NULL)
		return;
	if (reader->queue)
		rd_kafka_queue_destroy(reader->queue);
	if (reader->client) {
		rd_kafka_consumer_close(reader->client);
		rd_kafka_destroy(reader->client);
	}
	for (size_t i = 0; reader->stretches && i < reader->count; i++)
		free(reader->stretches[i].topic);
	free(reader->stretches);
	free(reader->taken);
	free(reader->messages);
	free(reader);
}

static struct stretch *stretch_of(struct bus_reader *reader, const rd_kafka_message_t *message)
{
	const char *topic = rd_kafka_topic_name(message->rkt);

	for (size_t i = 0; i < reader->count; i++) {
		size_t at = (reader->found + i) % reader->count;
		struct stretch *stretch = &reader->stretches[at];

		if (stretch->partition == message->partition &&
			strcmp(stretch->topic, topic) == 0) {
			reader->found = at;
			return stretch;
		}
	}
	return NULL;
}

/* It is fetched no further, so that a long log behind it costs nothing. */
static void finish(struct bus_reader *reader, struct stretch *stretch)
{
	rd_kafka_topic_partition_list_t *list;

	if (stretch->done)
		return;
	stretch->done = true;
	reader->left--;
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, stretch->topic, stretch->partition);
	rd_kafka_pause_partitions(reader->client, list);
	rd_kafka_topic_partition_list_destroy(list);
}

static void append(struct bus_batch *batch, rd_kafka_message_t *message)
{
	batch->messages[batch->count++] = (struct bus_message){
		.topic = rd_kafka_topic_name(message->rkt),
		.partition = message->partition,
		.offset = message->offset,
		.timestamp_ms = rd_kafka_message_timestamp(message, NULL),
		.key = message->key,
		.key_size = message->key_len,
		.value = message->payload,
		.value_size = message->len,
		.handle = message,
	};
}

/* True when the message went into the batch. */
static bool take(struct bus_reader *reader, rd_kafka_message_t *message, struct bus_batch *batch)
{
	struct stretch *stretch;

	if (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		client_note(&reader->watch, reader->client, (int)message->err,
			rd_kafka_message_errstr(message));
		return false;
	}
	stretch = stretch_of(reader, message);
	if (stretch == NULL || stretch->done)
		return false;
	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		if (message->offset >= stretch->until)
			finish(reader, stretch);
		return false;
	}
	if (message->offset >= stretch->until) {
		finish(reader, stretch);
		return false;
	}
	append(batch, message);
	if (message->offset + 1 == stretch->until)
		finish(reader, stretch);
	return true;
}

/* Told to fill a batch, librdkafka waits for the last place as long as for the first. */
static ssize_t take_what_is_there(struct bus_reader *reader, int timeout_ms)
{
	ssize_t first = rd_kafka_consume_batch_queue(reader->queue, timeout_ms, reader->taken, 1);

	if (first <= 0 || reader->batch_max == 1)
		return first;
	ssize_t rest = rd_kafka_consume_batch_queue(
		reader->queue, 0, reader->taken + 1, reader->batch_max - 1);
	return rest > 0 ? first + rest : first;
}

int bus_reader_next(struct bus_reader *reader, int timeout_ms, struct bus_batch *batch)
{
	ssize_t got;

	*batch = (struct bus_batch){.messages = reader->messages};
	if (reader->left == 0)
		return BUS_READER_DONE;
	got = take_what_is_there(reader, timeout_ms);
	for (ssize_t i = 0; i < got; i++) {
		if (!take(reader, reader->taken[i], batch))
			rd_kafka_message_destroy(reader->taken[i]);
	}
	if (batch->count == 0 && reader->watch.trouble) {
		int kind = reader->watch.trouble;

		reader->watch.trouble = 0;
		return fault((enum fault)kind, "read: %s", reader->watch.words);
	}
	return 0;
}

void bus_reader_release(struct bus_reader *reader, struct bus_batch *batch)
{
	(void)reader;
	for (size_t i = 0; i < batch->count; i++)
		rd_kafka_message_destroy(batch->messages[i].handle);
	batch->count = 0;
}

bool bus_reader_is_done(const struct bus_reader *reader, size_t index)
{
	assert(index < reader->count);
	return reader->stretches[index].done;
}
