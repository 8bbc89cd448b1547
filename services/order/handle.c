/*
 * Where the saga's decisions meet the database: one batch of answers from
 * payment and inventory.
 */
#include "handle.h"

#include "batch.h"
#include "measure.h"

#include <base/clock.h>

#define UNSEEN_MAX_US (3 * US_PER_S)

static void load(struct runtime_batch *batch)
{
	struct store_params *ids = store_params_create(batch->arena);

	batch_push_keys(batch, store_add_array(ids, STORE_UUID));
	order_store_load(batch->store, ids);
}

static void *loaded(struct runtime_batch *batch, struct store_result *const *results)
{
	struct order_batch *orders = arena_new(batch->arena, struct order_batch);

	order_batch_read(orders, batch->arena, results, batch->count);
	return orders;
}

/*
 * A commit can be read from the write-ahead log a moment before other sessions
 * see it, so an answer may be here before its order. One that is old enough is
 * about an order that never was.
 */
static enum outcome unknown_order(
	struct runtime_batch *batch, const struct runtime_message *message)
{
	int64_t age_us = batch->out->now_us - message->raw.timestamp_ms * US_PER_MS;

	if (age_us < UNSEEN_MAX_US)
		return not_yet(batch->out, "its order cannot be seen yet");
	return poison(batch->out, "no such order");
}

static enum outcome decide(
	void *state, struct runtime_batch *batch, const struct runtime_message *message)
{
	enum order_trigger trigger = order_trigger_of(message->type);
	struct order_entry *entry = order_batch_find(state, &message->key);

	if (!entry)
		return unknown_order(batch, message);
	if (!trigger)
		return poison(batch->out, "%s means nothing to an order",
			event_info(message->type)->name);
	return order_batch_apply(state, entry,
		&(struct order_history_row){
			.trigger = trigger,
			.event = message->raw.value,
			.event_size = message->raw.value_size,
			.event_id = &message->id,
			.topic = message->raw.topic,
			.partition = message->raw.partition,
			.offset = message->raw.offset,
			.trace = message->trace,
		},
		message->event, batch->out);
}

static void save(void *state, struct runtime_batch *batch)
{
	order_batch_save(state, batch->store);
}

static void committed(void *state, const struct runtime_batch *batch, void *context)
{
	const struct order_batch *orders = state;

	(void)batch;
	order_measure_batch(orders);
	order_ended(context, orders->ended);
}

const struct handler order_handler = {
	.group = "order",
	.topics = (const char *const[]){"payment.events", "inventory.events", NULL},
	.publish = PUBLISH_OUTBOX,
	.loads = 2,
	.load = load,
	.loaded = loaded,
	.decide = decide,
	.save = save,
	.committed = committed,
};
