#include "declaration.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static struct declaration declaration;

TEST(reads_columns_and_comments)
{
	expect_ok(declaration_parse("# all of them\n\n"
				    "order.events   6  7d       order   # facts\n"
				    "relay.positions\t1 forever relay",
		3, &declaration));
	expect_int(declaration.count, 2);
	expect_text(declaration.topics[0].name, "order.events");
	expect_int(declaration.topics[0].partitions, 6);
	expect_int(declaration.topics[0].replicas, 3);
	expect_int(declaration.topics[0].retention_ms, INT64_C(604800000));
	expect_text(declaration.owners[0], "order");
	expect_text(declaration.topics[1].name, "relay.positions");
	expect_int(declaration.topics[1].retention_ms, -1);
	expect(declaration.topics[2].name == NULL);
}

TEST(reads_every_unit_of_time)
{
	expect_ok(
		declaration_parse("a 1 90s x\nb 1 30m x\nc 1 12h x\nd 1 1d x\n", 1, &declaration));
	expect_int(declaration.topics[0].retention_ms, 90000);
	expect_int(declaration.topics[1].retention_ms, 1800000);
	expect_int(declaration.topics[2].retention_ms, 43200000);
	expect_int(declaration.topics[3].retention_ms, 86400000);
}

TEST(refuses_what_is_no_declaration_and_names_the_line)
{
	static const char *const texts[] = {"a 1 7d x\nb 0 7d x", "a 1 7d x\nb 6x 7d x",
		"a 1 7d x\nb -1 7d x", "a 1 7d x\nb 1 7 x", "a 1 7d x\nb 1 7w x",
		"a 1 7d x\nb 1 7d", "a 1 7d x\nb 1 7d x y", "a 1 7d x\nb/c 1 7d x",
		"a 1 7d x\na 1 7d x", "a 1 7d x\n.. 1 7d x",
		"a 1 7d x\nb 99999999999999999999 7d x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		expect_fault(declaration_parse(texts[i], 1, &declaration), FAULT_INPUT);
		expect(strstr(fault_text(), "line 2") != NULL);
	}
	expect_fault(declaration_parse("# nothing\n", 1, &declaration), FAULT_INPUT);
}

TEST(refuses_more_topics_than_there_is_room_for)
{
	char text[BUS_TOPICS_DECLARED_MAX * 16 + 64];
	size_t at = 0;

	for (int i = 0; i <= BUS_TOPICS_DECLARED_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "t%d 1 7d x\n", i);
	expect_fault(declaration_parse(text, 1, &declaration), FAULT_LIMIT);
}

TEST(says_which_file_is_missing)
{
	expect_fault(declaration_read("/nowhere/topics.conf", 1, &declaration), FAULT_SYSTEM);
	expect(strstr(fault_text(), "/nowhere/topics.conf") != NULL);
}

TEST(reads_the_declaration_of_this_system)
{
	expect_ok(declaration_read(TOPICS_FILE, 1, &declaration));
	expect(declaration.count >= 10);
}

TESTS("topics", TEST_CASE(reads_columns_and_comments), TEST_CASE(reads_every_unit_of_time),
	TEST_CASE(refuses_what_is_no_declaration_and_names_the_line),
	TEST_CASE(refuses_more_topics_than_there_is_room_for),
	TEST_CASE(says_which_file_is_missing), TEST_CASE(reads_the_declaration_of_this_system))
