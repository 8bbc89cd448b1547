#include "utf8.h"

#include <testkit/testkit.h>

#include <string.h>

TEST(knows_the_size_of_well_formed_characters)
{
	expect_int(utf8_character_size("a", 1), 1);
	expect_int(utf8_character_size("\0", 1), 1);
	expect_int(utf8_character_size("\xc2\x80", 2), 2);
	expect_int(utf8_character_size("\xdf\xbf", 2), 2);
	expect_int(utf8_character_size("\xe0\xa0\x80", 3), 3);
	expect_int(utf8_character_size("\xed\x9f\xbf", 3), 3);
	expect_int(utf8_character_size("\xef\xbf\xbf", 3), 3);
	expect_int(utf8_character_size("\xf0\x90\x80\x80", 4), 4);
	expect_int(utf8_character_size("\xf4\x8f\xbf\xbf", 4), 4);
}

TEST(refuses_what_rfc_3629_forbids)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf", /* stray, overlong */
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff", /* above U+10FFFF */
		"\xc2",
		"\xe2\x82",
		"\xf0\x90\x80",
		"\xc2\x41", /* cut */
		"\xe2\x41\x80",
		"\xe2\x82\x41",
		"\xf0\x90\x80\x41",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_int(utf8_character_size(bad[i], strlen(bad[i])), 0);
	expect_int(utf8_character_size("", 0), 0);
}

TEST(cuts_between_characters_only)
{
	static const char text[] = "a€𝄞"; /* 1, 3 and 4 bytes */
	static const size_t cuts[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};

	for (size_t size_max = 0; size_max < 10; size_max++)
		expect_int(utf8_cut(text, 8, size_max), cuts[size_max]);
}

TEST(cuts_what_is_not_utf_8_somewhere)
{
	size_t size = utf8_cut("\x80\x80\x80\x80\x80\x80\x80\x80", 8, 6);
	expect(size >= 3 && size <= 6);
}

TESTS("utf8", TEST_CASE(knows_the_size_of_well_formed_characters),
	TEST_CASE(refuses_what_rfc_3629_forbids), TEST_CASE(cuts_between_characters_only),
	TEST_CASE(cuts_what_is_not_utf_8_somewhere))
