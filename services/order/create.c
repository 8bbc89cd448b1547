#include "create.h"

#include "handle.h"
#include "measure.h"
#include "store.h"

#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/json_writer.h>
#include <base/log.h>
#include <base/metrics.h>
#include <runtime/outgoing.h>
#include <string.h>

#define COUNT_EVERY_US (5 * US_PER_S)

/* One run of the intake: what belongs to the batch in hand. */
struct create_batch {
	struct order_service *service;
	struct create_command **commands;
	struct intake_command **envelopes;
	size_t count;
	const struct order **created;
	struct create_command **creators;
	const struct order_history_row **history;
	size_t created_count;
};

void order_ended(void *context, int64_t count)
{
	struct order_service *service = context;

	atomic_fetch_sub(&service->open, count);
}

static void write_items(struct json_writer *writer, const struct order *order)
{
	json_array_begin(writer, "items");
	for (size_t i = 0; i < order->items_count; i++) {
		json_object_begin(writer, NULL);
		json_text(writer, "productId", order->items[i].product_id);
		json_int(writer, "quantity", order->items[i].quantity);
		json_money(writer, "price", order->items[i].price);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_optional_uuid(struct json_writer *writer, const char *name, const struct uuid *id)
{
	if (uuid_is_nil(id))
		json_null(writer, name);
	else
		json_uuid(writer, name, id);
}

void order_write_json(struct buffer *out, const struct order *order)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_uuid(&writer, "orderId", &order->id);
	json_text(&writer, "customerId", order->customer_id);
	json_text(&writer, "status", order_status_name(order->status));
	json_text(&writer, "step", order_step_name(order->step));
	json_money(&writer, "totalAmount", order->total_amount);
	json_text(&writer, "paymentMethod", order->payment_method);
	write_items(&writer, order);
	write_optional_uuid(&writer, "paymentId", &order->payment_id);
	write_optional_uuid(&writer, "reservationId", &order->reservation_id);
	json_bool(&writer, "refunded", order->refunded);
	json_bool(&writer, "stuck", order->stuck);
	if (order->cancellation_reason)
		json_text(&writer, "cancellationReason", order->cancellation_reason);
	else
		json_null(&writer, "cancellationReason");
	json_time(&writer, "createdAt", order->created_at_us);
	json_time(&writer, "updatedAt", order->updated_at_us);
	json_object_end(&writer);
}

/* The loop counts what ends here; other members' orders come from the database. */
static bool count_is_due(const struct order_service *service)
{
	return service->counted_us == 0 ||
		clock_monotonic_us() - service->counted_us > COUNT_EVERY_US;
}

static void queue_find(struct create_batch *batch)
{
	struct order_service *service = batch->service;
	struct store_params *params = store_params_create(service->work);
	struct store_array *keys = store_add_array(params, STORE_TEXT);

	for (size_t i = 0; i < batch->count; i++)
		store_push_text(keys, batch->commands[i]->key);
	store_queue(service->store, "begin", NULL);
	store_queue(service->store, "idempotency_find", params);
}

static void take_count(struct order_service *service, const struct store_result *rows)
{
	service->counted_us = clock_monotonic_us();
	atomic_store(&service->open, store_get_long(rows, 0, 0));
}

static void answer_again(
	struct create_command *command, const struct store_result *rows, size_t row)
{
	command->order_id = store_get_uuid(rows, row, 2);
	command->status = store_get_int(rows, row, 3);
	buffer_reset(&command->answer);
	buffer_add_text(&command->answer, store_get_text(rows, row, 4));
}

/* What was answered under this key before; 0 when nothing was. */
static int look_up(struct create_command *command, const struct store_result *rows)
{
	for (size_t row = 0; row < store_rows(rows); row++) {
		size_t size;
		const void *sha256;

		if (strcmp(store_get_text(rows, row, 0), command->key) != 0)
			continue;
		sha256 = store_get_bytes(rows, row, 1, &size);
		if (size != SHA256_SIZE || memcmp(sha256, command->body_sha256, size) != 0)
			return CREATE_REUSED;
		answer_again(command, rows, row);
		return CREATE_REPLAYED;
	}
	return 0;
}

static bool key_is_in_batch(const struct create_batch *batch, const char *key)
{
	for (size_t i = 0; i < batch->created_count; i++) {
		if (strcmp(batch->creators[i]->key, key) == 0)
			return true;
	}
	return false;
}

static void create(struct create_batch *batch, struct create_command *command)
{
	struct outbox *out = &batch->service->out;
	struct order *order = arena_new(batch->service->work, struct order);
	struct order_history_row *history =
		arena_new(batch->service->work, struct order_history_row);
	const struct order_input create_order = {.trigger = ORDER_ON_CREATE};

	*order = command->order;
	order->id = uuid_make(out->now_us);
	out->trace = command->trace;
	(void)order_apply(order, &create_order, &order_policy, out);
	*history = (struct order_history_row){
		.order_id = order->id,
		.version = order->version,
		.trigger = create_order.trigger,
		.from = ORDER_NEW,
		.to = order->step,
		.trace = command->trace,
		.at_us = out->now_us,
	};
	batch->history[batch->created_count] = history;
	command->order_id = order->id;
	command->status = 201;
	buffer_reset(&command->answer);
	order_write_json(&command->answer, order);
	batch->creators[batch->created_count] = command;
	batch->created[batch->created_count++] = order;
}

static int decide(
	struct create_batch *batch, struct create_command *command, const struct store_result *keys)
{
	struct order_service *service = batch->service;
	int known = look_up(command, keys);

	if (known)
		return known;
	if (key_is_in_batch(batch, command->key))
		return CREATE_RUNNING;
	if (atomic_load(&service->open) + (int64_t)batch->created_count >= service->open_max)
		return CREATE_BUSY;
	create(batch, command);
	return CREATE_DONE;
}

static void queue_keys(struct create_batch *batch)
{
	struct store_params *params = store_params_create(batch->service->work);
	struct store_array *keys = store_add_array(params, STORE_TEXT);
	struct store_array *hashes = store_add_array(params, STORE_BYTES);
	struct store_array *orders = store_add_array(params, STORE_UUID);
	struct store_array *statuses = store_add_array(params, STORE_INT);
	struct store_array *answers = store_add_array(params, STORE_TEXT);

	for (size_t i = 0; i < batch->created_count; i++) {
		const struct create_command *command = batch->creators[i];

		store_push_text(keys, command->key);
		store_push_bytes(hashes, command->body_sha256, SHA256_SIZE);
		store_push_uuid(orders, &command->order_id);
		store_push_int(statuses, command->status);
		store_push_text(answers, command->answer.data);
	}
	store_queue(batch->service->store, "idempotency_insert", params);
}

static int save(struct create_batch *batch)
{
	struct order_service *service = batch->service;
	int r;

	if (batch->created_count > 0) {
		order_store_insert(
			service->store, service->work, batch->created, batch->created_count);
		order_store_add_history(
			service->store, service->work, batch->history, batch->created_count);
		outgoing_queue_outbox(service->store, service->work, &service->out);
		queue_keys(batch);
	}
	store_queue(service->store, "commit", NULL);
	crash_point("create.before_commit");
	r = store_run(service->store, NULL, 0);
	crash_point("create.after_commit");
	return r;
}

static void open_batch(struct create_batch *batch, struct intake_command **commands)
{
	struct arena *work = batch->service->work;

	arena_reset(work);
	outbox_init(&batch->service->out, work, clock_now_us());
	batch->commands = arena_array(work, batch->count, sizeof(struct create_command *));
	batch->creators = arena_array(work, batch->count, sizeof(struct create_command *));
	batch->created = arena_array(work, batch->count, sizeof(struct order *));
	batch->history = arena_array(work, batch->count, sizeof(*batch->history));
	for (size_t i = 0; i < batch->count; i++)
		batch->commands[i] = commands[i]->data;
}

static int run(struct create_batch *batch, struct intake_command **commands)
{
	struct order_service *service = batch->service;
	struct store_result *results[3] = {0};
	bool counting = count_is_due(service);
	int r = store_ready(service->store);

	if (r < 0)
		return r;
	queue_find(batch);
	if (counting)
		store_queue(service->store, "order_count_open", NULL);
	r = store_run(service->store, results, counting ? 3 : 2);
	if (r == 0) {
		if (counting)
			take_count(service, results[2]);
		for (size_t i = 0; i < batch->count; i++)
			commands[i]->result = decide(batch, batch->commands[i], results[1]);
	}
	store_results_free(results, 3);
	return r < 0 ? r : save(batch);
}

int create_process(void *context, struct intake_command **commands, size_t count)
{
	struct create_batch batch = {.service = context, .count = count};
	int r;

	open_batch(&batch, commands);
	r = run(&batch, commands);
	if (r < 0) {
		store_rollback(batch.service->store);
		return r;
	}
	for (size_t i = 0; i < batch.created_count; i++)
		order_measure(batch.history[i], batch.created[i]);
	atomic_fetch_add(&batch.service->open, (int64_t)batch.created_count);
	return 0;
}
