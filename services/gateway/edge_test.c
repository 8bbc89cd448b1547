#include "edge.h"

#include <string.h>
#include <testkit/testkit.h>

#define TEXT_OF_255 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcde"

static void expect_key(const char *field, const char *want)
{
	char key[EDGE_KEY_MAX + 1] = "untouched";
	struct edge_problem problem;
	int r = edge_read_key(field, key, &problem);

	if (r != (want == NULL ? EDGE_REFUSED : 0))
		fail_test("%s: answered %d", field == NULL ? "(none)" : field, r);
	expect_text(key, want == NULL ? "untouched" : want);
	if (want == NULL) {
		expect_int(problem.status, 400);
		expect_text(problem.slug, "idempotency-key");
		expect(problem.detail[0] != '\0');
	}
}

TEST(reads_a_key_bare_or_in_quotes)
{
	expect_key("a", "a");
	expect_key("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324");
	expect_key("\"8e03978e-40d5\"", "8e03978e-40d5");
	expect_key("\"a\\\"b\\\\c\"", "a\"b\\c");
	expect_key("a\"b", "a\"b");
	expect_key("!~", "!~");
	expect_key(TEXT_OF_255, TEXT_OF_255);
	expect_key("\"" TEXT_OF_255 "\"", TEXT_OF_255);
}

TEST(refuses_what_is_no_key)
{
	static const char *const bad[] = {NULL, "", "\"\"", "\"", "\"a", "\"a\"b", "\"a\";b=1",
		"a b", "\"a b\"", "a\tb", "\x7f", "sch\xc3\xb6n", "\"\\a\"", "\"a\\", "\"a\\\"",
		TEXT_OF_255 "x", "\"" TEXT_OF_255 "x\""};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_key(bad[i], NULL);
}

TEST(takes_json_only)
{
	static const char *const good[] = {"application/json", "Application/JSON",
		"application/json; charset=utf-8", "application/json ;charset=utf-8"};
	static const char *const bad[] = {NULL, "", "text/plain", "application/jsonp",
		"application/json-seq", "application/x-www-form-urlencoded", "application/json x",
		"text/application/json"};
	struct edge_problem problem;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		expect_int(edge_check_type(good[i], &problem), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (edge_check_type(bad[i], &problem) != EDGE_REFUSED || problem.status != 415)
			fail_test("%s was taken", bad[i] == NULL ? "(none)" : bad[i]);
	}
}

static void expect_body(const char *body, int status, const char *detail)
{
	struct edge_problem problem = {0};
	int r = edge_check_body(body, strlen(body), &problem);

	expect_int(r, status == 0 ? 0 : EDGE_REFUSED);
	if (problem.status != status || strstr(problem.detail, detail) == NULL)
		fail_test("%s: %d, %s", body, problem.status, problem.detail);
}

TEST(wants_a_json_object)
{
	expect_body("{}", 0, "");
	expect_body("{\"a\":[1,{\"b\":null}]}", 0, "");
	expect_body("", 400, "line 1");
	expect_body("{\n \"a\": }", 400, "line 2 column 7");
	expect_body("{\"a\":1,\"a\":2}", 400, "");
	expect_body("{\"a\":1.5}", 400, "");
	expect_body("{} {}", 400, "");
	expect_body("{\"a\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}", 400, "");
	expect_body("[]", 422, "an object");
	expect_body("null", 422, "an object");
}

TEST(knows_an_id)
{
	expect(edge_is_id("sku-tea"));
	expect(edge_is_id("A.b_c:d@e-9"));
	expect(!edge_is_id(""));
	expect(!edge_is_id("a/b"));
	expect(!edge_is_id("a b"));
	expect(!edge_is_id("a?b"));
	expect(!edge_is_id("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefx"));
}

TEST(knows_an_order_that_has_ended)
{
	static const char *const ended[] = {"{\"status\":\"Completed\"}",
		"{\"orderId\":\"x\",\"status\":\"Cancelled\",\"refunded\":true}"};
	static const char *const not_ended[] = {"", "{}", "[]", "{\"status\":\"Paid\"}",
		"{\"status\":null}", "{\"status\":\"completed\"}",
		"{\"step\":\"Completed\",\"status\":\"Pending\"}", "{\"status\":\"Completed\""};

	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++)
		expect(edge_has_ended(ended[i], strlen(ended[i])));
	for (size_t i = 0; i < sizeof(not_ended) / sizeof(not_ended[0]); i++)
		expect(!edge_has_ended(not_ended[i], strlen(not_ended[i])));
}

TESTS("edge", TEST_CASE(reads_a_key_bare_or_in_quotes), TEST_CASE(refuses_what_is_no_key),
	TEST_CASE(takes_json_only), TEST_CASE(wants_a_json_object), TEST_CASE(knows_an_id),
	TEST_CASE(knows_an_order_that_has_ended))
