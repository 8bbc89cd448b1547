#include "blocked.h"

#include <inttypes.h>
#include <runtime/parking.h>
#include <string.h>

/*
 * A longer key than this is no order's, so nothing behind it can become right, and
 * an index would not take it.
 */
#define KEY_SIZE_MAX 1024

struct blocked_key {
	const void *key;
	size_t key_size;
	const char *topic;
	int32_t partition;
	int64_t offset;
	const char *reason;
	const struct runtime_message *front; /* of this batch; NULL: the database knows it */
};

struct blocked {
	struct arena *arena;
	struct blocked_key *keys; /* NULL until there is one */
	size_t count, count_max;
};

static bool has_key(const struct runtime_message *message)
{
	return message->raw.key && message->raw.key_size <= KEY_SIZE_MAX;
}

void blocked_queue_find(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *keys = store_add_array(params, STORE_BYTES);

	for (size_t i = 0; i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];

		if (has_key(message))
			store_push_bytes(keys, message->raw.key, message->raw.key_size);
	}
	store_queue(batch->store, "parked_find", params);
}

static struct blocked_key *add(struct blocked *blocked)
{
	if (!blocked->keys)
		blocked->keys =
			arena_array(blocked->arena, blocked->count_max, sizeof(*blocked->keys));
	return &blocked->keys[blocked->count++];
}

/* Columns of parked_find: key, topic, partition, offset, reason. */
struct blocked *blocked_take(struct runtime_batch *batch, const struct store_result *rows)
{
	struct blocked *blocked = arena_new(batch->arena, struct blocked);

	blocked->arena = batch->arena;
	blocked->count_max = store_rows(rows) + batch->count;
	for (size_t row = 0; row < store_rows(rows); row++) {
		struct blocked_key *entry = add(blocked);
		const void *key = store_get_bytes(rows, row, 0, &entry->key_size);

		entry->key = arena_copy(batch->arena, key, entry->key_size);
		entry->topic = store_copy_text(rows, row, 1, batch->arena);
		entry->partition = store_get_int(rows, row, 2);
		entry->offset = store_get_long(rows, row, 3);
		entry->reason = store_copy_text(rows, row, 4, batch->arena);
	}
	return blocked;
}

/* From one end to the other: there are hardly ever any. */
static const struct blocked_key *find(
	const struct blocked *blocked, const struct runtime_message *message)
{
	const struct bus_message *raw = &message->raw;

	for (size_t i = 0; has_key(message) && i < blocked->count; i++) {
		const struct blocked_key *entry = &blocked->keys[i];

		if (entry->key_size == raw->key_size &&
			memcmp(entry->key, raw->key, raw->key_size) == 0)
			return entry;
	}
	return NULL;
}

static bool is_front(const struct blocked_key *entry, const struct runtime_message *message)
{
	const struct bus_message *raw = &message->raw;

	return entry->offset == raw->offset && entry->partition == raw->partition &&
		strcmp(entry->topic, raw->topic) == 0;
}

bool blocked_answer(
	struct blocked *blocked, struct runtime_batch *batch, struct runtime_message *message)
{
	const struct blocked_key *entry = find(blocked, message);

	/* What is too large never becomes right, so it need not wait; nor should it be kept. */
	if (!entry || message->raw.value_size > BUS_MESSAGE_SIZE_MAX)
		return false;
	message->was_poison = is_front(entry, message);
	message->outcome = message->was_poison ? POISON : PARKED;
	message->reason = message->was_poison
		? entry->reason
		: arena_format(batch->arena, "behind %s [%" PRId32 "] at %" PRId64, entry->topic,
			  entry->partition, entry->offset);
	return true;
}

void blocked_add(struct blocked *blocked, const struct runtime_message *message)
{
	if (!has_key(message) || find(blocked, message))
		return;
	*add(blocked) = (struct blocked_key){
		.key = message->raw.key,
		.key_size = message->raw.key_size,
		.topic = message->raw.topic,
		.partition = message->raw.partition,
		.offset = message->raw.offset,
		.reason = message->reason,
		.front = message,
	};
}

/* What cannot be read has no event id to be known by: its id may be anybody's. */
static void push_event_id(struct store_array *array, const struct runtime_message *message)
{
	store_push_uuid(array, message->event ? &message->id : NULL);
}

static void queue_keys(const struct blocked *blocked, struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *keys = store_add_array(params, STORE_BYTES);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *partitions = store_add_array(params, STORE_INT);
	struct store_array *offsets = store_add_array(params, STORE_LONG);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	size_t count = 0;

	for (size_t i = 0; i < blocked->count; i++) {
		const struct blocked_key *entry = &blocked->keys[i];

		if (!entry->front)
			continue;
		store_push_bytes(keys, entry->key, entry->key_size);
		push_event_id(ids, entry->front);
		store_push_text(topics, entry->topic);
		store_push_int(partitions, entry->partition);
		store_push_long(offsets, entry->offset);
		store_push_text(reasons, entry->reason);
		count++;
	}
	if (count > 0)
		store_queue(batch->store, "parked_key_insert", params);
}

static void push_headers(
	struct store_array *array, const struct bus_message *raw, struct arena *arena)
{
	size_t count = bus_headers(raw, NULL, 0), size;
	struct bus_header *headers = arena_array(arena, count, sizeof(*headers));
	const void *bytes;

	(void)bus_headers(raw, headers, count);
	bytes = parking_headers_write(headers, count, arena, &size);
	store_push_bytes(array, bytes, size);
}

static void queue_messages(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *keys = store_add_array(params, STORE_BYTES);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *partitions = store_add_array(params, STORE_INT);
	struct store_array *offsets = store_add_array(params, STORE_LONG);
	struct store_array *timestamps = store_add_array(params, STORE_LONG);
	struct store_array *headers = store_add_array(params, STORE_BYTES);
	struct store_array *payloads = store_add_array(params, STORE_BYTES);

	for (size_t i = 0; i < batch->count; i++) {
		const struct runtime_message *message = &batch->messages[i];
		const struct bus_message *raw = &message->raw;

		if (message->outcome != PARKED || message->redelivered)
			continue;
		store_push_bytes(keys, raw->key, raw->key_size);
		push_event_id(ids, message);
		store_push_text(topics, raw->topic);
		store_push_int(partitions, raw->partition);
		store_push_long(offsets, raw->offset);
		store_push_long(timestamps, raw->timestamp_ms);
		push_headers(headers, raw, batch->arena);
		store_push_bytes(payloads, raw->value, raw->value_size);
	}
	store_queue(batch->store, "parked_message_insert", params);
}

static bool has_parked(const struct runtime_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->messages[i].outcome == PARKED && !batch->messages[i].redelivered)
			return true;
	}
	return false;
}

void blocked_queue_save(const struct blocked *blocked, struct runtime_batch *batch)
{
	queue_keys(blocked, batch);
	if (has_parked(batch))
		queue_messages(batch);
}
