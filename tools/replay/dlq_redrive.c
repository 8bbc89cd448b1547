#include "dlq_redrive.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <inttypes.h>
#include <runtime/parking.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CREATE_TIMEOUT_MS 20000
#define TRANSACTION_TIMEOUT_MS 10000
#define WORDS_SIZE 400

struct redrive {
	struct dlq_desk *desk;
	const char *by;
	struct arena *arena; /* of one dead letter */
	char id[128];
	const char *topics[BUS_TOPICS_MAX + 1];
	size_t topic_count;
	struct bus_transactor *transactor;
};

static int topic_index(const struct redrive *redrive, const char *topic)
{
	for (size_t i = 0; i < redrive->topic_count; i++) {
		if (strcmp(redrive->topics[i], topic) == 0)
			return (int)i;
	}
	return -1;
}

static int add_topic(struct redrive *redrive, const char *topic)
{
	if (topic_index(redrive, topic) >= 0)
		return 0;
	if (redrive->topic_count == BUS_TOPICS_MAX)
		return fault(FAULT_LIMIT,
			"the dead letters came from more than %d topics: choose some by --reason",
			BUS_TOPICS_MAX - 1);
	redrive->topics[redrive->topic_count++] = topic;
	return 0;
}

static int add_topics(struct redrive *redrive)
{
	const struct dlq_desk *desk = redrive->desk;
	int r = add_topic(redrive, AUDIT_TOPIC);

	for (size_t i = 0; r == 0 && desk->parked_topics[i]; i++)
		r = add_topic(redrive, desk->parked_topics[i]);
	for (size_t i = 0; r == 0 && i < desk->plan->count; i++) {
		const struct dlq_plan_entry *entry = &desk->plan->entries[i];

		if (dlq_plan_is_due(entry) && entry->outcome == AUDIT_REDRIVEN)
			r = add_topic(redrive, entry->letter.origin.topic);
	}
	return r;
}

int redrive_create(struct dlq_desk *desk, const char *by, struct redrive **ret_redrive)
{
	struct redrive *redrive = calloc(1, sizeof(*redrive));
	int r;

	if (!redrive)
		return fault(FAULT_SYSTEM, "out of memory");
	redrive->desk = desk;
	redrive->by = by;
	redrive->arena = arena_create(0);
	snprintf(redrive->id, sizeof(redrive->id), "replay.dlq.%s", desk->group);
	r = add_topics(redrive);
	if (r == 0)
		r = bus_transactor_create(
			&(struct bus_transactor_config){.bootstrap = desk->bootstrap,
				.transactional_id = redrive->id,
				.client_id = "replay-dlq",
				.topics = redrive->topics,
				.options = desk->options,
				.lanes = 1,
				.transaction_timeout_ms = TRANSACTION_TIMEOUT_MS},
			CREATE_TIMEOUT_MS, &redrive->transactor);
	if (r < 0)
		redrive_destroy(redrive);
	else
		*ret_redrive = redrive;
	return r;
}

void redrive_destroy(struct redrive *redrive)
{
	if (!redrive)
		return;
	bus_transactor_destroy(redrive->transactor);
	arena_destroy(redrive->arena);
	free(redrive);
}

int redrive_wait(struct redrive *redrive, int timeout_ms)
{
	return bus_transactor_poll(redrive->transactor, timeout_ms);
}

/* ---- the Kafka transaction ---- */

static int produce(struct redrive *redrive, const char *topic, struct bus_record *record)
{
	record->topic = topic_index(redrive, topic);
	if (record->topic < 0)
		return fault(FAULT_BUS,
			"a message of %s has come to wait since the plan was made: run it again",
			topic);
	return bus_txn_produce(redrive->transactor, record);
}

static int produce_letter(struct redrive *redrive, const struct letter *letter)
{
	struct bus_record record = {
		.partition = letter->origin.partition,
		.key = letter->key,
		.key_size = letter->key_size,
		.value = letter->value,
		.value_size = letter->value_size,
	};

	record.headers = letter_headers(letter, redrive->arena, &record.header_count);
	return produce(redrive, letter->origin.topic, &record);
}

