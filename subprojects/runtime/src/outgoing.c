#include <base/fault.h>
#include <runtime/outgoing.h>
#include <runtime/uuid_map.h>
#include <string.h>

/* The columns that outbox and answers share, in the order of both statements. */
static void add_emissions(struct store_params *params, const struct outbox *out)
{
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *topics = store_add_array(params, STORE_TEXT);
	struct store_array *keys = store_add_array(params, STORE_TEXT);
	struct store_array *types = store_add_array(params, STORE_TEXT);
	struct store_array *payloads = store_add_array(params, STORE_BYTES);
	struct store_array *traces = store_add_array(params, STORE_TEXT);
	struct store_array *sequences = store_add_array(params, STORE_LONG);
	struct store_array *times = store_add_array(params, STORE_TIME);

	for (size_t i = 0; i < out->count; i++) {
		const struct emission *emission = &out->emissions[i];
		char key[UUID_TEXT_SIZE], trace[TRACE_TEXT_SIZE];

		store_push_uuid(ids, &emission->id);
		store_push_text(topics, emission->topic);
		store_push_text(keys, uuid_format(&emission->key, key));
		store_push_text(types, emission->type);
		store_push_bytes(payloads, emission->payload, emission->payload_size);
		store_push_text(traces, trace_format(&emission->trace, trace));
		store_push_long(sequences, emission->sequence);
		store_push_time(times, emission->occurred_at_us);
	}
}

void outgoing_queue_outbox(struct store *store, struct arena *arena, const struct outbox *out)
{
	struct store_params *params;

	if (out->count == 0)
		return;
	params = store_params_create(arena);
	add_emissions(params, out);
	store_queue(store, "outbox_insert", params);
}

void outgoing_queue_answers(struct runtime_batch *batch)
{
	struct store_params *params;
	struct store_array *requests, *positions;

	if (batch->out->count == 0)
		return;
	params = store_params_create(batch->arena);
	requests = store_add_array(params, STORE_UUID);
	positions = store_add_array(params, STORE_INT);
	for (size_t i = 0; i < batch->out->count; i++) {
		const struct runtime_message *message =
			&batch->messages[batch->out->emissions[i].cause];

		store_push_uuid(requests, &message->id);
		store_push_int(positions, (int32_t)(i - message->emissions_first));
	}
	add_emissions(params, batch->out);
	store_queue(batch->store, "answer_insert", params);
}

/*
 * The span that wrote the answer may have ended with its process, untold. Sent again, the answer
 * is the work of the span that has the message in hand, as long as that is the same trace.
 */
static struct trace trace_of(const char *stored, const struct runtime_message *message)
{
	struct trace trace;

	if (!stored || trace_parse(stored, strlen(stored), &trace) != 0 ||
		memcmp(trace.trace_id, message->trace.trace_id, sizeof(trace.trace_id)) == 0)
		return message->trace;
	return trace;
}

static void read_answer(const struct store_result *rows, size_t row, struct runtime_batch *batch,
	const struct runtime_message *message)
{
	size_t size;
	const void *payload = store_get_bytes(rows, row, 5, &size);
	const char *key = store_get_text(rows, row, 3);
	struct uuid order_id = {0};
	struct emission *emission;

	(void)uuid_parse(key, strlen(key), &order_id);
	emission = outbox_add(batch->out, arena_string(batch->arena, store_get_text(rows, row, 2)),
		arena_string(batch->arena, store_get_text(rows, row, 4)), &order_id,
		arena_copy(batch->arena, payload, size), size);
	emission->id = store_get_uuid(rows, row, 1);
	emission->sequence = store_get_long(rows, row, 7);
	emission->occurred_at_us = store_get_time(rows, row, 8);
	emission->trace = trace_of(store_get_text(rows, row, 6), message);
}

/* The rows of one request stand together, in the order of their positions. */
static void take_answers(
	struct runtime_batch *batch, const struct store_result *rows, struct uuid_map *requests)
{
	batch->out->sequence = NULL;
	for (size_t row = 0; row < store_rows(rows); row++) {
		struct uuid id = store_get_uuid(rows, row, 0);
		struct runtime_message *message = uuid_map_get(requests, &id);

		if (message->emissions_count++ == 0)
			message->emissions_first = outbox_mark(batch->out);
		read_answer(rows, row, batch, message);
	}
}

int outgoing_load_answers(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct uuid_map *requests = uuid_map_create(batch->arena, batch->count);
	struct store_result *rows = NULL;
	size_t count = 0;
	int r;

	for (size_t i = 0; i < batch->count; i++) {
		struct runtime_message *message = &batch->messages[i];

		/* A repeat within the batch is answered with its first. */
		if (!message->redelivered || message->repeated)
			continue;
		uuid_map_put(requests, &message->id, message);
		store_push_uuid(ids, &message->id);
		count++;
	}
	if (count == 0)
		return 0;
	store_queue(batch->store, "answer_load", params);
	r = store_run(batch->store, &rows, 1);
	if (r == 0)
		take_answers(batch, rows, requests);
	store_results_free(&rows, 1);
	return r;
}
