/*
 * Where the decisions about payments meet the database.
 */
#include "handle.h"

#include "store.h"

static enum outcome decide(
	void *argument, struct runtime_batch *batch, const struct runtime_message *message)
{
	struct payment_state *state = argument;
	struct payment_entry *entry = uuid_map_get(state->payments, &message->key);
	struct payment payment = entry->payment;
	enum outcome outcome =
		payment_on_event(&payment, message->type, message->event, batch->out);

	if (outcome == APPLIED) {
		/* Answering again writes nothing. */
		entry->changed |= payment.status != entry->payment.status;
		entry->payment = payment;
	}
	return outcome;
}

const struct handler payment_handler = {
	.group = "payment",
	.topics = (const char *const[]){"payment.requests", NULL},
	.publish = PUBLISH_OUTBOX,
	.loads = 1,
	.load = payment_store_load,
	.loaded = payment_store_loaded,
	.decide = decide,
	.save = payment_store_save,
};
