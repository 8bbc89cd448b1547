#include "ledger.h"

#include <testkit/testkit.h>

#include <base/clock.h>
#include <stdlib.h>
#include <string.h>

#define START_US INT64_C(5000000)
#define WALL_US INT64_C(1769853600000000) /* 2026-01-31T10:00:00Z */

static struct plan plan = {
	.rate = 1000, /* request n is due n ms after the start */
	.count = 128,
	.weights = {[PLAN_OK] = 1},
	.products = {"sku-mouse"},
	.product_count = 1,
};
static struct tally *tally;
static struct tally_sums sums;
static char *ledger_text;
static size_t ledger_size;
static FILE *ledger;

static void begin(void)
{
	ledger = open_memstream(&ledger_text, &ledger_size);
	tally = tally_create(&plan, START_US, WALL_US, ledger);
	expect(tally != NULL);
}

static void end(void)
{
	tally_destroy(tally);
	fclose(ledger);
	free(ledger_text);
}

/* Ids that differ in their first bytes only hash alike. */
static struct uuid order(int number)
{
	struct uuid id = uuid_floor(number * 1000);
	id.bytes[15] = 7;
	return id;
}

/* Request @n was sent on time and answered @status @ms milliseconds later. */
static void answer(int64_t n, int status, int ms)
{
	int64_t due_us = START_US + n * 1000;
	tally_answered(tally, n,
		&(struct tally_answer){.http_status = status,
			.order_id = order((int)n),
			.sent_us = due_us,
			.answered_us = due_us + ms * 1000});
}

/* The terminal event of order @n, seen @ms after it was due; it happened 2 ms earlier. */
static void finish(int64_t n, enum tally_end how, int ms)
{
	struct uuid id = order((int)n);
	tally_ended(tally, &id, how, START_US + n * 1000 + ms * 1000,
		WALL_US + n * 1000 + (ms - 2) * 1000);
}

static const char *last_line(void)
{
	fflush(ledger);
	ledger_text[ledger_size - 1] = '\0';
	return strrchr(ledger_text, '\n') + 1;
}

TEST(an_accepted_order_is_open_until_its_terminal_event)
{
	begin();
	answer(3, 201, 10);
	expect_int(tally_open(tally), 1);
	finish(3, TALLY_COMPLETED, 40);
	expect_int(tally_open(tally), 0);
	tally_sums(tally, &sums);
	expect_int(sums.all.sent, 1);
	expect_int(sums.all.accepted, 1);
	expect_int(sums.all.completed, 1);
	expect_int(sums.answered.max_us, 10000);
	expect_int(sums.arrived.max_us, 40000);
	expect_int(sums.completed.max_us, 38000);
	expect_int(sums.contradictions, 0);
	end();
}

TEST(latency_counts_from_when_a_request_was_due_not_from_when_it_was_sent)
{
	begin();
	tally_answered(tally, 10,
		&(struct tally_answer){.http_status = 201,
			.order_id = order(10),
			.sent_us = START_US + 10 * 1000 + 70000,
			.answered_us = START_US + 10 * 1000 + 90000});
	tally_sums(tally, &sums);
	expect_int(sums.answered.max_us, 90000);
	expect_int(sums.delayed.max_us, 70000);
	end();
}

TEST(an_event_may_come_before_the_answer)
{
	begin();
	finish(4, TALLY_CANCELLED, 20);
	expect_int(tally_open(tally), 0);
	answer(4, 201, 30);
	expect_int(tally_open(tally), 0);
	tally_sums(tally, &sums);
	expect_int(sums.all.cancelled, 1);
	expect_int(sums.arrived.max_us, 20000);
	expect_int(sums.contradictions, 0);
	end();
}

TEST(events_of_other_peoples_orders_count_nothing)
{
	begin();
	for (int i = 0; i < 200000; i++) {
		struct uuid stranger = uuid_make(clock_now_us());
		tally_ended(tally, &stranger, TALLY_COMPLETED, START_US + i, WALL_US + i);
	}
	answer(4, 201, 30);
	expect_int(tally_open(tally), 1);
	tally_sums(tally, &sums);
	expect_int(sums.all.completed, 0);
	end();
}

TEST(an_early_event_survives_many_of_other_people)
{
	begin();
	finish(4, TALLY_COMPLETED, 20);
	for (int i = 0; i < 10000; i++) {
		struct uuid stranger = uuid_make(clock_now_us());
		tally_ended(tally, &stranger, TALLY_CANCELLED, START_US + 50000 + i, WALL_US + i);
	}
	answer(4, 201, 30);
	expect_int(tally_open(tally), 0);
	end();
}

TEST(of_early_events_the_oldest_makes_room)
{
	begin();
	/* All hash alike; eight have room. */
	for (int64_t n = 0; n < 9; n++)
		finish(n, TALLY_COMPLETED, 20);
	answer(8, 201, 30);
	expect_int(tally_open(tally), 0);
	answer(1, 201, 30);
	expect_int(tally_open(tally), 0);
	answer(0, 201, 30);
	expect_int(tally_open(tally), 1);
	end();
}

