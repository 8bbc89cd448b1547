/*
 * What is known of one order, and what it counts for: pure.
 *
 * A fact collects the milestones of an order as they come. Each milestone is told
 * by one type of event and is set once, so the fact ends up the same in whatever
 * order the topics are read. What it counts for is a function of the fact alone
 * (order_fact_cells); the tally moves by the difference of before and after.
 */
#pragma once

#include <base/money.h>
#include <base/outbox.h>
#include <base/uuid.h>
#include <events/events.h>

/* In the order of the columns of order_fact. */
enum milestone {
	AT_CREATED = 0,
	AT_PAID,
	AT_DECLINED, /* payment failed */
	AT_REFUNDED,
	AT_RESERVED,
	AT_REFUSED, /* inventory failed */
	AT_RELEASED,
	AT_COMPLETED,
	AT_CANCELLED,
	MILESTONES,
};

struct order_fact {
	struct uuid order_id;
	money_t total_amount;
	int64_t at_us[MILESTONES]; /* 0: not told yet */
	/* Why it was declined, refused, cancelled; NULL until then. */
	const char *decline_reason, *refusal_reason, *cancellation_reason;
};

/*
 * @fact is a private copy, kept only on APPLIED, which emits AnalyticsProcessed
 * about the event. IGNORED: told before. POISON: contradicts what was told before.
 */
enum outcome analytics_on_event(struct order_fact *fact, enum event_type type, const void *event,
	const struct uuid *event_id, struct outbox *out);

/*
 * One number of the tally. All that an order counts for stands under the minute in
 * which the order was created; 0 while its creation has not been told.
 *
 *   measure          label                            total
 *   "status"         "Unseen" "Pending" "Paid" …      the orders' amounts, minor units
 *   "declined", "refused", "cancelled"   the reason   the same
 *   "created-paid", …   the bucket: its bound in ms   microseconds, all together
 */
struct tally_cell {
	int64_t minute_us;
	const char *measure, *label; /* NULL: no cell */
	int64_t count, total;
};

#define STEPS 8
#define CELLS (4 + STEPS)

/* Each kind of cell has a place of its own. Texts are static or the fact's. */
void order_fact_cells(const struct order_fact *fact, struct tally_cell ret_cells[static CELLS]);

/* "created-paid": from which milestone to which. @index 0 … STEPS - 1. */
const char *step_name(size_t index);

#define BUCKETS 17

struct histogram {
	int64_t counts[BUCKETS];
	int64_t count, sum_us;
};

/* Adds what a cell of the tally holds; a label that names no bucket is FAULT_INPUT. */
int histogram_add(struct histogram *histogram, const char *label, int64_t count, int64_t sum_us);
/*
 * The time that @percent of the durations do not exceed: between the bounds of a
 * bucket in proportion, as Prometheus' histogram_quantile(). 0 when there are none;
 * whatever is above the last bound counts as that bound.
 */
int64_t histogram_percentile_us(const struct histogram *histogram, int percent);
