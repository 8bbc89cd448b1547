#include "cancel.h"

#include "batch.h"
#include "measure.h"

#include <base/clock.h>
#include <base/metrics.h>
#include <runtime/outgoing.h>

#define TAKE_TIMEOUT_MS 2000

#define CANCELLATIONS "orderlab_cancellations_total"
#define CANCELLATIONS_HELP "Cancellations that customers asked for, by what became of them."

static struct metric applied =
	METRIC(METRIC_COUNTER, CANCELLATIONS, "outcome=\"applied\"", CANCELLATIONS_HELP);
static struct metric repeated =
	METRIC(METRIC_COUNTER, CANCELLATIONS, "outcome=\"ignored\"", CANCELLATIONS_HELP);
static struct metric refused =
	METRIC(METRIC_COUNTER, CANCELLATIONS, "outcome=\"refused\"", CANCELLATIONS_HELP);

void cancel_init(void)
{
	metric_register(&applied);
	metric_register(&repeated);
	metric_register(&refused);
}

static int decide(struct store *store, struct arena *arena, const struct uuid *id,
	const struct trace *trace, struct order *ret_order)
{
	struct order_batch batch;
	struct order_entry *entry;
	struct outbox out;
	enum outcome outcome;
	int r;

	store_queue(store, "begin", NULL);
	r = store_run(store, NULL, 0);
	if (r == 0)
		r = order_batch_load(&batch, store, arena, id, 1);
	if (r < 0)
		return r;
	entry = order_batch_find(&batch, id);
	if (!entry)
		return CANCEL_UNKNOWN;
	outbox_init(&out, arena, clock_now_us());
	out.trace = *trace;
	outcome = order_batch_apply(&batch, entry,
		&(struct order_history_row){.trigger = ORDER_ON_CANCEL, .trace = *trace}, NULL,
		&out);
	if (outcome == APPLIED)
		r = order_batch_commit(&batch, store, &out);
	if (r < 0)
		return r;
	order_measure_batch(&batch);
	metric_add(outcome == APPLIED ? &applied : outcome == IGNORED ? &repeated : &refused, 1);
	*ret_order = entry->order;
	return outcome == POISON ? CANCEL_REFUSED : CANCEL_ACCEPTED;
}

int order_cancel(struct order_service *service, const struct uuid *id, const struct trace *trace,
	struct arena *arena, struct order *ret_order)
{
	struct store *store = NULL;
	int r = store_pool_take(service->pool, TAKE_TIMEOUT_MS, &store);

	if (r < 0)
		return r;
	r = decide(store, arena, id, trace, ret_order);
	/* Rolls back what was not committed. */
	store_pool_give(service->pool, store);
	return r;
}