TEST(every_request_of_a_full_plan_finds_its_place)
{
	begin();
	for (int64_t n = 0; n < plan.count; n++)
		answer(n, 201, 1);
	expect_int(tally_open(tally), plan.count);
	for (int64_t n = plan.count - 1; n >= 0; n--)
		finish(n, n % 2 ? TALLY_COMPLETED : TALLY_CANCELLED, 5);
	tally_sums(tally, &sums);
	expect_int(sums.all.completed, plan.count / 2);
	expect_int(sums.all.cancelled, plan.count / 2);
	expect_int(sums.contradictions, 0);
	end();
}

TEST(statuses_sort_into_ok_fail_and_unknown)
{
	static const struct {
		int http;
		const char *status;
	} pairs[] = {{201, "\tok\t201\t"}, {200, "\tok\t200\t"}, {503, "\tfail\t503\t"},
		{400, "\tfail\t400\t"}, {422, "\tfail\t422\t"}, {429, "\tfail\t429\t"},
		{409, "\tunknown\t409\t"}, {408, "\tunknown\t408\t"}, {500, "\tunknown\t500\t"},
		{502, "\tunknown\t502\t"}, {504, "\tunknown\t504\t"}, {302, "\tunknown\t302\t"},
		{0, "\tunknown\t-\t-\t-\t-\t-\t-"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		begin();
		answer(1, pairs[i].http, 1);
		if (pairs[i].http / 100 == 2)
			finish(1, TALLY_COMPLETED, 5);
		if (!strstr(last_line(), pairs[i].status))
			fail_test("%d: '%s' is not in '%s'", pairs[i].http, pairs[i].status,
				last_line());
		end();
	}
}

TEST(refusals_failures_and_unknowns_are_counted_apart)
{
	begin();
	answer(0, 503, 1);
	answer(1, 503, 1);
	answer(2, 422, 1);
	answer(3, 0, 1);
	answer(4, 500, 1);
	answer(5, 201, 1);
	tally_sums(tally, &sums);
	expect_int(sums.all.sent, 6);
	expect_int(sums.all.refused, 2);
	expect_int(sums.all.failed, 1);
	expect_int(sums.all.unknown, 2);
	expect_int(sums.all.accepted, 1);
	expect_int(sums.answered.total, 1);
	expect_int(sums.delayed.total, 6);
	end();
}

TEST(a_second_end_of_an_order_is_a_contradiction)
{
	begin();
	answer(1, 201, 1);
	finish(1, TALLY_COMPLETED, 5);
	finish(1, TALLY_CANCELLED, 6);
	tally_sums(tally, &sums);
	expect_int(sums.contradictions, 1);
	expect_int(sums.all.completed, 1);
	expect_int(sums.all.cancelled, 0);

	finish(2, TALLY_COMPLETED, 5);
	finish(2, TALLY_COMPLETED, 6);
	answer(2, 201, 10);
	tally_sums(tally, &sums);
	expect_int(sums.contradictions, 2);
	expect_int(sums.all.completed, 2);
	end();
}

TEST(one_order_for_two_keys_is_a_contradiction)
{
	begin();
	answer(1, 201, 1);
	tally_answered(tally, 2,
		&(struct tally_answer){
			.http_status = 201, .order_id = order(1), .sent_us = START_US});
	tally_sums(tally, &sums);
	expect_int(sums.contradictions, 1);
	end();
}

TEST(the_ledger_has_a_line_for_each_request_when_it_is_final)
{
	char want[512], key[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE];
	struct uuid order_id = order(7);

	begin();
	fflush(ledger);
	expect(strncmp(ledger_text, "n\tkey\tdue\tkind\tstatus\thttp\torder\tend\t", 37) == 0);
	end();

	begin();
	answer(7, 201, 10);
	finish(7, TALLY_COMPLETED, 40);
	snprintf(want, sizeof(want),
		"7\t%s\t2026-01-31T10:00:00.007000Z\tok\tok\t201\t%"
		"s\tcompleted\t10000\t40000\t38000\t-",
		plan_key(&plan, 7, key), uuid_format(&order_id, id));
	expect_text(last_line(), want);
	end();
}

TEST(closing_writes_the_open_orders_and_only_those)
{
	begin();
	answer(1, 201, 10);
	finish(1, TALLY_COMPLETED, 40);
	answer(2, 503, 10);
	answer(3, 201, 10);
	expect_ok(tally_close(tally));
	int lines = 0;
	for (size_t i = 0; i < ledger_size; i++)
		lines += ledger_text[i] == '\n';
	expect_int(lines, 4);
	expect(strstr(last_line(), "\tok\t201\t") != NULL);
	expect(strstr(last_line(), "\topen\t10000\t-\t-") != NULL);
	end();
}

TEST(a_ledger_that_cannot_be_written_is_a_fault)
{
	FILE *full = fopen("/dev/full", "w");

	expect(full != NULL);
	tally = tally_create(&plan, START_US, WALL_US, full);
	answer(1, 503, 1);
	expect_fault(tally_close(tally), FAULT_SYSTEM);
	tally_destroy(tally);
	fclose(full);
}

/* Requests 0 to 9 are of kind cancel and accepted. */
static void begin_cancels(void)
{
	memset(plan.weights, 0, sizeof(plan.weights));
	plan.weights[PLAN_CANCEL] = 1;
	begin();
	for (int64_t n = 0; n < 10; n++)
		answer(n, 201, 5);
}

static void cancel(int64_t n, int status)
{
	tally_cancelling(tally, n);
	tally_cancelled(tally, n, status);
}

TEST(cancellations_are_counted_by_their_answers)
{
	begin_cancels();
	cancel(0, 202);
	cancel(1, 200);
	cancel(2, 409);
	cancel(3, 404);
	cancel(4, 503);
	cancel(5, 504);
	cancel(6, 0);
	cancel(7, 500);
	cancel(8, 408);
	tally_sums(tally, &sums);
	expect_int(sums.cancels.asked, 9);
	expect_int(sums.cancels.accepted, 2);
	expect_int(sums.cancels.too_late, 1);
	expect_int(sums.cancels.failed, 2);
	expect_int(sums.cancels.unknown, 4);
	end();
}

TEST(an_order_ends_as_the_answer_to_its_cancellation_says)
{
	static const struct {
		int status;
		enum tally_end end;
		int contradictions;
	} grid[] = {{202, TALLY_CANCELLED, 0}, {202, TALLY_COMPLETED, 1}, {200, TALLY_CANCELLED, 0},
		{200, TALLY_COMPLETED, 1}, {409, TALLY_COMPLETED, 0}, {409, TALLY_CANCELLED, 1},
		{0, TALLY_COMPLETED, 0}, {0, TALLY_CANCELLED, 0}, {503, TALLY_COMPLETED, 0}};

	for (size_t i = 0; i < sizeof(grid) / sizeof(grid[0]); i++) {
		/* The end may be seen before the answer, and after it. */
		for (int late = 0; late < 2; late++) {
			begin_cancels();
			if (!late)
				finish(1, grid[i].end, 40);
			cancel(1, grid[i].status);
			if (late)
				finish(1, grid[i].end, 40);
			tally_sums(tally, &sums);
			if (sums.contradictions != grid[i].contradictions)
				fail_test("%d and end %d, late %d: %d contradictions",
					grid[i].status, (int)grid[i].end, late,
					(int)sums.contradictions);
			end();
		}
	}
}

TEST(the_line_of_an_order_waits_for_the_answer_to_its_cancellation)
{
	begin_cancels();
	finish(1, TALLY_COMPLETED, 40);
	fflush(ledger);
	expect(strchr(ledger_text, '\n') == ledger_text + ledger_size - 1);
	cancel(1, 409);
	expect(strstr(last_line(), "\tcancel\tok\t201\t") != NULL);
	expect(strstr(last_line(), "\tcompleted\t5000\t40000\t38000\t409") != NULL);
	end();
}

TEST(closing_writes_what_was_to_be_cancelled_and_never_was)
{
	begin_cancels();
	finish(9, TALLY_COMPLETED, 40);
	tally_cancelling(tally, 8);
	expect_ok(tally_close(tally));
	expect(strstr(last_line(), "\tcompleted\t5000\t40000\t38000\t-") != NULL);
	ledger_text[ledger_size - 1 - strlen(last_line()) - 1] = '\0';
	expect(strstr(ledger_text, "\topen\t5000\t-\t-\t0") != NULL);
	end();
}

TESTS("tally", TEST_CASE(an_accepted_order_is_open_until_its_terminal_event),
	TEST_CASE(latency_counts_from_when_a_request_was_due_not_from_when_it_was_sent),
	TEST_CASE(an_event_may_come_before_the_answer),
	TEST_CASE(events_of_other_peoples_orders_count_nothing),
	TEST_CASE(an_early_event_survives_many_of_other_people),
	TEST_CASE(of_early_events_the_oldest_makes_room),
	TEST_CASE(every_request_of_a_full_plan_finds_its_place),
	TEST_CASE(statuses_sort_into_ok_fail_and_unknown),
	TEST_CASE(refusals_failures_and_unknowns_are_counted_apart),
	TEST_CASE(a_second_end_of_an_order_is_a_contradiction),
	TEST_CASE(one_order_for_two_keys_is_a_contradiction),
	TEST_CASE(the_ledger_has_a_line_for_each_request_when_it_is_final),
	TEST_CASE(closing_writes_the_open_orders_and_only_those),
	TEST_CASE(a_ledger_that_cannot_be_written_is_a_fault),
	TEST_CASE(cancellations_are_counted_by_their_answers),
	TEST_CASE(an_order_ends_as_the_answer_to_its_cancellation_says),
	TEST_CASE(the_line_of_an_order_waits_for_the_answer_to_its_cancellation),
	TEST_CASE(closing_writes_what_was_to_be_cancelled_and_never_was))
