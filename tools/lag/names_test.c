#include "names.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static struct names names;

TEST(commas_and_blanks_part_names)
{
	expect_ok(names_parse("--group", " a,b ,, c,", &names));
	expect_text(names.list[0], "a");
	expect_text(names.list[1], "b");
	expect_text(names.list[2], "c");
	expect(names.list[3] == NULL);
	names_finish(&names);
	expect(names.list[0] == NULL);
}

TEST(a_name_counts_once)
{
	expect_ok(names_parse("--group", "a,b,a", &names));
	expect_text(names.list[1], "b");
	expect(names.list[2] == NULL);
	names_finish(&names);
}

TEST(nothing_is_an_empty_list)
{
	expect_ok(names_parse("--group", "", &names));
	expect(names.list[0] == NULL);
	names_finish(&names);
}

static int parse_many(int count)
{
	char text[NAMES_MAX * 8] = "";

	for (int i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "n%d,", i);
	return names_parse("--topic", text, &names);
}

TEST(too_many_are_refused_by_the_options_name)
{
	expect_ok(parse_many(NAMES_MAX));
	expect_text(names.list[NAMES_MAX - 1], "n63");
	names_finish(&names);
	expect_fault(parse_many(NAMES_MAX + 1), FAULT_USAGE);
	expect(strstr(fault_text(), "--topic") != NULL);
	names_finish(&names);
}

/* @words with blanks between; the joined ones come back the same way. */
static void expect_joined(const char *words, const char *want)
{
	static const char *const options[] = {"--group", "--topic", NULL};
	struct arena *arena = arena_create(0);
	char text[200], got[200] = "";
	char *argv[32], *rest;
	int argc = 0;

	snprintf(text, sizeof(text), "%s", words);
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	argc = names_join(arena, options, argc, argv);
	for (int i = 0; i < argc; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
			argv[i]);
	expect_text(got, want);
	expect(argv[argc] == NULL);
	arena_destroy(arena);
}

TEST(an_option_given_again_adds_to_its_list)
{
	expect_joined("lag --group a --group=b,c --watch --group d", "lag --watch --group=a,b,c,d");
	expect_joined("lag --topic x --group a --topic y", "lag --group=a --topic=x,y");
}

TEST(what_is_no_such_option_stays)
{
	expect_joined("lag", "lag");
	expect_joined("lag --groups a --group", "lag --groups a --group");
	expect_joined("lag --group a -- --group b", "lag --group=a -- --group b");
	expect_joined("lag --group", "lag --group");
}

TESTS("lag names", TEST_CASE(commas_and_blanks_part_names), TEST_CASE(a_name_counts_once),
	TEST_CASE(nothing_is_an_empty_list), TEST_CASE(too_many_are_refused_by_the_options_name),
	TEST_CASE(an_option_given_again_adds_to_its_list), TEST_CASE(what_is_no_such_option_stays))
