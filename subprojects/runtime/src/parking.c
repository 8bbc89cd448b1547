#include <base/fault.h>
#include <runtime/parking.h>
#include <string.h>

#define LENGTH_SIZE 4
#define NO_VALUE UINT32_MAX /* a header may have a null for its value */

static void put_length(uint8_t *at, uint32_t length)
{
	for (int i = 0; i < LENGTH_SIZE; i++)
		at[i] = (uint8_t)(length >> (24 - 8 * i));
}

static uint32_t get_length(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size)
{
	put_length(at, bytes ? (uint32_t)size : NO_VALUE);
	at += LENGTH_SIZE;
	if (!bytes || size == 0)
		return at;
	memcpy(at, bytes, size);
	return at + size;
}

void *parking_headers_write(
	const struct bus_header *headers, size_t count, struct arena *arena, size_t *ret_size)
{
	size_t size = 0;
	uint8_t *bytes, *at;

	for (size_t i = 0; i < count; i++)
		size += (size_t)2 * LENGTH_SIZE + strlen(headers[i].name) + headers[i].size;
	at = bytes = arena_alloc(arena, size);
	for (size_t i = 0; i < count; i++) {
		at = put_bytes(at, headers[i].name, strlen(headers[i].name));
		at = put_bytes(at, headers[i].value, headers[i].size);
	}
	*ret_size = (size_t)(at - bytes);
	return bytes;
}

/* One length and its bytes; false when they are not all there. */
static bool take_bytes(
	const uint8_t **at, const uint8_t *end, const void **ret_bytes, size_t *ret_size)
{
	uint32_t length;

	if (end - *at < LENGTH_SIZE)
		return false;
	length = get_length(*at);
	*at += LENGTH_SIZE;
	*ret_bytes = length == NO_VALUE ? NULL : *at;
	*ret_size = length == NO_VALUE ? 0 : length;
	if ((size_t)(end - *at) < *ret_size)
		return false;
	*at += *ret_size;
	return true;
}

static bool take_header(
	const uint8_t **at, const uint8_t *end, struct arena *arena, struct bus_header *header)
{
	const void *name;
	size_t size;

	if (!take_bytes(at, end, &name, &size) || !name ||
		!take_bytes(at, end, &header->value, &header->size))
		return false;
	header->name = arena_string_of(arena, name, size);
	return true;
}

int parking_headers_read(const void *bytes, size_t size, struct arena *arena,
	const struct bus_header **ret_headers, size_t *ret_count)
{
	const uint8_t *at = bytes, *end = at + size;
	size_t count = 0;
	struct bus_header *headers = arena_array(arena, size / (2 * LENGTH_SIZE), sizeof(*headers));

	while (at < end) {
		if (!take_header(&at, end, arena, &headers[count]))
			return fault(FAULT_INPUT, "parked headers: broken off at byte %zu",
				(size_t)(at - (const uint8_t *)bytes));
		count++;
	}
	*ret_headers = headers;
	*ret_count = count;
	return 0;
}

/* Columns of parked_message_list: topic, partition, offset, timestamp_ms, headers, payload. */
static int read_message(const struct store_result *rows, size_t row, struct arena *arena,
	struct parked_message *message)
{
	size_t headers_size;
	const void *headers = store_get_bytes(rows, row, 4, &headers_size);

	*message = (struct parked_message){
		.topic = store_copy_text(rows, row, 0, arena),
		.partition = store_get_int(rows, row, 1),
		.offset = store_get_long(rows, row, 2),
		.timestamp_ms = store_get_long(rows, row, 3),
	};
	if (!store_is_null(rows, row, 5)) {
		const void *payload = store_get_bytes(rows, row, 5, &message->payload_size);

		message->payload = arena_copy(arena, payload, message->payload_size);
	}
	return parking_headers_read(arena_copy(arena, headers, headers_size), headers_size, arena,
		&message->headers, &message->header_count);
}

static int read_parked(const struct store_result *front, const struct store_result *rows,
	struct arena *arena, struct parked *ret_parked)
{
	size_t count = store_rows(rows);
	struct parked_message *messages = arena_array(arena, count, sizeof(*messages));
	int r = 0;

	if (store_rows(front) == 0)
		return PARKING_NO_SUCH_KEY;
	for (size_t row = 0; r == 0 && row < count; row++)
		r = read_message(rows, row, arena, &messages[row]);
	if (r < 0)
		return r;
	*ret_parked = (struct parked){
		.topic = store_copy_text(front, 0, 0, arena),
		.partition = store_get_int(front, 0, 1),
		.offset = store_get_long(front, 0, 2),
		.reason = store_copy_text(front, 0, 3, arena),
		.messages = messages,
		.count = count,
	};
	return 0;
}

int parking_take(struct store *store, struct arena *arena, const void *key, size_t key_size,
	struct parked *ret_parked)
{
	struct store_params *params = store_params_create(arena);
	struct store_result *results[4] = {0};
	int r = store_ready(store);

	store_add_bytes(params, key, key_size);
	if (r < 0)
		return r;
	store_queue(store, "begin", NULL);
	store_queue(store, "parked_key_lock", params);
	store_queue(store, "parked_message_list", params);
	store_queue(store, "parked_key_forget", params);
	r = store_run(store, results, 4);
	if (r == 0)
		r = read_parked(results[1], results[2], arena, ret_parked);
	store_results_free(results, 4);
	if (r != 0)
		store_rollback(store);
	return r;
}

int parking_commit(struct store *store)
{
	store_queue(store, "commit", NULL);
	return store_run(store, NULL, 0);
}
