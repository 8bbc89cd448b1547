/*
 * Where the decisions about notifications meet the database. Nothing is sent
 * here: a batch writes down what customers are to be told, and the senders are
 * woken after its commit.
 */
#include "handle.h"

#include "delivery.h"
#include "service.h"
#include "store.h"

static const struct notification_templates *templates;

void notification_handler_use(const struct notification_templates *in_use)
{
	templates = in_use;
}

static enum outcome decide(
	void *argument, struct runtime_batch *batch, const struct runtime_message *message)
{
	struct notification_state *state = argument;
	struct order_entry *entry = uuid_map_get(state->orders, &message->key);
	struct customer_order order = entry->order;
	struct notification_row row = {
		.event_id = message->id, .order_id = message->key, .trace = message->trace};
	enum outcome outcome = notification_on_event(
		&order, templates, message->type, message->event, batch->out, &row.notification);

	if (outcome != APPLIED)
		return outcome;
	if (order.told != entry->order.told)
		state->rows[state->rows_count++] = row;
	entry->named |= order.customer_id != entry->order.customer_id;
	entry->order = order;
	return APPLIED;
}

static void committed(void *argument, const struct runtime_batch *batch, void *context)
{
	const struct notification_state *state = argument;
	struct notification_service *service = context;

	(void)batch;
	if (state->rows_count > 0 || state->entries_count > 0)
		delivery_wake(service->delivery);
}

const struct handler notification_handler = {
	.group = "notification",
	.topics = (const char *const[]){"order.events", "payment.events", NULL},
	.gather_ms = 400,
	.publish = PUBLISH_NOTHING,
	.loads = 2,
	.load = notification_store_load,
	.loaded = notification_store_loaded,
	.decide = decide,
	.save = notification_store_save,
	.committed = committed,
};
