#include "dlq_place.h"

#include <testkit/testkit.h>

static struct dlq_plan_entry entries[4];
static struct dlq_plan plan = {.entries = entries};
static struct dlq_place place;

static void begin(int64_t read_to)
{
	place = (struct dlq_place){.read_to = read_to, .kept = INT64_MAX};
	plan.count = 0;
}

static void entry(int64_t offset, enum letter_state state)
{
	entries[plan.count++] =
		(struct dlq_plan_entry){.letter = {.offset = offset}, .state = state, .repeat = -1};
}

static int64_t position(void)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);
	const struct bus_position *positions =
		dlq_place_positions(&plan, &place, 1, "dlq.g", arena);

	expect_text(positions[0].topic, "dlq.g");
	return positions[0].offset;
}

TEST(with_nothing_open_it_is_the_end)
{
	begin(9);
	expect_int(position(), 9);
	entry(3, LETTER_FINISHED);
	expect_int(position(), 9);
}

TEST(nothing_open_lies_below_it)
{
	for (int state = LETTER_OPEN; state < LETTER_STATES; state++) {
		begin(9);
		entry(2, LETTER_FINISHED);
		entry(7, LETTER_OPEN);
		entry(5, (enum letter_state)state);
		expect_int(position(), state == LETTER_FINISHED ? 7 : 5);
	}
}

TEST(what_was_not_meant_holds_it_back)
{
	begin(9);
	dlq_place_keep(&place, 4);
	dlq_place_keep(&place, 6);
	entry(5, LETTER_OPEN);
	expect_int(position(), 4);
}

TEST(a_repeat_is_done_with_what_it_repeats)
{
	begin(9);
	entry(2, LETTER_OPEN);
	entry(6, LETTER_REPEAT);
	entries[1].repeat = 0;
	expect_int(position(), 2);
	entries[0].state = LETTER_FINISHED;
	expect_int(position(), 9);
}

TESTS("replay dlq place", TEST_CASE(with_nothing_open_it_is_the_end),
	TEST_CASE(nothing_open_lies_below_it), TEST_CASE(what_was_not_meant_holds_it_back),
	TEST_CASE(a_repeat_is_done_with_what_it_repeats))
