#include <base/buffer.h>
#include <base/json_writer.h>
#include <dlfcn.h>
#include <json/json.h>
#include <string.h>
#include <testkit/testkit.h>

static struct json_document *parse(const char *text)
{
	struct json_document *document = NULL;

	expect_ok(json_parse(text, strlen(text), &document));
	return document;
}

static void refuse_bytes(const char *text, size_t size, const char *words)
{
	struct json_document *document = NULL;

	expect_fault(json_parse(text, size, &document), FAULT_INPUT);
	expect(document == NULL);
	if (strstr(fault_text(), words) == NULL)
		fail_test("\"%s\" should say \"%s\"", fault_text(), words);
}

static void refuse(const char *text, const char *words)
{
	refuse_bytes(text, strlen(text), words);
}

TEST(reads_every_kind)
{
	struct json_document *document JSON_CLEAN =
		parse("{\"a\":null,\"b\":true,\"c\":-7,\"d\":\"x\\u00e9\",\"e\":[1,2],\"f\":{}}");
	const struct json_value *root = json_root(document);
	size_t size;

	expect_int(json_kind_of(root), JSON_OBJECT);
	expect_int(json_count(root), 6);
	expect_int(json_kind_of(json_member(root, "a")), JSON_NULL);
	expect(json_truth(json_member(root, "b")));
	expect_int(json_number(json_member(root, "c")), -7);
	expect_text(json_string(json_member(root, "d"), &size), "x\xc3\xa9");
	expect_int(size, 3);
	expect_int(json_count(json_member(root, "e")), 2);
	expect_int(json_number(json_element(json_member(root, "e"), 1)), 2);
	expect(json_element(json_member(root, "e"), 2) == NULL);
	expect_int(json_kind_of(json_member(root, "f")), JSON_OBJECT);
	expect(json_member(root, "g") == NULL);
}

TEST(gives_members_in_the_order_written)
{
	struct json_document *document JSON_CLEAN = parse("{\"z\":1,\"a\":2,\"m\":3}");
	const struct json_value *value = NULL;

	expect_text(json_member_at(json_root(document), 0, &value), "z");
	expect_text(json_member_at(json_root(document), 1, &value), "a");
	expect_text(json_member_at(json_root(document), 2, &value), "m");
	expect_int(json_number(value), 3);
	expect(json_member_at(json_root(document), 3, &value) == NULL);
}

TEST(a_scalar_is_a_document)
{
	struct json_document *document JSON_CLEAN = parse(" 42 ");

	expect_int(json_number(json_root(document)), 42);
}

TEST(keeps_all_of_int64_and_refuses_what_is_beyond)
{
	struct json_document *document JSON_CLEAN =
		parse("[9223372036854775807,-9223372036854775808]");

	expect(json_number(json_element(json_root(document), 0)) == INT64_MAX);
	expect(json_number(json_element(json_root(document), 1)) == INT64_MIN);
	refuse("[9223372036854775808]", "line 1");
	refuse("[-9223372036854775809]", "line 1");
}

TEST(refuses_real_numbers_and_says_where)
{
	refuse("{\"price\":\n  12.30}", "line 2 column 3: a whole number expected");
	refuse("[1e3]", "whole number");
	refuse("[1E3]", "whole number");
	refuse("-0.0", "whole number");
}

TEST(a_point_inside_text_is_no_real_number)
{
	struct json_document *document JSON_CLEAN = parse("[\"1.5e3\",\"\\\"2.5\",true,false]");

	expect_text(json_string(json_element(json_root(document), 1), NULL), "\"2.5");
}

TEST(refuses_duplicate_members_at_any_level)
{
	refuse("{\"a\":1,\"a\":2}", "duplicate");
	refuse("[{\"b\":{\"a\":1,\"a\":1}}]", "duplicate");
	refuse("{\"a\":1,\"\\u0061\":2}", "duplicate");
}

TEST(refuses_what_stands_behind_the_value)
{
	refuse("{} {}", "line 1");
	refuse("1 2", "line 1");
	refuse("[]]", "line 1");
	refuse("{}x", "line 1");
}

