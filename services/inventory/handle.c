/*
 * Where the decisions about stock meet the database.
 */
#include "handle.h"

#include "store.h"

static enum outcome decide(
	void *argument, struct runtime_batch *batch, const struct runtime_message *message)
{
	struct inventory_state *state = argument;
	struct reservation_entry *entry = uuid_map_get(state->reservations, &message->key);
	struct reservation reservation = entry->reservation;
	enum outcome outcome = inventory_on_event(
		&reservation, &state->stock, message->type, message->event, batch->out);

	if (outcome == APPLIED) {
		/* Answering again writes nothing. */
		entry->changed |= reservation.status != entry->reservation.status;
		entry->reservation = reservation;
	}
	return outcome;
}

const struct handler inventory_handler = {
	.group = "inventory",
	.topics = (const char *const[]){"inventory.requests", NULL},
	.publish = PUBLISH_TRANSACTION,
	.publishes = (const char *const[]){"inventory.events", NULL},
	.loads = 3,
	.load = inventory_store_load,
	.loaded = inventory_store_loaded,
	.decide = decide,
	.save = inventory_store_save,
};
