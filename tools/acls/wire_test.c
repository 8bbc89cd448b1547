#include "wire.h"

#include <string.h>
#include <testkit/testkit.h>

/* A string literal with its size; the NUL behind it is no part. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static struct rules rules;

TEST(asks_for_all_rules)
{
	BUFFER_CLEAN struct buffer out;

	buffer_init(&out, 0);
	wire_ask_all(&out);
	static const char wanted[] = "\0\0\0\x18"
				     "\0\x1d\0\x01\0\0\0\x1d\0\4"
				     "acls"
				     "\1\xff\xff\1\xff\xff\xff\xff\1\1";
	expect_bytes(out.data, out.size, wanted, sizeof(wanted) - 1);
}

TEST(asks_to_make_rules)
{
	BUFFER_CLEAN struct buffer out;

	expect_ok(rules_parse("pay write transactional-id prefixed p-", &rules));
	buffer_init(&out, 0);
	wire_ask_create(&rules, &out);
	static const char wanted[] = "\0\0\0\x27"
				     "\0\x1e\0\x01\0\0\0\x1e\0\4"
				     "acls"
				     "\0\0\0\1"
				     "\5\0\2"
				     "p-"
				     "\4\0\10"
				     "User:pay"
				     "\0\1"
				     "*"
				     "\4\3";
	expect_bytes(out.data, out.size, wanted, sizeof(wanted) - 1);
}

/* Nobody taken away, one set: "pay", SHA-512, 8192 rounds, a salt, a key of 64 bytes. */
TEST(asks_to_set_passwords)
{
	BUFFER_CLEAN struct buffer out;
	static struct users users = {.count = 1, .list = {{.name = "pay"}}};

	buffer_init(&out, 0);
	memset(users.list[0].salt, 's', SCRAM_SALT_SIZE);
	memset(users.list[0].salted, 'k', SCRAM_SALTED_SIZE);
	wire_ask_users(&users, &out);
	static const char wanted[] = "\0\0\0\x76"
				     "\0\x33\0\0\0\0\0\x33\0\4"
				     "acls"
				     "\0\1\2\4"
				     "pay"
				     "\2\0\0\x20\0\x19"
				     "ssssssssssssssssssssssss"
				     "\x41"
				     "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
				     "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
				     "\0\0";
	expect_bytes(out.data, out.size, wanted, sizeof(wanted) - 1);
}

TEST(each_user_that_was_set_is_answered)
{
	static const struct users users = {.count = 1, .list = {{.name = "pay"}}};
#define SET "\0\0\0\x33\0\0\0\0\0"

	expect_ok(wire_read_users(BYTES(SET "\2\4pay\0\0\0\0\0"), &users));
	expect_fault(wire_read_users(BYTES(SET "\2\4pay\0\x1f\3no\0\0"), &users), FAULT_BUS_CONFIG);
	expect(strstr(fault_text(), "pay: no (error 31)") != NULL);
	expect_fault(wire_read_users(BYTES(SET "\1\0"), &users), FAULT_INPUT);
	expect_fault(wire_read_users(BYTES(SET "\2\4pay\0\0\0\0"), &users), FAULT_INPUT);
}

#define HEAD "\0\0\0\x1d\0\0\0\0"
/* Topic t, literal: User:a may read it from anywhere, and may not from one host. */
#define LISTED \
	HEAD "\0\0\xff\xff\0\0\0\1\2\0\1t\3\0\0\0\2" \
	     "\0\6User:a\0\1*\3\3\0\6User:a\0\2hh\3\2"

TEST(reads_what_is_there)
{
	expect_ok(wire_read_all(BYTES(LISTED), &rules));
	expect_int(rules.count, 2);
	expect_text(rules.list[0].name, "t");
	expect_text(rules.list[0].principal, "User:a");
	expect_int(rules.list[0].resource, 2);
	expect_int(rules.list[0].pattern, 3);
	expect_int(rules.list[0].operation, 3);
	expect(!rules.list[0].unusual);
	expect(rules.list[1].unusual);
}

TEST(an_answer_that_is_cut_or_too_long_is_none)
{
	static const char whole[] = LISTED;

	for (size_t size = 0; size < sizeof(whole) - 1; size++)
		expect_fault(wire_read_all(whole, size, &rules), FAULT_INPUT);
	expect_fault(wire_read_all(whole, sizeof(whole), &rules), FAULT_INPUT);
	/* A size that is beyond all that came. */
	expect_fault(
		wire_read_all(BYTES(HEAD "\0\0\xff\xff\x7f\xff\xff\xff"), &rules), FAULT_INPUT);
	expect_fault(wire_read_all(BYTES("\0\0\0\x1e\0\0\0\0\0\0"), &rules), FAULT_INPUT);
}

TEST(a_refusal_has_the_brokers_words)
{
	expect_fault(wire_read_all(BYTES(HEAD "\0\x1f\0\2no\0\0\0\0"), &rules), FAULT_BUS_CONFIG);
	expect(strstr(fault_text(), "no (error 31); only a super user") != NULL);
}

TEST(each_rule_that_was_asked_for_is_answered)
{
#define CREATED "\0\0\0\x1e\0\0\0\0\0\0\0\2\0\0\xff\xff"
	expect_ok(rules_parse("a read,write topic literal x", &rules));
	expect_ok(wire_read_created(BYTES(CREATED "\0\0\xff\xff"), &rules));
	expect_fault(wire_read_created(BYTES(CREATED "\0\x2a\0\3bad"), &rules), FAULT_BUS_CONFIG);
	expect(strstr(fault_text(), "x: bad (error 42)") != NULL);
	rules.count = 1;
	expect_fault(wire_read_created(BYTES(CREATED "\0\0\xff\xff"), &rules), FAULT_INPUT);
}

TESTS("acls wire", TEST_CASE(asks_to_set_passwords), TEST_CASE(each_user_that_was_set_is_answered),
	TEST_CASE(asks_for_all_rules), TEST_CASE(asks_to_make_rules),
	TEST_CASE(reads_what_is_there), TEST_CASE(an_answer_that_is_cut_or_too_long_is_none),
	TEST_CASE(a_refusal_has_the_brokers_words),
	TEST_CASE(each_rule_that_was_asked_for_is_answered))
