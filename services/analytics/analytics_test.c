#include "analytics.h"

#include <base/fault.h>
#include <string.h>
#include <testkit/testkit.h>

#define MINUTE INT64_C(60000000)
#define NOON (INT64_C(1700000040000000) / MINUTE * MINUTE)

/* What is known of an order, and what was said. */
struct desk {
	struct arena *arena;
	struct outbox out;
	struct order_fact fact;
	struct uuid event_id;
};

static struct desk desk_open(void)
{
	struct desk desk = {.arena = arena_create(1 << 20), .event_id = uuid_make(NOON)};

	outbox_init(&desk.out, desk.arena, NOON + 9);
	desk.fact.order_id = uuid_make(NOON);
	return desk;
}

/* clang-format off */
#define CREATED(at)   EVENT_ORDER_CREATED, &(struct order_created){.total_amount = 2130, .created_at_us = (at)}
#define PAID(at)      EVENT_PAYMENT_SUCCEEDED, &(struct payment_succeeded){.processed_at_us = (at)}
#define DECLINED(at)  EVENT_PAYMENT_FAILED, &(struct payment_failed){.failure_reason = "card_declined", .failed_at_us = (at)}
#define REFUNDED(at)  EVENT_PAYMENT_REFUNDED, &(struct payment_refunded){.refunded_at_us = (at)}
#define RESERVED(at)  EVENT_INVENTORY_RESERVED, &(struct inventory_reserved){.reserved_at_us = (at)}
#define REFUSED(at)   EVENT_INVENTORY_FAILED, &(struct inventory_failed){.failure_reason = "out_of_stock", .failed_at_us = (at)}
#define RELEASED(at)  EVENT_INVENTORY_RELEASED, &(struct inventory_released){.released_at_us = (at)}
#define COMPLETED(at) EVENT_ORDER_COMPLETED, &(struct order_completed){.completed_at_us = (at)}
#define CANCELLED(at) EVENT_ORDER_CANCELLED, &(struct order_cancelled){.cancellation_reason = "out_of_stock", .cancelled_at_us = (at)}
/* clang-format on */

static enum outcome tell(struct desk *desk, enum event_type type, const void *event)
{
	return analytics_on_event(&desk->fact, type, event, &desk->event_id, &desk->out);
}

static const struct tally_cell *cell_of(
	const struct order_fact *fact, struct tally_cell cells[CELLS], const char *measure)
{
	order_fact_cells(fact, cells);
	for (size_t i = 0; i < CELLS; i++) {
		if (cells[i].label && strcmp(cells[i].measure, measure) == 0)
			return &cells[i];
	}
	return NULL;
}

static void expect_cell(
	const struct desk *desk, const char *measure, const char *label, int64_t total)
{
	struct tally_cell cells[CELLS];
	const struct tally_cell *cell = cell_of(&desk->fact, cells, measure);

	if (!cell)
		fail_test("nothing counts for %s", measure);
	expect_text(cell->label, label);
	expect_int(cell->count, 1);
	expect_int(cell->total, total);
}

static void expect_no_cell(const struct desk *desk, const char *measure)
{
	struct tally_cell cells[CELLS];

	if (cell_of(&desk->fact, cells, measure))
		fail_test("something counts for %s", measure);
}

TEST(says_which_event_it_counted)
{
	struct desk desk = desk_open();
	struct analytics_processed said;

	expect_int(tell(&desk, CREATED(NOON)), APPLIED);
	expect_int(desk.out.count, 1);
	expect_text(desk.out.emissions[0].type, "AnalyticsProcessed");
	expect_ok(analytics_processed_decode(desk.out.emissions[0].payload,
		desk.out.emissions[0].payload_size, desk.arena, &said));
	expect_uuid(&said.order_id, &desk.fact.order_id);
	expect_uuid(&said.event_id, &desk.event_id);
	expect_text(said.event_type, "OrderCreated");
	expect_int(said.processed_at_us, NOON + 9);
	arena_destroy(desk.arena);
}

TEST(follows_an_order_to_its_completion)
{
	struct desk desk = desk_open();

	expect_no_cell(&desk, "status");
	tell(&desk, CREATED(NOON + 1));
	expect_cell(&desk, "status", "Pending", 2130);
	tell(&desk, PAID(NOON + 7001));
	expect_cell(&desk, "status", "Paid", 2130);
	expect_cell(&desk, "created-paid", "10", 7000);
	tell(&desk, RESERVED(NOON + 8001));
	expect_cell(&desk, "paid-reserved", "1", 1000);
	tell(&desk, COMPLETED(NOON + 2 * MINUTE));
	expect_cell(&desk, "status", "Completed", 2130);
	expect_cell(&desk, "created-completed", "300000", 2 * MINUTE - 1);
	expect_no_cell(&desk, "cancelled");
	arena_destroy(desk.arena);
}

TEST(counts_everything_under_the_minute_of_creation)
{
	struct desk desk = desk_open();
	struct tally_cell cells[CELLS];

	tell(&desk, CREATED(NOON + MINUTE - 1));
	tell(&desk, PAID(NOON + 3 * MINUTE));
	order_fact_cells(&desk.fact, cells);
	for (size_t i = 0; i < CELLS; i++) {
		if (cells[i].label)
			expect_int(cells[i].minute_us, NOON);
	}
	arena_destroy(desk.arena);
}

