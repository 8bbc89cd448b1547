#include "plan.h"

#include <testkit/testkit.h>

#include <string.h>

static struct arena *arena;

/* One row from 10 to 100, planned. */
static struct plan_row planned(
	enum selector selector, int64_t number, int64_t current, int64_t wanted, bool clamp)
{
	const struct selection selection = {
		.selector = selector, .number = number, .group = "other"};
	struct plan_row row = {.topic = "t",
		.partition = 3,
		.start = 10,
		.end = 100,
		.current = current,
		.wanted = wanted};
	struct plan plan = {&row, 1};

	if (!arena)
		arena = arena_create(0);
	plan_make(&selection, clamp, arena, &plan);
	return row;
}

struct expectation {
	enum selector selector;
	int64_t number, current, wanted;
	bool clamp;
	int64_t target, replays, skips;
	const char *note;
};

/* clang-format off */
static const struct expectation grid[] = {
	/* selector     number current wanted clamp   target replays skips note */
	{SELECT_EARLIEST,   0,    60,    -1, false,     10,   50,    0, ""},
	{SELECT_EARLIEST,   0,    10,    -1, false,     10,    0,    0, "stays"},
	{SELECT_EARLIEST,   0,     4,    -1, false,     10,    0,    0, "6 were deleted unread"},
	{SELECT_EARLIEST,   0,    -1,    -1, false,     10,    0,    0, "nothing committed before: nothing comes again"},
	{SELECT_LATEST,     0,    60,    -1, false,    100,    0,   40, "skips at most 40"},
	{SELECT_LATEST,     0,   100,    -1, false,    100,    0,    0, "stays"},
	{SELECT_LATEST,     0,     4,    -1, false,    100,    0,   90, "skips at most 90"},
	{SELECT_CURRENT,    0,    60,    -1, false,     60,    0,    0, "stays"},
	{SELECT_CURRENT,    0,     4,    -1, false,     10,    0,    0, "its place is gone: the nearest"},
	{SELECT_CURRENT,    0,   120,    -1, false,    100,    0,    0, "its place is gone: the nearest"},
	{SELECT_CURRENT,    0,    -1,    -1, false,     -1,    0,    0, "no committed offset: left so"},
	{SELECT_OFFSET,    10,    60,    -1, false,     10,   50,    0, ""},
	{SELECT_OFFSET,   100,    60,    -1, false,    100,    0,   40, "skips at most 40"},
	{SELECT_OFFSET,     9,    60,    -1, true,      10,   50,    0, "9 is out of range: the nearest"},
	{SELECT_OFFSET,   101,    60,    -1, true,     100,    0,   40, "101 is out of range: the nearest"},
	{SELECT_SHIFT,    -20,    60,    -1, false,     40,   20,    0, ""},
	{SELECT_SHIFT,     20,    60,    -1, false,     80,    0,   20, "skips at most 20"},
	{SELECT_SHIFT,   -500,    60,    -1, true,      10,   50,    0, "-440 is out of range: the nearest"},
	{SELECT_TIME,       0,    60,    42, false,     42,   18,    0, ""},
	{SELECT_TIME,       0,    60,     5, false,     10,   50,    0, ""},
	{SELECT_TIME,       0,    60,    -1, false,    100,    0,   40, "nothing at that time or later: the end"},
	{SELECT_FILE,       0,    60,    42, false,     42,   18,    0, ""},
	{SELECT_FILE,       0,    60,     2, true,      10,   50,    0, "2 is out of range: the nearest"},
	{SELECT_FILE,       0,    60,    -1, false,     -1,    0,    0, "the file has no offset of it: left as it is"},
	{SELECT_GROUP,      0,    60,    70, false,     70,    0,   10, "skips at most 10"},
	{SELECT_GROUP,      0,    60,    -1, false,     -1,    0,    0, "other has no offset of it: left as it is"},
	{SELECT_KEY,        0,    60,    50, false,     50,   10,    0, ""},
	{SELECT_KEY,        0,    60,    -1, false,     -1,    0,    0, "still to come: left as it is"},
};
/* clang-format on */

TEST(goes_where_each_selector_says)
{
	for (size_t i = 0; i < sizeof(grid) / sizeof(grid[0]); i++) {
		const struct expectation *want = &grid[i];
		struct plan_row row = planned(
			want->selector, want->number, want->current, want->wanted, want->clamp);

		if (row.target != want->target || row.replays != want->replays ||
			row.skips != want->skips || strcmp(row.note, want->note) != 0 ||
			row.refusal)
			fail_test("row %zu: to %lld, again %lld, skipped %lld, '%s', refused: %s",
				i, (long long)row.target, (long long)row.replays,
				(long long)row.skips, row.note, row.refusal ? row.refusal : "no");
	}
}

