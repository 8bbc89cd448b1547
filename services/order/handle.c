/*
 * Where the saga's decisions meet the database: one batch of answers from
 * payment and inventory.
 */
#include "handle.h"

#include "store.h"

#include <base/clock.h>

#define UNSEEN_MAX_US (3 * US_PER_S)

struct batch_state {
	struct uuid_map *orders;
	struct order_entry *entries;
	size_t entries_count;
	struct order_history_row *history;
	size_t history_count;
	int64_t ended; /* orders that became terminal */
};

static void *loaded(struct runtime_batch *batch, struct store_result *const *results)
{
	struct batch_state *state = arena_new(batch->arena, struct batch_state);

	state->orders = order_store_loaded(batch, results, &state->entries, &state->entries_count);
	state->history = arena_array(batch->arena, batch->count, sizeof(*state->history));
	return state;
}

static void add_history(struct batch_state *state, const struct runtime_message *message,
	const struct order *order, enum order_step from)
{
	state->history[state->history_count++] = (struct order_history_row){
		.order_id = order->id,
		.version = order->version,
		.type = event_info(message->type)->name,
		.event_id = &message->id,
		.from = from,
		.to = order->step,
		.topic = message->raw.topic,
		.partition = message->raw.partition,
		.offset = message->raw.offset,
		.trace = message->trace,
		.at_us = order->updated_at_us,
	};
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
	void *argument, struct runtime_batch *batch, const struct runtime_message *message)
{
	struct batch_state *state = argument;
	struct order_entry *entry = uuid_map_get(state->orders, &message->key);
	struct order order;
	enum outcome outcome;

	if (!entry)
		return unknown_order(batch, message);
	order = entry->order;
	batch->out->sequence = &order.sequence;
	outcome = order_on_event(&order, message->type, message->event, batch->out);
	if (outcome != APPLIED)
		return outcome;
	order.version++;
	order.updated_at_us = batch->out->now_us;
	add_history(state, message, &order, entry->order.step);
	if (order_is_terminal(&order))
		state->ended++;
	entry->order = order;
	entry->changed = true;
	return APPLIED;
}

static void save(void *argument, struct runtime_batch *batch)
{
	struct batch_state *state = argument;

	order_store_update(batch->store, batch->arena, state->entries, state->entries_count);
	order_store_add_history(batch->store, batch->arena, state->history, state->history_count);
}

static void committed(void *argument, const struct runtime_batch *batch, void *context)
{
	const struct batch_state *state = argument;

	(void)batch;
	order_ended(context, state->ended);
}

const struct handler order_handler = {
	.group = "order",
	.topics = (const char *const[]){"payment.events", "inventory.events", NULL},
	.publish = PUBLISH_OUTBOX,
	.loads = 2,
	.load = order_store_load,
	.loaded = loaded,
	.decide = decide,
	.save = save,
	.committed = committed,
};
