/*
 * Where what is known of orders meets the database.
 */
#include "handle.h"

#include "store.h"

static enum outcome decide(
	void *argument, struct runtime_batch *batch, const struct runtime_message *message)
{
	struct analytics_state *state = argument;
	struct fact_entry *entry = uuid_map_get(state->facts, &message->key);
	struct order_fact fact = entry->fact;
	enum outcome outcome =
		analytics_on_event(&fact, message->type, message->event, &message->id, batch->out);

	if (outcome == APPLIED) {
		entry->fact = fact;
		entry->changed = true;
	}
	return outcome;
}

const struct handler analytics_handler = {
	.group = "analytics",
	.topics = (const char *const[]){"order.events", "payment.events", "inventory.events", NULL},
	.publish = PUBLISH_TRANSACTION,
	.publishes = (const char *const[]){"analytics.events", NULL},
	.gather_ms = 400,
	.loads = 2,
	.load = analytics_store_load,
	.loaded = analytics_store_loaded,
	.decide = decide,
	.save = analytics_store_save,
};
