#include "measure.h"

#include <base/clock.h>
#include <base/log.h>
#include <base/metrics.h>
#include <string.h>

#define MESSAGES "orderlab_messages_total"
#define MESSAGES_HELP "Messages taken from topics, by what became of them."

static struct metric applied =
	METRIC(METRIC_COUNTER, MESSAGES, "outcome=\"applied\"", MESSAGES_HELP);
static struct metric not_applied =
	METRIC(METRIC_COUNTER, MESSAGES, "outcome=\"ignored\"", MESSAGES_HELP);
static struct metric poisoned =
	METRIC(METRIC_COUNTER, MESSAGES, "outcome=\"poison\"", MESSAGES_HELP);
static struct metric parked = METRIC(METRIC_COUNTER, MESSAGES, "outcome=\"parked\"", MESSAGES_HELP);
static struct metric redelivered =
	METRIC(METRIC_COUNTER, MESSAGES, "outcome=\"redelivered\"", MESSAGES_HELP);
static struct metric batches = METRIC(METRIC_COUNTER, "orderlab_batches_total", NULL,
	"Batches made true, each one PostgreSQL transaction.");
static struct metric retries = METRIC(METRIC_COUNTER, "orderlab_batch_retries_total", NULL,
	"Pauses before a batch was tried again.");
static struct metric assigned = METRIC(METRIC_GAUGE, "orderlab_partitions_assigned", NULL,
	"Partitions this member of its group reads");
static struct metric delay = METRIC(METRIC_HISTOGRAM, "orderlab_message_delay_seconds", NULL,
	"From a message's own timestamp to the end of its batch.");

static struct metric parked_keys = METRIC(METRIC_GAUGE, "orderlab_parked_keys", NULL,
	"Keys in this service's database that wait behind a dead letter.");
static struct metric parked_messages = METRIC(METRIC_GAUGE, "orderlab_parked_messages", NULL,
	"Messages in this service's database that wait behind a dead letter.");

/* clang-format off */
#define DEAD_LETTER(class) { \
	class, METRIC(METRIC_COUNTER, "orderlab_dead_letters_total", "class=\"" class "\"", \
		"Messages that could not be handled, by the class of the reason.")}
/* clang-format on */

/* The last is for every class that is not named here. */
static struct {
	const char *class;
	struct metric metric;
} dead_letters[] = {
	DEAD_LETTER("missing_id"),
	DEAD_LETTER("bad_id"),
	DEAD_LETTER("missing_key"),
	DEAD_LETTER("bad_key"),
	DEAD_LETTER("wrong_key"),
	DEAD_LETTER("no_value"),
	DEAD_LETTER("too_large"),
	DEAD_LETTER("unreadable"),
	DEAD_LETTER("wrong_type"),
	DEAD_LETTER("wrong_topic"),
	DEAD_LETTER("refused"),
	DEAD_LETTER("database"),
	DEAD_LETTER("other"),
};

#define CLASSES (sizeof(dead_letters) / sizeof(dead_letters[0]))

void measure_init(void)
{
	metric_register(&applied);
	metric_register(&not_applied);
	metric_register(&poisoned);
	metric_register(&parked);
	metric_register(&redelivered);
	metric_register(&batches);
	metric_register(&retries);
	metric_register(&assigned);
	metric_register(&delay);
	metric_register(&parked_keys);
	metric_register(&parked_messages);
	for (size_t i = 0; i < CLASSES; i++)
		metric_register(&dead_letters[i].metric);
}

static const char *type_name(const struct runtime_message *message)
{
	return message->event ? event_info(message->type)->name : "unreadable";
}

static void tell(enum log_level level, const struct runtime_message *message, const char *words)
{
	log_context(&message->trace, uuid_is_nil(&message->key) ? NULL : &message->key);
	log_write(level,
		LOG_FIELDS(LOG_TEXT("type", type_name(message)),
			LOG_TEXT("topic", message->raw.topic),
			LOG_NUMBER("partition", message->raw.partition),
			LOG_NUMBER("offset", message->raw.offset),
			LOG_TEXT("reason", message->reason)),
		words);
}

static void measure_dead_letter(const struct runtime_message *message)
{
	const char *reason = message->reason ? message->reason : "";
	size_t i = 0, size = strcspn(reason, ":");

	while (i < CLASSES - 1 &&
		(strlen(dead_letters[i].class) != size ||
			strncmp(dead_letters[i].class, reason, size) != 0))
		i++;
	metric_add(&poisoned, 1);
	metric_add(&dead_letters[i].metric, 1);
	tell(LOG_ERROR, message,
		message->raw.key
			? "dead letter: its key waits until it is released, what comes for "
			  "it is in table parked_message"
			: "dead letter: it has no key, so nothing waits behind it");
}

static void measure_message(const struct runtime_message *message)
{
	if (message->outcome == POISON) {
		measure_dead_letter(message);
	} else if (message->redelivered) {
		metric_add(&redelivered, 1);
		tell(LOG_INFO, message, "redelivery absorbed");
	} else if (message->outcome == PARKED) {
		metric_add(&parked, 1);
		tell(LOG_WARNING, message, "parked: its key waits behind a dead letter");
	} else if (message->outcome == IGNORED) {
		metric_add(&not_applied, 1);
		tell(LOG_INFO, message, "ignored");
	} else {
		metric_add(&applied, 1);
		tell(LOG_DEBUG, message, "applied");
	}
}

void measure_batch(const struct runtime_batch *batch)
{
	int64_t now_us = clock_now_us();

	for (size_t i = 0; i < batch->count; i++) {
		measure_message(&batch->messages[i]);
		metric_observe_us(&delay, now_us - batch->messages[i].raw.timestamp_ms * US_PER_MS);
	}
	log_context(NULL, NULL);
	metric_add(&batches, 1);
}

void measure_parked(int64_t keys, int64_t messages)
{
	metric_set(&parked_keys, keys);
	metric_set(&parked_messages, messages);
}

void measure_retry(void)
{
	metric_add(&retries, 1);
}

void measure_assigned(int partitions)
{
	metric_set(&assigned, partitions);
}
