#include "analytics.h"

#include <base/fault.h>
#include <string.h>

#define US_PER_MS INT64_C(1000)
#define US_PER_MINUTE INT64_C(60000000)

/* clang-format off */
static const struct {
	const char *name;
	enum milestone begin, end;
} steps[STEPS] = {
	{"created-paid",       AT_CREATED,  AT_PAID},
	{"created-declined",   AT_CREATED,  AT_DECLINED},
	{"paid-reserved",      AT_PAID,     AT_RESERVED},
	{"paid-refused",       AT_PAID,     AT_REFUSED},
	{"paid-refunded",      AT_PAID,     AT_REFUNDED},
	{"reserved-completed", AT_RESERVED, AT_COMPLETED},
	{"created-completed",  AT_CREATED,  AT_COMPLETED},
	{"created-cancelled",  AT_CREATED,  AT_CANCELLED},
};

static const struct {
	const char *label;
	int64_t bound_us;
} buckets[BUCKETS] = {
	{"1", 1000}, {"2", 2000}, {"5", 5000}, {"10", 10000}, {"20", 20000}, {"50", 50000},
	{"100", 100000}, {"200", 200000}, {"500", 500000}, {"1000", 1000000}, {"2000", 2000000},
	{"5000", 5000000}, {"10000", 10000000}, {"20000", 20000000}, {"60000", 60000000},
	{"300000", 300000000}, {"more", INT64_MAX},
};
/* clang-format on */

/* ---- what an event tells ---- */

struct told {
	enum milestone milestone;
	int64_t at_us;
	money_t total_amount; /* of AT_CREATED */
	const char *reason;   /* of what failed */
};

static struct told told_by_order(enum event_type type, const void *event)
{
	const struct order_created *created = event;
	const struct order_completed *completed = event;
	const struct order_cancelled *cancelled = event;

	if (type == EVENT_ORDER_CREATED)
		return (struct told){
			AT_CREATED, created->created_at_us, created->total_amount, NULL};
	if (type == EVENT_ORDER_COMPLETED)
		return (struct told){AT_COMPLETED, completed->completed_at_us, 0, NULL};
	return (struct told){
		AT_CANCELLED, cancelled->cancelled_at_us, 0, cancelled->cancellation_reason};
}

static struct told told_by_payment(enum event_type type, const void *event)
{
	const struct payment_succeeded *succeeded = event;
	const struct payment_failed *failed = event;
	const struct payment_refunded *refunded = event;

	if (type == EVENT_PAYMENT_SUCCEEDED)
		return (struct told){AT_PAID, succeeded->processed_at_us, 0, NULL};
	if (type == EVENT_PAYMENT_REFUNDED)
		return (struct told){AT_REFUNDED, refunded->refunded_at_us, 0, NULL};
	return (struct told){AT_DECLINED, failed->failed_at_us, 0, failed->failure_reason};
}

static struct told told_by_inventory(enum event_type type, const void *event)
{
	const struct inventory_reserved *reserved = event;
	const struct inventory_failed *failed = event;
	const struct inventory_released *released = event;

	if (type == EVENT_INVENTORY_RESERVED)
		return (struct told){AT_RESERVED, reserved->reserved_at_us, 0, NULL};
	if (type == EVENT_INVENTORY_RELEASED)
		return (struct told){AT_RELEASED, released->released_at_us, 0, NULL};
	return (struct told){AT_REFUSED, failed->failed_at_us, 0, failed->failure_reason};
}

/* What can never be told of one order. */
static const char *contradiction(const struct order_fact *fact, const struct told *told)
{
	static const enum milestone apart[][2] = {
		{AT_PAID, AT_DECLINED}, {AT_COMPLETED, AT_CANCELLED}};
	static const char *const words[] = {"paid and declined", "completed and cancelled"};

	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		for (int side = 0; side < 2; side++) {
			if (told->milestone == apart[i][side] && fact->at_us[apart[i][!side]])
				return words[i];
		}
	}
	return NULL;
}

static void take(struct order_fact *fact, const struct told *told)
{
	fact->at_us[told->milestone] = told->at_us;
	if (told->milestone == AT_CREATED)
		fact->total_amount = told->total_amount;
	else if (told->milestone == AT_DECLINED)
		fact->decline_reason = told->reason;
	else if (told->milestone == AT_REFUSED)
		fact->refusal_reason = told->reason;
	else if (told->milestone == AT_CANCELLED)
		fact->cancellation_reason = told->reason;
}

