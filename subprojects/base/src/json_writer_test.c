#include <base/json_writer.h>
#include <testkit/testkit.h>

#include <stdio.h>
#include <string.h>

static struct buffer out;
static struct json_writer writer;

static void begin(void)
{
	buffer_reset(&out);
	json_writer_init(&writer, &out);
}

static void expect_quoted(const char *text, size_t size, const char *want)
{
	begin();
	json_text_of(&writer, NULL, text, size);
	expect_text(out.data, want);
}

TEST(writes_objects_arrays_and_every_kind_of_value)
{
	struct uuid id;
	uuid_parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 36, &id);

	begin();
	json_object_begin(&writer, NULL);
	json_uuid(&writer, "orderId", &id);
	json_money(&writer, "total", 1230);
	json_time(&writer, "createdAt", INT64_C(1769853600000001));
	json_time(&writer, "paidAt", 0);
	json_text(&writer, "reason", NULL);
	json_bool(&writer, "stuck", true);
	json_bool(&writer, "late", false);
	json_null(&writer, "none");
	json_array_begin(&writer, "items");
	json_int(&writer, NULL, INT64_MIN);
	json_int(&writer, NULL, INT64_MAX);
	json_object_begin(&writer, NULL);
	json_object_end(&writer);
	json_array_begin(&writer, NULL);
	json_array_end(&writer);
	json_array_end(&writer);
	json_text(&writer, "last", "x");
	json_object_end(&writer);
	expect_text(out.data,
		"{\"orderId\":\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\",\"total\":\"12.30\","
		"\"createdAt\":\"2026-01-31T10:00:00.000001Z\",\"paidAt\":null,\"reason\":null,"
		"\"stuck\":true,\"late\":false,\"none\":null,"
		"\"items\":[-9223372036854775808,9223372036854775807,{},[]],\"last\":\"x\"}");
}

TEST(escapes_what_must_be_escaped)
{
	expect_quoted("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
	expect_quoted("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
	expect_quoted("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\"");

	begin();
	json_object_begin(&writer, NULL);
	json_int(&writer, "a\"b", 1);
	json_object_end(&writer);
	expect_text(out.data, "{\"a\\\"b\":1}");
}

TEST(leaves_utf_8_as_it_is)
{
	static const char text[] = "é € 𝄞 \xf4\x8f\xbf\xbf \xed\x9f\xbf \xee\x80\x80";
	char want[64];

	snprintf(want, sizeof(want), "\"%s\"", text);
	expect_quoted(text, sizeof(text) - 1, want);
}

/* U+FFFD is EF BF BD. */
TEST(replaces_bytes_that_are_not_utf_8)
{
	expect_quoted("a\xff"
		      "b",
		3,
		"\"a\xef\xbf\xbd"
		"b\"");
	expect_quoted("\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_quoted("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_quoted("\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_quoted("\xe2\"", 2, "\"\xef\xbf\xbd\\\"\"");
	expect_quoted(
		"\xf5\x80\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(marks_the_buffer_when_it_is_full)
{
	BUFFER_CLEAN struct buffer small;
	struct json_writer to_small;

	buffer_init(&small, 8);
	json_writer_init(&to_small, &small);
	json_text(&to_small, NULL, "0123456789");
	expect_fault(buffer_check(&small, "reply"), FAULT_LIMIT);
}

TEST(nests_as_deep_as_it_says)
{
	begin();
	for (int i = 0; i < JSON_WRITER_DEPTH_MAX; i++)
		json_array_begin(&writer, NULL);
	for (int i = 0; i < JSON_WRITER_DEPTH_MAX; i++)
		json_array_end(&writer);
	expect_text(out.data, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
}

TESTS("json_writer", TEST_CASE(writes_objects_arrays_and_every_kind_of_value),
	TEST_CASE(escapes_what_must_be_escaped), TEST_CASE(leaves_utf_8_as_it_is),
	TEST_CASE(replaces_bytes_that_are_not_utf_8), TEST_CASE(marks_the_buffer_when_it_is_full),
	TEST_CASE(nests_as_deep_as_it_says))