TEST(refuses_what_is_out_of_range_unless_told_to_clamp)
{
	expect_text(planned(SELECT_OFFSET, 9, 60, -1, false).refusal,
		"offset 9 is out of range 10 to 100 (--force-clamp takes the nearest)");
	expect(planned(SELECT_OFFSET, 101, 60, -1, false).refusal != NULL);
	expect(planned(SELECT_SHIFT, -51, 60, -1, false).refusal != NULL);
	expect(planned(SELECT_SHIFT, INT64_MAX, 60, -1, true).refusal != NULL);
	expect(planned(SELECT_SHIFT, -1, -1, -1, true).refusal != NULL);
	expect(planned(SELECT_FILE, 0, 60, 101, false).refusal != NULL);
	expect(planned(SELECT_GROUP, 0, 60, 9, false).refusal != NULL);
	expect_int(planned(SELECT_OFFSET, 9, 60, -1, false).target, -1);
}

TEST(says_of_an_empty_partition_that_it_is_empty)
{
	const struct selection selection = {.selector = SELECT_TIME};
	struct plan_row row = {.topic = "t", .start = 7, .end = 7, .current = 7, .wanted = -1};
	struct plan plan = {&row, 1};

	arena = arena_create(0);
	plan_make(&selection, false, arena, &plan);
	expect_int(row.target, 7);
	expect_text(row.note, "empty");
}

TEST(names_the_first_refusal_and_how_many_more)
{
	struct plan_row rows[] = {{.topic = "a", .target = 1},
		{.topic = "b", .partition = 2, .target = -1, .refusal = "is too far"},
		{.topic = "c", .target = -1, .refusal = "is too far"}};
	struct plan plan = {rows, 3};

	expect_fault(plan_check(&plan), FAULT_USAGE);
	expect(strstr(fault_text(), "b, partition 2: is too far") != NULL);
	expect(strstr(fault_text(), "besides: 1") != NULL);
	plan.count = 2;
	expect_fault(plan_check(&plan), FAULT_USAGE);
	expect(strstr(fault_text(), "besides") == NULL);
	plan.count = 1;
	expect_ok(plan_check(&plan));
	rows[0].target = -1;
	expect_fault(plan_check(&plan), FAULT_USAGE);
}

TEST(adds_up_and_moves_only_what_is_elsewhere)
{
	struct plan_row rows[] = {
		{.topic = "a",
			.partition = 0,
			.start = 0,
			.end = 50,
			.current = 40,
			.target = 0,
			.replays = 40,
			.counted = false},
		{.topic = "a",
			.partition = 1,
			.start = 0,
			.end = 50,
			.current = 50,
			.target = 50,
			.counted = true},
		{.topic = "a", .partition = 2, .start = 5, .end = 50, .current = -1, .target = -1},
		{.topic = "a",
			.partition = 3,
			.start = 5,
			.end = 50,
			.current = 2,
			.target = 50,
			.skips = 45,
			.counted = true},
	};
	const struct plan plan = {rows, 4};
	struct plan_totals totals = plan_total(&plan);
	struct bus_position *positions;
	size_t count;

	expect_int(totals.replays, 40);
	expect_int(totals.skips, 45);
	expect_int(totals.behind, 10 + 0 + 45 + 45);
	expect_int(totals.moves, 2);
	expect(!totals.counted);
	rows[0].counted = true;
	expect(plan_total(&plan).counted);
	positions = plan_targets(&plan, arena = arena_create(0), &count);
	expect_int(count, 2);
	expect_int(positions[0].offset, 0);
	expect_int(positions[1].partition, 3);
	positions = plan_currents(&plan, arena, &count);
	expect_int(count, 4);
	expect_int(positions[0].offset, 40);
	expect_int(positions[2].offset, -1);
}

TESTS("replay plan", TEST_CASE(goes_where_each_selector_says),
	TEST_CASE(refuses_what_is_out_of_range_unless_told_to_clamp),
	TEST_CASE(says_of_an_empty_partition_that_it_is_empty),
	TEST_CASE(names_the_first_refusal_and_how_many_more),
	TEST_CASE(adds_up_and_moves_only_what_is_elsewhere))