/* As letters, so that copies among them can be told. */
static struct letter letter_of(const struct letter *front, const struct parked_message *message)
{
	return (struct letter){
		.origin = {.topic = message->topic, .partition = message->partition},
		.key = front->key,
		.key_size = front->key_size,
		.value = message->payload,
		.value_size = message->payload_size,
		.headers = message->headers,
		.header_count = message->header_count,
	};
}

/*
 * In the order in which they came. A copy of an earlier one was published by a release
 * that was cut off, and came to wait again: once is enough.
 */
static int produce_parked(struct redrive *redrive, const struct dlq_plan_entry *entry,
	const struct parked *parked, size_t *ret_count)
{
	const struct letter *front = &entry->letter;
	struct letter *sent = arena_array(redrive->arena, parked->count + 1, sizeof(*sent));
	size_t count = 0;
	int r = 0;

	if (entry->outcome == AUDIT_REDRIVEN)
		sent[count++] = *front;
	for (size_t i = 0; r == 0 && i < parked->count; i++) {
		struct letter letter = letter_of(front, &parked->messages[i]);
		size_t copy = 0;

		while (copy < count && !letter_is_same(&sent[copy], &letter))
			copy++;
		if (copy < count)
			continue;
		sent[count++] = letter;
		r = produce(redrive, letter.origin.topic,
			&(struct bus_record){.partition = letter.origin.partition,
				.key = letter.key,
				.key_size = letter.key_size,
				.value = letter.value,
				.value_size = letter.value_size,
				.headers = letter.headers,
				.header_count = letter.header_count});
	}
	*ret_count = count - (entry->outcome == AUDIT_REDRIVEN);
	return r;
}

static int produce_audit(struct redrive *redrive, const struct letter *letter,
	enum audit_outcome outcome, size_t behind)
{
	const char *key = audit_key(redrive->desk->group, &letter->origin, redrive->arena);
	BUFFER_CLEAN struct buffer record;
	int r;

	buffer_init(&record, BUS_MESSAGE_SIZE_MAX);
	audit_write(&(struct audit_act){.group = redrive->desk->group,
			    .outcome = outcome,
			    .by = redrive->by,
			    .at_us = clock_now_us(),
			    .behind = behind},
		letter, redrive->arena, &record);
	r = buffer_check(&record, "the audit's record");
	if (r < 0)
		return r;
	return produce(redrive, AUDIT_TOPIC,
		&(struct bus_record){.partition = -1,
			.key = key,
			.key_size = strlen(key),
			.value = record.data,
			.value_size = record.size});
}

/* The entry's own record, and those of the dead letters that it covers. */
static int produce_audits(
	struct redrive *redrive, const struct dlq_plan_entry *entry, size_t behind)
{
	const struct dlq_plan *plan = redrive->desk->plan;
	int r = produce_audit(redrive, &entry->letter, entry->outcome, behind);

	for (size_t i = 0; r == 0 && i < plan->count; i++) {
		const struct dlq_plan_entry *other = &plan->entries[i];

		if (other->repeat == entry - plan->entries &&
			letter_origin_compare(&other->letter.origin, &entry->letter.origin) != 0)
			r = produce_audit(redrive, &other->letter, AUDIT_REPEAT, 0);
	}
	return r;
}

static int produce_all(
	struct redrive *redrive, const struct dlq_plan_entry *entry, const struct parked *parked)
{
	size_t behind = 0;
	int r = 0;

	if (entry->outcome == AUDIT_REDRIVEN)
		r = produce_letter(redrive, &entry->letter);
	if (r == 0)
		r = produce_parked(redrive, entry, parked, &behind);
	return r == 0 ? produce_audits(redrive, entry, behind) : r;
}

/* Leaves no transaction open behind a fault; the fault keeps its words. */
static int give_up(struct redrive *redrive, int result)
{
	char words[WORDS_SIZE];
	int r;

	snprintf(words, sizeof(words), "%s", fault_text());
	r = bus_txn_abort(redrive->transactor);
	return r < 0 ? r : fault((enum fault)result, "%s", words);
}

static int publish(
	struct redrive *redrive, const struct dlq_plan_entry *entry, const struct parked *parked)
{
	const struct dlq_desk *desk = redrive->desk;
	int r = bus_txn_begin(redrive->transactor);

