#include "lanes.h"

#include <testkit/testkit.h>

#include <string.h>

static struct history history;
static struct buffer out;

static void begin(void)
{
	history_finish(&history);
	history_init(&history);
	buffer_finish(&out);
	buffer_init(&out, 0);
	history_lane(&history, "partition 0");
	history_lane(&history, "retry");
}

static void saw(int lane, int key, int sequence, enum mark mark)
{
	expect_ok(history_add(&history,
		(struct observation){
			.lane = lane, .key = key, .sequence = sequence, .mark = mark}));
}

static const char *draw(int width, bool colors)
{
	lanes_draw(&history, &(struct lanes_style){.width = width, .colors = colors}, &out);
	expect_ok(buffer_check(&out, "the picture"));
	return out.data;
}

TEST(a_column_is_a_message_and_a_line_is_a_lane)
{
	begin();
	saw(0, 0, 1, MARK_FINE);
	saw(1, 1, 1, MARK_FINE);
	saw(0, 0, 2, MARK_FINE);
	expect_text(draw(60, false),
		"  partition 0 | A1  .   A2\n"
		"  retry       | .   B1  .\n");
}

TEST(signs_stand_behind_the_number)
{
	begin();
	saw(0, 0, 3, MARK_FINE);
	saw(1, 0, 2, MARK_LATE);
	saw(0, 0, 3, MARK_AGAIN);
	saw(0, 0, 1, MARK_STALE);
	expect_text(draw(60, false),
		"  partition 0 | A3  .   A3= A1~\n"
		"  retry       | .   A2! .   .\n");
}

TEST(cells_are_as_wide_as_the_longest_number)
{
	begin();
	saw(0, 0, 100, MARK_FINE);
	saw(0, 1, 1, MARK_LATE);
	expect_text(draw(60, false),
		"  partition 0 | A100  B1!\n"
		"  retry       | .     .\n");
}

TEST(what_does_not_fit_is_left_out_and_said)
{
	begin();
	for (int i = 1; i <= 9; i++)
		saw(0, 0, i, MARK_FINE);
	/* 16 columns for the name, 6 cells of 4 */
	expect_text(draw(40, false),
		"                1 to 6 of 9:\n"
		"  partition 0 | A1  A2  A3  A4  A5  A6\n"
		"  retry       | .   .   .   .   .   .\n");
}

TEST(shows_the_place_of_the_first_violation)
{
	begin();
	for (int i = 1; i <= 30; i++)
		saw(0, 0, i < 20 ? i % 9 + 1 : 1, i == 20 || i == 29 ? MARK_LATE : MARK_FINE);
	expect_text(draw(40, false),
		"                18 to 23 of 30:\n"
		"  partition 0 | A1  A2  A1! A1  A1  A1\n"
		"  retry       | .   .   .   .   .   .\n");
}

TEST(what_comes_again_is_no_place_to_show)
{
	begin();
	for (int i = 1; i <= 9; i++)
		saw(0, 0, i, i == 9 ? MARK_AGAIN : MARK_FINE);
	expect(strstr(draw(40, false), "1 to 6 of 9") != NULL);
}

TEST(without_a_violation_the_case_says_where_to_look)
{
	begin();
	for (int i = 1; i <= 30; i++)
		expect_ok(history_add(
			&history, (struct observation){.at_us = i * 10, .sequence = i % 9 + 1}));
	history.focus_us = 195;
	expect(strstr(draw(40, false), "18 to 23 of 30") != NULL);
	history.seen[9].mark = MARK_STALE;
	buffer_reset(&out);
	expect(strstr(draw(40, false), "8 to 13 of 30") != NULL);
}

TEST(no_line_is_wider_than_was_asked)
{
	for (int width = LANES_WIDTH_MIN; width < 140; width++) {
		begin();
		for (int i = 1; i <= 200; i++)
			saw(i % 2, i % 26, i, MARK_LATE);
		draw(width, false);
		for (const char *line = out.data; *line; line = strchr(line, '\n') + 1)
			expect(strcspn(line, "\n") <= (size_t)width);
	}
}

static const char *draw_key(int width)
{
	lanes_draw_key(&history, &(struct lanes_style){.width = width}, &out);
	expect_ok(buffer_check(&out, "the picture"));
	return out.data;
}

TEST(the_first_key_that_was_broken_is_drawn_alone)
{
	begin();
	saw(0, 1, 1, MARK_FINE);
	saw(0, 0, 1, MARK_FINE);
	saw(0, 1, 3, MARK_FINE);
	saw(1, 0, 2, MARK_FINE);
	saw(1, 1, 2, MARK_LATE);
	saw(1, 0, 1, MARK_LATE);
	saw(1, 1, 4, MARK_FINE);
	expect_text(draw_key(60), "  key       B > B1  B3  B2! B4\n");
}

TEST(a_long_key_is_drawn_around_the_place)
{
	begin();
	for (int i = 1; i <= 9; i++)
		saw(0, 0, i, MARK_FINE);
	saw(0, 0, 1, MARK_LATE);
	for (int i = 1; i <= 9; i++)
		saw(0, 0, i, MARK_FINE);
	expect_text(draw_key(40), "  key       A > A8  A9  A1! A1  A2  A3\n");
}

TEST(a_key_is_drawn_only_where_one_was_broken)
{
	begin();
	saw(0, 0, 1, MARK_FINE);
	saw(0, 0, 1, MARK_AGAIN);
	history.focus_us = 1;
	lanes_draw_key(&history, &(struct lanes_style){.width = 60}, &out);
	expect_int(out.size, 0);
}

TEST(colours_only_when_wanted_and_signs_always)
{
	begin();
	saw(0, 0, 1, MARK_LATE);
	saw(0, 1, 1, MARK_FINE);
	expect(strchr(draw(60, false), '\033') == NULL);
	buffer_reset(&out);
	draw(60, true);
	expect(strstr(out.data, "\033[1;37;41mA1!\033[0m") != NULL);
	expect(strstr(out.data, "B1\033[0m") != NULL);
}

TEST(keys_beyond_the_alphabet_begin_again)
{
	begin();
	saw(0, 26, 1, MARK_FINE);
	expect(strstr(draw(60, false), "| A1\n") != NULL);
}

TEST(an_empty_history_says_so)
{
	begin();
	expect_text(draw(60, false), "  (nothing was seen)\n");
}

TESTS("lanes", TEST_CASE(a_column_is_a_message_and_a_line_is_a_lane),
	TEST_CASE(signs_stand_behind_the_number),
	TEST_CASE(cells_are_as_wide_as_the_longest_number),
	TEST_CASE(what_does_not_fit_is_left_out_and_said),
	TEST_CASE(shows_the_place_of_the_first_violation),
	TEST_CASE(what_comes_again_is_no_place_to_show),
	TEST_CASE(without_a_violation_the_case_says_where_to_look),
	TEST_CASE(no_line_is_wider_than_was_asked),
	TEST_CASE(the_first_key_that_was_broken_is_drawn_alone),
	TEST_CASE(a_long_key_is_drawn_around_the_place),
	TEST_CASE(a_key_is_drawn_only_where_one_was_broken),
	TEST_CASE(colours_only_when_wanted_and_signs_always),
	TEST_CASE(keys_beyond_the_alphabet_begin_again), TEST_CASE(an_empty_history_says_so))
