/*
 * Where the decisions about payments meet the database.
 */
#include "handle.h"

#include "store.h"
#include "teller.h"

static enum outcome decide(
	void *argument, struct runtime_batch *batch, const struct runtime_message *message)
{
	struct payment_state *state = argument;
	struct payment_entry *entry = uuid_map_get(state->payments, &message->key);
	struct payment payment = entry->payment;
	enum outcome outcome =
		payment_on_event(&payment, message->type, message->event, batch->out);

	if (outcome == APPLIED)
		payment_store_keep(entry, &payment);
	return outcome;
}

/* The questions are committed: the tellers may ask them. */
static void committed(void *argument, const struct runtime_batch *batch, void *context)
{
	const struct payment_state *state = argument;
	size_t count = 0;

	(void)batch;
	for (size_t i = 0; i < state->entries_count; i++) {
		const struct payment *payment = &state->entries[i].payment;
		struct provider_call call;

		if (!payment->ask)
			continue;
		call = payment_call(payment);
		tellers_hand(context, &call);
		count++;
	}
	if (count > 0)
		tellers_wake(context);
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
	.committed = committed,
};
