#include "screen.h"

#include <testkit/testkit.h>

static void expect_screen(const char *text, int rows, const char *want)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	screen_write(text, rows, &out);
	expect_text(out.data, want);
}

TEST(a_page_that_fits_is_all_shown)
{
	expect_screen("a\n\nb\n", 3,
		"\033[H\033[?7l"
		"a\033[K\n\033[K\nb\033[K\n"
		"\033[J\033[?7h");
}

TEST(what_does_not_fit_is_counted)
{
	expect_screen("a\nb\nc\nd\n", 3,
		"\033[H\033[?7l"
		"a\033[K\nb\033[K\n(2 more lines)\033[K"
		"\033[J\033[?7h");
}

TESTS("lag screen", TEST_CASE(a_page_that_fits_is_all_shown),
	TEST_CASE(what_does_not_fit_is_counted))
