#include "live_test.h"

#include <store/scan.h>
#include <string.h>

struct seen {
	int64_t rows, sum, stop_at;
};

static int count(void *context, const struct store_result *row)
{
	struct seen *seen = context;

	seen->rows++;
	seen->sum += store_get_int(row, 0, 0);
	return seen->rows == seen->stop_at ? 7 : 0;
}

TEST(hands_over_every_row_in_order)
{
	struct store *store = live_store(NULL);
	struct seen seen = {0};

	expect_ok(store_scan(store, "SELECT n FROM generate_series(1, 100000) AS n", count, &seen));
	expect_int(seen.rows, 100000);
	expect_int(seen.sum, INT64_C(100000) * 100001 / 2);
	expect_int(live_long(store, "SELECT 5"), 5);
	store_destroy(store);
}

TEST(reads_inside_the_open_transaction)
{
	struct store *store = live_store(NULL);
	struct seen seen = {0};

	expect_ok(store_execute(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
	expect_ok(store_scan(store, "SELECT 3", count, &seen));
	expect_int(seen.sum, 3);
	expect_text(live_text(store, "SELECT current_setting('transaction_isolation')"),
		"repeatable read");
	store_rollback(store);
	store_destroy(store);
}

TEST(ends_where_the_callback_says)
{
	struct store *store = live_store(NULL);
	struct seen seen = {.stop_at = 3};

	expect_int(store_scan(store, "SELECT n FROM generate_series(1, 9) AS n", count, &seen), 7);
	expect_int(seen.rows, 3);
	expect_ok(store_ready(store));
	expect_int(live_long(store, "SELECT 5"), 5);
	store_destroy(store);
}

TEST(a_fault_in_the_middle_is_told)
{
	struct store *store = live_store(NULL);
	struct seen seen = {0};

	expect_fault(store_scan(store, "SELECT 10 / (5 - n) FROM generate_series(1, 9) AS n", count,
			     &seen),
		FAULT_DB_DATA);
	expect_int(seen.rows, 4);
	expect(strstr(fault_text(), "division by zero") != NULL);
	expect_fault(store_scan(store, "SELECT 1 FROM nowhere", count, &seen), FAULT_DB);
	expect_ok(store_ready(store));
	store_destroy(store);
}

TESTS("store scan", TEST_CASE(hands_over_every_row_in_order),
	TEST_CASE(reads_inside_the_open_transaction), TEST_CASE(ends_where_the_callback_says),
	TEST_CASE(a_fault_in_the_middle_is_told))