TEST(refuses_broken_text)
{
	refuse("", "line 1");
	refuse("{", "line 1");
	refuse("[1,]", "line 1");
	refuse("\"open", "line 1");
	refuse("\"ends in a backslash\\", "line 1");
	refuse("nul", "line 1");
	refuse("01", "line 1");
	refuse("{'a':1}", "line 1");
	refuse("-", "line 1");
}

TEST(refuses_nul_in_all_its_forms)
{
	refuse("\"a\\u0000b\"", "line 1");
	refuse("{\"a\\u0000b\":1}", "line 1");
	refuse_bytes("\"a\0b\"", 5, "column 3: a NUL byte");
	refuse_bytes("1\0", 2, "column 2: a NUL byte");
	refuse_bytes("{}\n\0{", 5, "line 2 column 1: a NUL byte");
}

TEST(refuses_text_that_is_not_utf8)
{
	refuse("\"\xff\"", "line 1");
	refuse("\"\xc0\xaf\"", "line 1");
	refuse("\"\xed\xa0\x80\"", "line 1");
	refuse("\"\\ud800\"", "line 1");
	refuse("{\"\x80\":1}", "line 1");
}

/* @depth arrays, closed again. */
static void nest(struct buffer *text, int depth)
{
	for (int i = 0; i < depth; i++)
		buffer_add_byte(text, '[');
	for (int i = 0; i < depth; i++)
		buffer_add_byte(text, ']');
}

TEST(bounds_the_depth)
{
	struct buffer text __attribute__((cleanup(buffer_finish)));
	struct json_document *document = NULL;

	buffer_init(&text, 0);
	nest(&text, JSON_DEPTH_MAX);
	expect_ok(json_parse(text.data, text.size, &document));
	json_destroy(document);

	buffer_reset(&text);
	nest(&text, JSON_DEPTH_MAX + 1);
	refuse(text.data, "column 17: nested too deeply");

	/* Deep enough to overflow the stack of a parser that recurses. */
	buffer_reset(&text);
	for (int i = 0; i < 1000000; i++)
		buffer_add_text(&text, "[{\"a\":");
	refuse(text.data, "nested too deeply");
}

TEST(bounds_the_members_of_one_object)
{
	struct buffer text __attribute__((cleanup(buffer_finish)));
	struct json_document *document = NULL;

	buffer_init(&text, 0);
	buffer_add_text(&text, "{\"x\":0");
	for (int i = 1; i < JSON_MEMBERS_MAX; i++)
		buffer_add_format(&text, ",\"a%d\":[1,2]", i);
	buffer_add_byte(&text, '}');
	expect_ok(json_parse(text.data, text.size, &document));
	json_destroy(document);

	text.size--;
	buffer_add_text(&text, ",\"one\":1}");
	refuse(text.data, "too many members");
}

TEST(every_cut_of_a_document_is_refused)
{
	static const char text[] = "{\"a\":[1,{\"b\":\"x\\n\"}],\"c\":null}";

	for (size_t size = 0; size < sizeof(text) - 1; size++)
		refuse_bytes(text, size, "line 1");
}

/*
 * Jansson and base both have a json_null(): each must go on calling its own. What
 * the loader would give Jansson must not be ours.
 */
TEST(jansson_and_the_writer_live_side_by_side)
{
	void (*const ours)(struct json_writer *, const char *) = json_null;
	void *const found = dlsym(RTLD_DEFAULT, "json_null");

	expect(found != NULL);
	expect(memcmp(&found, &ours, sizeof(found)) != 0);
}

TESTS("json", TEST_CASE(reads_every_kind), TEST_CASE(gives_members_in_the_order_written),
	TEST_CASE(a_scalar_is_a_document), TEST_CASE(keeps_all_of_int64_and_refuses_what_is_beyond),
	TEST_CASE(refuses_real_numbers_and_says_where),
	TEST_CASE(a_point_inside_text_is_no_real_number),
	TEST_CASE(refuses_duplicate_members_at_any_level),
	TEST_CASE(refuses_what_stands_behind_the_value), TEST_CASE(refuses_broken_text),
	TEST_CASE(refuses_nul_in_all_its_forms), TEST_CASE(refuses_text_that_is_not_utf8),
	TEST_CASE(bounds_the_depth), TEST_CASE(bounds_the_members_of_one_object),
	TEST_CASE(every_cut_of_a_document_is_refused),
	TEST_CASE(jansson_and_the_writer_live_side_by_side))
