#include "grid.h"

#include <testkit/testkit.h>

static const struct grid_column columns[] = {{"NAME", false}, {"COUNT", true}, {"HOST", false}};

static void expect_grid(const char *const *texts, const char *colour, const char *want)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);
	BUFFER_CLEAN struct buffer out;
	struct grid grid;

	buffer_init(&out, 0);
	grid_init(&grid, arena, columns, 3, 4);
	if (colour)
		grid.head_colour = colour;
	for (; *texts; texts++)
		grid_add(&grid, *texts, colour);
	grid_write(&grid, &out);
	expect_text(out.data, want);
}

TEST(columns_are_as_wide_as_their_widest_cell)
{
	expect_grid((const char *const[]){"a", "1234567", "h", "longer", "1", "-", NULL}, NULL,
		"NAME      COUNT  HOST\n"
		"a       1234567  h\n"
		"longer        1  -\n");
}

TEST(titles_alone_make_a_table)
{
	expect_grid((const char *const[]){NULL}, NULL, "NAME  COUNT  HOST\n");
}

TEST(colours_take_no_width)
{
	expect_grid((const char *const[]){"a", "1", "h", NULL}, "\033[1m",
		"\033[1mNAME\033[0m  \033[1mCOUNT\033[0m  \033[1mHOST\033[0m\n"
		"\033[1ma\033[0m         \033[1m1\033[0m  \033[1mh\033[0m\n");
}

TESTS("lag grid", TEST_CASE(columns_are_as_wide_as_their_widest_cell),
	TEST_CASE(titles_alone_make_a_table), TEST_CASE(colours_take_no_width))
