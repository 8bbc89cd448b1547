#include "measure.h"

#include <base/metrics.h>

#define STEPS "orderlab_order_steps_total"
#define STEPS_HELP "Orders that came to a step of the saga."
#define DURATION "orderlab_order_duration_seconds"
#define DURATION_HELP "From an order's creation to its end."

/* clang-format off */
static struct metric steps[ORDER_STEPS] = {
	[ORDER_AWAITING_PAYMENT] = METRIC(METRIC_COUNTER, STEPS, "step=\"awaiting_payment\"", STEPS_HELP),
	[ORDER_AWAITING_STOCK] = METRIC(METRIC_COUNTER, STEPS, "step=\"awaiting_stock\"", STEPS_HELP),
	[ORDER_RELEASING_STOCK] = METRIC(METRIC_COUNTER, STEPS, "step=\"releasing_stock\"", STEPS_HELP),
	[ORDER_REFUNDING] = METRIC(METRIC_COUNTER, STEPS, "step=\"refunding\"", STEPS_HELP),
	[ORDER_COMPLETED] = METRIC(METRIC_COUNTER, STEPS, "step=\"completed\"", STEPS_HELP),
	[ORDER_CANCELLED] = METRIC(METRIC_COUNTER, STEPS, "step=\"cancelled\"", STEPS_HELP),
};
static struct metric completed = METRIC(METRIC_HISTOGRAM, DURATION, "outcome=\"completed\"", DURATION_HELP);
static struct metric cancelled = METRIC(METRIC_HISTOGRAM, DURATION, "outcome=\"cancelled\"", DURATION_HELP);
/* clang-format on */

void order_measure_init(void)
{
	for (int step = ORDER_AWAITING_PAYMENT; step < ORDER_STEPS; step++)
		metric_register(&steps[step]);
	metric_register(&completed);
	metric_register(&cancelled);
}

void order_measure(const struct order_history_row *history, const struct order *order)
{
	/* A question that is asked again is no new step. */
	if (history->to == history->from)
		return;
	metric_add(&steps[history->to], 1);
	if (history->to == ORDER_COMPLETED)
		metric_observe_us(&completed, history->at_us - order->created_at_us);
	if (history->to == ORDER_CANCELLED)
		metric_observe_us(&cancelled, history->at_us - order->created_at_us);
}

void order_measure_batch(const struct order_batch *batch)
{
	for (size_t i = 0; i < batch->rows_count; i++) {
		const struct order_batch_row *row = &batch->rows[i];

		if (row->outcome == APPLIED)
			order_measure(&row->history,
				&order_batch_find(batch, &row->history.order_id)->order);
	}
}
