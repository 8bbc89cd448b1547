#include "names.h"

#include <testkit/testkit.h>

#include <stdio.h>
#include <string.h>

TEST(a_name_keeps_its_number)
{
	struct names *names = names_create();

	expect_int(names_number(names, "one", 3), 0);
	expect_int(names_number(names, "two", 3), 1);
	expect_int(names_number(names, "one", 3), 0);
	expect_int(names_number(names, "on", 2), 2);
	expect_int(names_number(names, "", 0), 3);
	expect_int(names_number(names, "", 0), 3);
	expect_int(names_count(names), 4);
	names_destroy(names);
}

TEST(many_names_keep_theirs)
{
	struct names *names = names_create();
	char text[16];

	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 20000; i++) {
			snprintf(text, sizeof(text), "%d", i);
			expect_int(names_number(names, text, strlen(text)), i);
		}
	}
	expect_int(names_count(names), 20000);
	names_destroy(names);
	names_destroy(NULL);
}

TESTS("names", TEST_CASE(a_name_keeps_its_number), TEST_CASE(many_names_keep_theirs))
