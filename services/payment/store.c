#include "store.h"

#include <string.h>

void payment_store_load(struct runtime_batch *batch)
{
	struct store_params *params = store_params_create(batch->arena);

	batch_push_keys(batch, store_add_array(params, STORE_UUID));
	store_queue(batch->store, "payment_load", params);
}

static void read_payment(const struct store_result *rows, size_t row, struct arena *arena,
	struct payment_entry *entry)
{
	const char *trace;

	entry->payment = (struct payment){
		.order_id = store_get_uuid(rows, row, 0),
		.id = store_get_uuid(rows, row, 1),
		.request_id = store_get_uuid(rows, row, 2),
		.refund_id = store_get_uuid(rows, row, 3),
		.amount = store_get_long(rows, row, 5),
		.method = store_copy_text(rows, row, 6, arena),
		.failure_reason = store_copy_text(rows, row, 7, arena),
		.created_at_us = store_get_time(rows, row, 8),
		.updated_at_us = store_get_time(rows, row, 9),
		.due_at_us = store_get_time(rows, row, 11),
		.attempts = store_get_int(rows, row, 12),
	};
	/* The table's own CHECKs allow no other word. */
	(void)payment_status_parse(store_get_text(rows, row, 4), &entry->payment.status);
	(void)payment_question_parse(store_get_text(rows, row, 10), &entry->payment.ask_later);
	trace = store_get_text(rows, row, 13);
	if (trace)
		(void)trace_parse(trace, strlen(trace), &entry->payment.trace);
	entry->before = entry->payment.status;
}

struct payment_state *payment_store_read(
	const struct store_result *result, size_t room, struct arena *arena)
{
	struct payment_state *state = arena_new(arena, struct payment_state);
	size_t rows = store_rows(result);

	state->payments = uuid_map_create(arena, rows + room);
	state->entries = arena_array(arena, rows + room, sizeof(*state->entries));
	for (size_t row = 0; row < rows; row++) {
		struct payment_entry *entry = &state->entries[state->entries_count++];

		read_payment(result, row, arena, entry);
		uuid_map_put(state->payments, &entry->payment.order_id, entry);
	}
	return state;
}

void *payment_store_loaded(struct runtime_batch *batch, struct store_result *const *results)
{
	struct payment_state *state = payment_store_read(results[0], batch->count, batch->arena);

	for (size_t i = 0; i < batch->count; i++) {
		struct payment_entry *entry = &state->entries[state->entries_count];

		entry->payment.order_id = batch->messages[i].key;
		if (uuid_map_put(state->payments, &batch->messages[i].key, entry) == entry)
			state->entries_count++;
	}
	return state;
}

void payment_store_keep(struct payment_entry *entry, const struct payment *payment)
{
	/* Answering again writes nothing. */
	entry->changed |= payment->status != entry->payment.status ||
		payment->due_at_us != entry->payment.due_at_us;
	entry->payment = *payment;
}

static void queue_payments(
	const struct payment_state *state, struct store *store, struct arena *arena)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_array *requests = store_add_array(params, STORE_UUID);
	struct store_array *refunds = store_add_array(params, STORE_UUID);
	struct store_array *statuses = store_add_array(params, STORE_TEXT);
	struct store_array *amounts = store_add_array(params, STORE_LONG);
	struct store_array *methods = store_add_array(params, STORE_TEXT);
	struct store_array *reasons = store_add_array(params, STORE_TEXT);
	struct store_array *created = store_add_array(params, STORE_TIME);
	struct store_array *updated = store_add_array(params, STORE_TIME);
	struct store_array *questions = store_add_array(params, STORE_TEXT);
	struct store_array *due = store_add_array(params, STORE_TIME);
	struct store_array *attempts = store_add_array(params, STORE_INT);
	struct store_array *traces = store_add_array(params, STORE_TEXT);
	char trace[TRACE_TEXT_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < state->entries_count; i++) {
		const struct payment *payment = &state->entries[i].payment;

		if (!state->entries[i].changed)
			continue;
		count++;
		store_push_uuid(orders, &payment->order_id);
		store_push_uuid(ids, &payment->id);
		store_push_uuid(requests, &payment->request_id);
		store_push_uuid(refunds, &payment->refund_id);
		store_push_text(statuses, payment_status_name(payment->status));
		store_push_long(amounts, payment->amount);
		store_push_text(methods, payment->method);
		store_push_text(reasons, payment->failure_reason);
		store_push_time(created, payment->created_at_us);
		store_push_time(updated, payment->updated_at_us);
		store_push_text(questions, payment_question_name(payment->ask_later));
		store_push_time(due, payment->due_at_us);
		store_push_int(attempts, payment->attempts);
		store_push_text(traces,
			trace_is_set(&payment->trace) ? trace_format(&payment->trace, trace)
						      : NULL);
	}
	if (count > 0)
		store_queue(store, "payment_save", params);
}

static bool is_captured(enum payment_status status)
{
	return status == PAYMENT_SUCCEEDED || status == PAYMENT_REFUNDING ||
		status == PAYMENT_REFUNDED;
}

/* Money moved when the status did: a capture on the way in, a refund on the way out. */
static void queue_transactions(
	const struct payment_state *state, struct store *store, struct arena *arena)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *payments = store_add_array(params, STORE_UUID);
	struct store_array *kinds = store_add_array(params, STORE_TEXT);
	struct store_array *debits = store_add_array(params, STORE_TEXT);
	struct store_array *credits = store_add_array(params, STORE_TEXT);
	struct store_array *amounts = store_add_array(params, STORE_LONG);
	struct store_array *times = store_add_array(params, STORE_TIME);
	size_t count = 0;

	for (size_t i = 0; i < state->entries_count; i++) {
		const struct payment_entry *entry = &state->entries[i];
		const struct payment *payment = &entry->payment;
		const bool moved[] = {
			!is_captured(entry->before) && is_captured(payment->status),
			entry->before != PAYMENT_REFUNDED && payment->status == PAYMENT_REFUNDED,
		};

		for (int kind = 0; entry->changed && kind < 2; kind++) {
			if (!moved[kind])
				continue;
			count++;
			store_push_uuid(payments, &payment->id);
			store_push_text(kinds, kind == 0 ? "capture" : "refund");
			store_push_text(debits, kind == 0 ? "provider" : "customer");
			store_push_text(credits, kind == 0 ? "customer" : "provider");
			store_push_long(amounts, payment->amount);
			store_push_time(times, payment->updated_at_us);
		}
	}
	if (count > 0)
		store_queue(store, "payment_transaction_insert", params);
}

void payment_store_queue_save(
	const struct payment_state *state, struct store *store, struct arena *arena)
{
	queue_payments(state, store, arena);
	queue_transactions(state, store, arena);
}

void payment_store_save(void *state, struct runtime_batch *batch)
{
	payment_store_queue_save(state, batch->store, batch->arena);
}