	if (r != 0)
		return r;
	r = produce_all(redrive, entry, parked);
	crash_point("dlq.after_produce");
	if (r == 0)
		r = bus_txn_positions(redrive->transactor, desk->place,
			dlq_place_positions(desk->plan, desk->places, desk->place_count,
				desk->letters, redrive->arena),
			desk->place_count);
	crash_point("dlq.after_positions");
	if (r == 0)
		r = bus_txn_commit(redrive->transactor);
	else if (r < 0)
		r = give_up(redrive, r);
	crash_point("dlq.after_transaction");
	return r;
}

/* ---- the database's transaction around it ---- */

/* Its key does not wait, yet the inbox may know the event as refused. */
static int forget_alone(struct redrive *redrive, const struct letter *letter)
{
	const struct bus_header *header =
		letter_header(letter->headers, letter->header_count, "id");
	struct store_params *params = store_params_create(redrive->arena);
	struct store *store = redrive->desk->store;
	struct uuid id;

	store_queue(store, "begin", NULL);
	if (letter_was_decided(letter) && header &&
		uuid_parse(header->value, header->size, &id) == 0) {
		store_add_uuid(params, &id);
		store_queue(store, "dlq_inbox_forget", params);
	}
	return store_run(store, NULL, 0);
}

static bool is_in_front(const struct parked *parked, const struct letter *letter)
{
	return parked->offset == letter->origin.offset &&
		parked->partition == letter->origin.partition &&
		strcmp(parked->topic, letter->origin.topic) == 0;
}

enum { TAKEN = 0, NOT_NOW = 1 };

/* Opens the transaction with the key locked; NOT_NOW with none open: the entry is answered. */
static int take(struct redrive *redrive, struct dlq_plan_entry *entry, struct parked *ret_parked)
{
	const struct letter *letter = &entry->letter;
	int r = parking_take(
		redrive->desk->store, redrive->arena, letter->key, letter->key_size, ret_parked);

	if (r < 0 || (r == 0 && is_in_front(ret_parked, letter)))
		return r;
	if (r == 0)
		store_rollback(redrive->desk->store);
	/* It is not in front any more: whoever published it has released its key since. */
	if (entry->state == LETTER_UNFINISHED) {
		entry->state = LETTER_FINISHED;
		return NOT_NOW;
	}
	if (r == PARKING_NO_SUCH_KEY) {
		*ret_parked = (struct parked){0};
		return forget_alone(redrive, letter);
	}
	entry->state = LETTER_HELD;
	entry->note =
		arena_format(redrive->desk->arena, "waits behind %s [%" PRId32 "] offset %" PRId64,
			ret_parked->topic, ret_parked->partition, ret_parked->offset);
	return NOT_NOW;
}

static int release(struct redrive *redrive, const struct letter *letter)
{
	char words[WORDS_SIZE];
	int r = parking_commit(redrive->desk->store);

	crash_point("dlq.after_commit");
	if (r == 0)
		return 0;
	snprintf(words, sizeof(words), "%s", fault_text());
	store_rollback(redrive->desk->store);
	return fault((enum fault)r,
		"dead letter %" PRId32 ":%" PRId64
		" is published, but its key is not released yet, run it again: %s",
		letter->partition, letter->offset, words);
}

static int redrive_entry(struct redrive *redrive, struct dlq_plan_entry *entry)
{
	struct parked parked = {0};
	int r;

	arena_reset(redrive->arena);
	r = take(redrive, entry, &parked);
	if (r != TAKEN) {
		if (r < 0)
			store_rollback(redrive->desk->store);
		return r < 0 ? r : 0;
	}
	crash_point("dlq.after_take");
	r = publish(redrive, entry, &parked);
	if (r != 0) {
		store_rollback(redrive->desk->store);
		return r < 0 ? r : REDRIVE_AGAIN;
	}
	entry->state = LETTER_UNFINISHED;
	entry->behind = (int64_t)parked.count;
	r = release(redrive, &entry->letter);
	if (r == 0)
		entry->state = LETTER_FINISHED;
	return r;
}

int redrive_next(struct redrive *redrive)
{
	struct dlq_plan *plan = redrive->desk->plan;

	for (size_t i = 0; i < plan->count; i++) {
		if (dlq_plan_is_due(&plan->entries[i]))
			return redrive_entry(redrive, &plan->entries[i]);
	}
	return REDRIVE_DONE;
}
