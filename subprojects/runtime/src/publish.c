#include "publish.h"

#include "published.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANES 2
#define CREATE_TIMEOUT_MS 10000
#define TRANSACTION_TIMEOUT_MS 15000
#define DEAD_LETTER_HEADERS 9

struct publisher {
	struct publisher_config config;
	struct bus_transactor *transactor;
	struct published published;
	char dead_letters[80]; /* "dlq.<group>", always topic 0 */
	const char *topics[BUS_TOPICS_MAX + 1];
};

struct publisher *publisher_create(const struct publisher_config *config)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	const char *const *topic = config->handler->publishes;
	size_t count = 0;

	if (!publisher)
		return NULL;
	publisher->config = *config;
	published_init(&publisher->published, config->handler);
	snprintf(publisher->dead_letters, sizeof(publisher->dead_letters), "dlq.%s",
		config->handler->group);
	publisher->topics[count++] = publisher->dead_letters;
	for (; topic && *topic && count < BUS_TOPICS_MAX; topic++)
		publisher->topics[count++] = *topic;
	return publisher;
}

void publisher_destroy(struct publisher *publisher)
{
	if (!publisher)
		return;
	bus_transactor_destroy(publisher->transactor);
	free(publisher);
}

const char *publisher_dead_letters(const struct publisher *publisher)
{
	return publisher->dead_letters;
}

bool publisher_wants(const struct publisher *publisher, const struct runtime_batch *batch)
{
	if (publisher->config.handler->publish == PUBLISH_TRANSACTION)
		return true;
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->messages[i].outcome == POISON && !batch->messages[i].published)
			return true;
	}
	return false;
}

static struct bus_transactor_config transactor_config(const struct publisher *publisher)
{
	return (struct bus_transactor_config){
		.bootstrap = publisher->config.bootstrap,
		.transactional_id = publisher->config.transactional_id,
		.client_id = publisher->config.service,
		.topics = publisher->topics,
		.options = publisher->config.options,
		.lanes = publisher->config.handler->publish == PUBLISH_TRANSACTION ? LANES : 1,
		.transaction_timeout_ms = TRANSACTION_TIMEOUT_MS,
	};
}

static int open_transactor(struct publisher *publisher)
{
	const struct bus_transactor_config config = transactor_config(publisher);

	if (publisher->transactor)
		return 0;
	return bus_transactor_create(&config, CREATE_TIMEOUT_MS, &publisher->transactor);
}

static int topic_index(const struct publisher *publisher, const char *topic)
{
	for (int i = 0; publisher->topics[i]; i++) {
		if (strcmp(publisher->topics[i], topic) == 0)
			return i;
	}
	return -1;
}

static struct bus_header text_header(const char *name, const char *text)
{
	return (struct bus_header){.name = name, .value = text, .size = strlen(text)};
}

static int produce_emission(struct publisher *publisher, const struct emission *emission)
{
	char key[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE], trace[TRACE_TEXT_SIZE], sequence[24];
	struct bus_header headers[4];
	struct bus_record record = {
		.topic = topic_index(publisher, emission->topic),
		.partition = -1,
		.key = uuid_format(&emission->key, key),
		.key_size = UUID_TEXT_SIZE - 1,
		.value = emission->payload,
		.value_size = emission->payload_size,
		.headers = headers,
		.timestamp_ms = emission->occurred_at_us / US_PER_MS,
	};

	if (record.topic < 0)
		return fault(FAULT_STATE, "%s is not among the topics this service publishes to",
			emission->topic);
	headers[record.header_count++] = text_header("id", uuid_format(&emission->id, id));
	headers[record.header_count++] = text_header("type", emission->type);
	headers[record.header_count++] =
		text_header("traceparent", trace_format(&emission->trace, trace));
	if (emission->sequence > 0) {
		snprintf(sequence, sizeof(sequence), "%" PRId64, emission->sequence);
		headers[record.header_count++] = text_header("sequence", sequence);
	}
	return bus_txn_produce(publisher->transactor, &record);
}

/* What a dead letter says behind the headers it came with. */
struct dead_letter {
	struct bus_header *headers; /* its own, then ours */
	size_t own, count;
	char partition[16], offset[24], timestamp[24], attempts[16];
};

static void add_header(struct dead_letter *letter, const char *name, const char *text)
{
	letter->headers[letter->count++] = text_header(name, text);
}

