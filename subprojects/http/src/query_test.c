#include <base/fault.h>
#include <http/server.h>
#include <string.h>
#include <testkit/testkit.h>

static char value[8];

static int get(const char *query, const char *name)
{
	return http_query_get(&(struct http_request){.query = query}, name, value, sizeof(value));
}

static void expect_value(const char *query, const char *name, const char *wanted)
{
	expect_ok(get(query, name));
	expect_text(value, wanted);
}

TEST(finds_a_parameter_among_others)
{
	expect_value("a=1&b=2&c=3", "b", "2");
	expect_value("ab=1&b=2", "b", "2");
	expect_value("&&b=2&", "b", "2");
	expect_value("b=a=c", "b", "a=c");
}

TEST(tells_an_empty_one_from_none)
{
	expect_value("b=", "b", "");
	expect_value("b", "b", "");
	expect_int(get("a=b", "b"), HTTP_QUERY_ABSENT);
	expect_int(get("", "b"), HTTP_QUERY_ABSENT);
	expect_int(get(NULL, "b"), HTTP_QUERY_ABSENT);
}

TEST(decodes_escapes_and_blanks)
{
	expect_value("b=%41%7e+%2B", "b", "A~ +");
}

TEST(refuses_what_can_be_read_two_ways)
{
	expect_fault(get("b=1&b=2", "b"), FAULT_INPUT);
	expect_fault(get("b=%4", "b"), FAULT_INPUT);
	expect_fault(get("b=%4g", "b"), FAULT_INPUT);
	expect_fault(get("b=%00", "b"), FAULT_INPUT);
}

TEST(refuses_what_is_longer_than_there_is_room)
{
	expect_value("b=1234567", "b", "1234567");
	expect_fault(get("b=12345678", "b"), FAULT_INPUT);
}

TEST(refuses_a_parameter_that_nobody_knows)
{
	static const char *const names[] = {"after", "limit", NULL};

	expect_ok(http_query_check(&(struct http_request){.query = "limit=3&after="}, names));
	expect_ok(http_query_check(&(struct http_request){.query = NULL}, names));
	expect_fault(
		http_query_check(&(struct http_request){.query = "limits=3"}, names), FAULT_INPUT);
	expect(strstr(fault_text(), "limits") != NULL);
}

TESTS("http query", TEST_CASE(finds_a_parameter_among_others),
	TEST_CASE(tells_an_empty_one_from_none), TEST_CASE(decodes_escapes_and_blanks),
	TEST_CASE(refuses_what_can_be_read_two_ways),
	TEST_CASE(refuses_what_is_longer_than_there_is_room),
	TEST_CASE(refuses_a_parameter_that_nobody_knows))
