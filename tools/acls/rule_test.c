#include "rule.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static struct rules rules, others, left;

TEST(a_line_is_a_rule_for_each_of_its_operations)
{
	expect_ok(
		rules_parse("# who may what\n\n"
			    "payment read,describe-configs topic literal payment.requests # input\n"
			    "payment\twrite transactional-id prefixed payment-",
			&rules));
	expect_int(rules.count, 3);
	expect_text(rules.list[0].principal, "User:payment");
	expect_text(rules.list[0].name, "payment.requests");
	expect_int(rules.list[0].operation, 3);
	expect_int(rules.list[0].resource, 2);
	expect_int(rules.list[0].pattern, 3);
	expect_int(rules.list[1].operation, 10);
	expect_text(rules.list[2].name, "payment-");
	expect_int(rules.list[2].operation, 4);
	expect_int(rules.list[2].resource, 5);
	expect_int(rules.list[2].pattern, 4);
}

TEST(says_every_code_as_the_file_does)
{
	expect_text(operation_name(10), "describe-configs");
	expect_text(resource_name(5), "transactional-id");
	expect_text(pattern_name(4), "prefixed");
	expect_text(operation_name(99), "?");
}

TEST(refuses_what_is_no_rule_and_names_the_line)
{
	static const char *const texts[] = {"a read topic literal", "a read topic literal x y",
		"a peek topic literal x", "a read, topic literal x", "a read queue literal x",
		"a read topic exact x", "a read topic literal x\na read topic literal x",
		"a read,read topic literal x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[200];

		snprintf(text, sizeof(text), "z read topic literal z\n%s", texts[i]);
		expect_fault(rules_parse(text, &rules), FAULT_INPUT);
		expect(strstr(fault_text(), i == 6 ? "line 3" : "line 2") != NULL);
	}
	expect_fault(rules_parse("# nothing\n", &rules), FAULT_INPUT);
}

TEST(refuses_more_rules_than_there_is_room_for)
{
	static char text[(RULES_MAX + 1) * 40];
	size_t at = 0;

	for (int i = 0; i <= RULES_MAX; i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "a read topic literal t%d\n", i);
	expect_fault(rules_parse(text, &rules), FAULT_LIMIT);
}

TEST(tells_what_one_list_has_and_the_other_has_not)
{
	expect_ok(rules_parse("a read,write topic literal x\nb read group prefixed y\n", &rules));
	expect_ok(rules_parse("a write topic literal x\nb read group literal y\n", &others));
	rules_without(&rules, &others, &left);
	expect_int(left.count, 2);
	expect_int(left.list[0].operation, 3);
	expect_text(left.list[1].principal, "User:b");
	/* A rule that denies is not the one that allows. */
	others.list[0].unusual = true;
	expect(!rules_have(&rules, &others.list[0]));
}

TEST(reads_the_declaration_of_this_system)
{
	expect_ok(rules_read(ACLS_FILE, &rules));
	expect(rules.count > 50);
	expect_fault(rules_read("/nowhere/acls.conf", &rules), FAULT_SYSTEM);
}

TESTS("acls rule", TEST_CASE(a_line_is_a_rule_for_each_of_its_operations),
	TEST_CASE(says_every_code_as_the_file_does),
	TEST_CASE(refuses_what_is_no_rule_and_names_the_line),
	TEST_CASE(refuses_more_rules_than_there_is_room_for),
	TEST_CASE(tells_what_one_list_has_and_the_other_has_not),
	TEST_CASE(reads_the_declaration_of_this_system))