static void address(struct dead_letter *letter, const struct runtime_message *message,
	const char *group, struct arena *arena)
{
	const struct bus_message *raw = &message->raw;
	const char *reason = message->reason ? message->reason : "refused: unknown";

	letter->own = letter->count = bus_headers(raw, NULL, 0);
	letter->headers =
		arena_array(arena, letter->own + DEAD_LETTER_HEADERS, sizeof(*letter->headers));
	(void)bus_headers(raw, letter->headers, letter->own);
	snprintf(letter->partition, sizeof(letter->partition), "%" PRId32, raw->partition);
	snprintf(letter->offset, sizeof(letter->offset), "%" PRId64, raw->offset);
	snprintf(letter->timestamp, sizeof(letter->timestamp), "%" PRId64, raw->timestamp_ms);
	snprintf(letter->attempts, sizeof(letter->attempts), "%d", message->attempts);
	add_header(letter, "dlq.topic", raw->topic);
	add_header(letter, "dlq.partition", letter->partition);
	add_header(letter, "dlq.offset", letter->offset);
	add_header(letter, "dlq.timestamp", letter->timestamp);
	add_header(letter, "dlq.group", group);
	add_header(letter, "dlq.attempts", letter->attempts);
	add_header(letter, "dlq.reason", reason);
	letter->headers[letter->count++] = (struct bus_header){
		.name = "dlq.class", .value = reason, .size = strcspn(reason, ":")};
}

/*
 * Key and bytes untouched, its own headers kept. What is too large for any topic of
 * ours is told about without its value, or with nothing of its own: it can be read
 * where it came from.
 */
static int produce_dead_letter(
	struct publisher *publisher, const struct runtime_message *message, struct arena *arena)
{
	const struct bus_message *raw = &message->raw;
	struct dead_letter letter;
	struct bus_record record = {.topic = 0,
		.partition = -1,
		.key = raw->key,
		.key_size = raw->key_size,
		.value = raw->value,
		.value_size = raw->value_size};
	int r;

	address(&letter, message, publisher->config.handler->group, arena);
	record.headers = letter.headers;
	record.header_count = letter.count;
	r = bus_txn_produce(publisher->transactor, &record);
	if (r != FAULT_LIMIT)
		return r;
	add_header(&letter, "dlq.omitted", "value");
	record.value = NULL;
	record.value_size = 0;
	record.header_count = letter.count;
	r = bus_txn_produce(publisher->transactor, &record);
	if (r != FAULT_LIMIT)
		return r;
	letter.headers[letter.count - 1] = text_header("dlq.omitted", "key, headers, value");
	record.key = NULL;
	record.key_size = 0;
	record.headers = &letter.headers[letter.own];
	record.header_count = letter.count - letter.own;
	return bus_txn_produce(publisher->transactor, &record);
}

/*
 * Below the position all was published that is decided as it was then. A dead letter
 * that is none of those known is a new one, however old its message.
 */
static bool is_published(const struct publisher *publisher, const struct runtime_message *message)
{
	if (message->published)
		return true;
	return published_has(&publisher->published, &message->raw) &&
		(message->outcome != POISON || message->was_poison);
}

static int produce_all(struct publisher *publisher, const struct runtime_batch *batch)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];

		if (is_published(publisher, message))
			continue;
		if (message->outcome == POISON) {
			r = produce_dead_letter(publisher, message, batch->arena);
			continue;
		}
		if (publisher->config.handler->publish != PUBLISH_TRANSACTION)
			continue;
		for (size_t e = 0; r == 0 && e < message->emissions_count; e++)
			r = produce_emission(
				publisher, &batch->out->emissions[message->emissions_first + e]);
	}
	return r;
}

/* Leaves no transaction open behind a fault; the fault keeps its words. */
static int give_up(struct publisher *publisher, int result)
{
	char words[256];
	int r;

	snprintf(words, sizeof(words), "%s", fault_text());
	r = bus_txn_abort(publisher->transactor);
	return r < 0 ? r : fault((enum fault)result, "%s", words);
}

/* Opens the transaction. What was published before is read while none is open. */
static int begin(struct publisher *publisher, const struct bus_consumer *consumer,
	const struct bus_batch *offsets)
{
	const struct bus_transactor_config config = transactor_config(publisher);
	int r = open_transactor(publisher);

	if (r == 0)
		r = published_read(&publisher->published, &config, consumer, offsets);
	return r == 0 ? bus_txn_begin(publisher->transactor) : r;
}

static int send_offsets(
	struct publisher *publisher, struct bus_consumer *consumer, const struct bus_batch *offsets)
{
	int r = bus_txn_offsets(publisher->transactor, consumer, offsets);

	if (r == 0)
		r = published_send(&publisher->published, publisher->transactor, offsets);
	return r;
}

static int publish(struct publisher *publisher, const struct runtime_batch *batch,
	struct bus_consumer *consumer, const struct bus_batch *offsets)
{
	int r = begin(publisher, consumer, offsets);

	if (r != 0)
		return r;
	r = produce_all(publisher, batch);
	crash_point("loop.after_produce");
	if (r == 0)
		r = send_offsets(publisher, consumer, offsets);
	crash_point("loop.after_send_offsets");
	if (r == 0)
		r = bus_txn_commit(publisher->transactor);
	else if (r < 0)
		r = give_up(publisher, r);
	crash_point("loop.after_transaction");
	return r;
}

int publisher_publish(struct publisher *publisher, const struct runtime_batch *batch,
	struct bus_consumer *consumer, const struct bus_batch *offsets)
{
	int r = publish(publisher, batch, consumer, offsets);

	if (r != 0)
		published_forget(&publisher->published);
	return r;
}