TEST(counts_why_orders_fail)
{
	struct desk declined = desk_open(), refused = desk_open();

	tell(&declined, CREATED(NOON));
	tell(&declined, DECLINED(NOON + 1));
	expect_cell(&declined, "declined", "card_declined", 2130);
	expect_cell(&declined, "status", "Pending", 2130);
	expect_cell(&declined, "created-declined", "1", 1);
	tell(&refused, CREATED(NOON));
	tell(&refused, PAID(NOON + 1));
	tell(&refused, REFUSED(NOON + 2));
	tell(&refused, REFUNDED(NOON + 11));
	tell(&refused, CANCELLED(NOON + 12));
	expect_cell(&refused, "refused", "out_of_stock", 2130);
	expect_cell(&refused, "cancelled", "out_of_stock", 2130);
	expect_cell(&refused, "status", "Cancelled", 2130);
	expect_cell(&refused, "paid-refunded", "1", 10);
	arena_destroy(declined.arena);
	arena_destroy(refused.arena);
}

/* Six events in each of their 720 orders. Nothing is counted before there is a minute. */
TEST(ends_up_the_same_in_whatever_order_it_is_told)
{
	const struct {
		enum event_type type;
		const void *event;
	} story[] = {{CREATED(NOON)}, {PAID(NOON + 10)}, {REFUSED(NOON + 20)},
		{RELEASED(NOON + 30)}, {REFUNDED(NOON + 40)}, {CANCELLED(NOON + 50)}};
	struct tally_cell want[CELLS], have[CELLS];
	struct desk straight = desk_open();

	for (size_t i = 0; i < 6; i++)
		tell(&straight, story[i].type, story[i].event);
	order_fact_cells(&straight.fact, want);
	for (unsigned code = 0; code < 720; code++) {
		struct desk desk = desk_open();
		bool told[6] = {false};
		unsigned left = code;

		for (unsigned choices = 6; choices > 0; choices--) {
			unsigned skip = left % choices, at = 0;

			left /= choices;
			while (told[at] || skip-- > 0)
				at++;
			told[at] = true;
			expect_int(tell(&desk, story[at].type, story[at].event), APPLIED);
			if (!desk.fact.at_us[AT_CREATED]) {
				expect_cell(&desk, "status", "Unseen", 0);
				expect_no_cell(&desk, "refused");
			}
		}
		order_fact_cells(&desk.fact, have);
		for (size_t i = 0; i < CELLS; i++) {
			expect_int(have[i].label != NULL, want[i].label != NULL);
			if (want[i].label)
				expect_text(have[i].label, want[i].label);
			expect_int(have[i].total, want[i].total);
			expect_int(have[i].minute_us, want[i].minute_us);
		}
		arena_destroy(desk.arena);
	}
	arena_destroy(straight.arena);
}

TEST(ignores_what_it_was_told_before)
{
	struct desk desk = desk_open();

	tell(&desk, CREATED(NOON));
	tell(&desk, PAID(NOON + 5));
	expect_int(tell(&desk, PAID(NOON + 5)), IGNORED);
	expect_int(tell(&desk, CREATED(NOON)), IGNORED);
	expect_int(desk.out.count, 2);
	arena_destroy(desk.arena);
}

TEST(poisons_what_cannot_be)
{
	struct desk desk = desk_open();

	tell(&desk, CREATED(NOON));
	expect_int(tell(&desk, EVENT_ORDER_CREATED,
			   &(struct order_created){.total_amount = 1, .created_at_us = NOON}),
		POISON);
	tell(&desk, PAID(NOON + 1));
	expect_int(tell(&desk, DECLINED(NOON + 2)), POISON);
	tell(&desk, COMPLETED(NOON + 3));
	expect_int(tell(&desk, CANCELLED(NOON + 4)), POISON);
	expect_int(tell(&desk, RESERVED(0)), POISON);
	expect_int(tell(&desk, EVENT_REFUND_PAYMENT, NULL), POISON);
	expect_int(desk.out.count, 3);
	expect_cell(&desk, "status", "Completed", 2130);
	arena_destroy(desk.arena);
}

TEST(takes_no_time_where_clocks_disagree)
{
	struct desk desk = desk_open();

	tell(&desk, CREATED(NOON));
	tell(&desk, PAID(NOON - 3000));
	expect_cell(&desk, "created-paid", "1", 0);
	arena_destroy(desk.arena);
}

TEST(reads_percentiles_between_the_bounds_of_buckets)
{
	struct histogram histogram = {0};

	expect_int(histogram_percentile_us(&histogram, 50), 0);
	expect_ok(histogram_add(&histogram, "20", 80, 1200000));
	expect_int(histogram_percentile_us(&histogram, 50), 15000);
	expect_int(histogram_percentile_us(&histogram, 100), 20000);
	expect_ok(histogram_add(&histogram, "50", 20, 800000));
	expect_int(histogram_percentile_us(&histogram, 80), 20000);
	expect_int(histogram_percentile_us(&histogram, 90), 35000);
	expect_ok(histogram_add(&histogram, "more", 900, 0));
	expect_int(histogram_percentile_us(&histogram, 90), 300000000);
	expect_int(histogram.count, 1000);
	expect_int(histogram.sum_us, 2000000);
	expect_int(histogram_add(&histogram, "17", 1, 1), FAULT_INPUT);
}

TESTS("analytics", TEST_CASE(says_which_event_it_counted),
	TEST_CASE(follows_an_order_to_its_completion),
	TEST_CASE(counts_everything_under_the_minute_of_creation),
	TEST_CASE(counts_why_orders_fail), TEST_CASE(ends_up_the_same_in_whatever_order_it_is_told),
	TEST_CASE(ignores_what_it_was_told_before), TEST_CASE(poisons_what_cannot_be),
	TEST_CASE(takes_no_time_where_clocks_disagree),
	TEST_CASE(reads_percentiles_between_the_bounds_of_buckets))