static enum outcome on_told(struct order_fact *fact, struct told told, enum event_type type,
	const struct uuid *event_id, struct outbox *out)
{
	const char *name = event_info(type)->name;
	const char *words = contradiction(fact, &told);

	if (told.at_us <= 0)
		return poison(out, "%s without a time", name);
	if (words)
		return poison(out, "an order is told to be both %s", words);
	if (fact->at_us[told.milestone]) {
		if (told.milestone == AT_CREATED && told.total_amount != fact->total_amount)
			return poison(out, "an order is created twice, with two totals");
		return ignored(out, "%s was told before", name);
	}
	take(fact, &told);
	EMIT(out, analytics_processed, .order_id = fact->order_id, .event_id = *event_id,
		.event_type = name, .processed_at_us = out->now_us);
	return APPLIED;
}

enum outcome analytics_on_event(struct order_fact *fact, enum event_type type, const void *event,
	const struct uuid *event_id, struct outbox *out)
{
	switch (type) {
	case EVENT_ORDER_CREATED:
	case EVENT_ORDER_COMPLETED:
	case EVENT_ORDER_CANCELLED:
		return on_told(fact, told_by_order(type, event), type, event_id, out);
	case EVENT_PAYMENT_SUCCEEDED:
	case EVENT_PAYMENT_FAILED:
	case EVENT_PAYMENT_REFUNDED:
		return on_told(fact, told_by_payment(type, event), type, event_id, out);
	case EVENT_INVENTORY_RESERVED:
	case EVENT_INVENTORY_FAILED:
	case EVENT_INVENTORY_RELEASED:
		return on_told(fact, told_by_inventory(type, event), type, event_id, out);
	default:
		return poison(out, "%s means nothing to analytics", event_info(type)->name);
	}
}

/* ---- what an order counts for ---- */

static const char *status_of(const struct order_fact *fact)
{
	if (!fact->at_us[AT_CREATED])
		return "Unseen";
	if (fact->at_us[AT_COMPLETED])
		return "Completed";
	if (fact->at_us[AT_CANCELLED])
		return "Cancelled";
	return fact->at_us[AT_PAID] ? "Paid" : "Pending";
}

static bool is_blank(const struct order_fact *fact)
{
	for (int i = 0; i < MILESTONES; i++) {
		if (fact->at_us[i])
			return false;
	}
	return true;
}

static size_t bucket_of(int64_t duration_us)
{
	size_t place = 0;

	while (duration_us > buckets[place].bound_us)
		place++;
	return place;
}

static void count_step(const struct order_fact *fact, size_t index, struct tally_cell *cell)
{
	int64_t begin_us = fact->at_us[steps[index].begin];
	int64_t end_us = fact->at_us[steps[index].end];
	int64_t duration_us;

	if (!begin_us || !end_us)
		return;
	/* Two machines' clocks may disagree; nothing ends before it begins. */
	duration_us = end_us > begin_us ? end_us - begin_us : 0;
	cell->measure = steps[index].name;
	cell->label = buckets[bucket_of(duration_us)].label;
	cell->total = duration_us;
}

void order_fact_cells(const struct order_fact *fact, struct tally_cell ret_cells[static CELLS])
{
	const char *const measures[] = {"status", "declined", "refused", "cancelled"};
	const char *const labels[] = {status_of(fact), fact->decline_reason, fact->refusal_reason,
		fact->cancellation_reason};
	int64_t created_us = fact->at_us[AT_CREATED];

	memset(ret_cells, 0, CELLS * sizeof(*ret_cells));
	if (is_blank(fact))
		return;
	for (size_t i = 0; i < CELLS; i++) {
		struct tally_cell *cell = &ret_cells[i];

		cell->minute_us = created_us - created_us % US_PER_MINUTE;
		cell->count = 1;
		if (i >= 4) {
			count_step(fact, i - 4, cell);
		} else if (labels[i]) {
			cell->measure = measures[i];
			cell->label = labels[i];
			cell->total = fact->total_amount;
		}
		/* Nothing else counts before the order has a minute. */
		if (!created_us)
			break;
	}
}

/* ---- durations ---- */

const char *step_name(size_t index)
{
	return steps[index].name;
}

int histogram_add(struct histogram *histogram, const char *label, int64_t count, int64_t sum_us)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		if (strcmp(buckets[i].label, label) != 0)
			continue;
		histogram->counts[i] += count;
		histogram->count += count;
		histogram->sum_us += sum_us;
		return 0;
	}
	return fault(FAULT_INPUT, "no bucket is called %s", label);
}

int64_t histogram_percentile_us(const struct histogram *histogram, int percent)
{
	int64_t rank = histogram->count * percent; /* in hundredths of a duration */
	int64_t below = 0, floor_us = 0;

	for (size_t i = 0; i < BUCKETS - 1; i++) {
		int64_t inside = histogram->counts[i];

		if (inside > 0 && (below + inside) * 100 >= rank)
			return floor_us +
				(buckets[i].bound_us - floor_us) * (rank - below * 100) /
				(inside * 100);
		below += inside;
		floor_us = buckets[i].bound_us;
	}
	return histogram->count > 0 ? floor_us : 0;
}
