#include "test_wire.h"

#include <stdio.h>

/* The first seven are the specification's own, the others its rule at its ends. */
static const struct number numbers[] = {
	{0, "\x00", 1},
	{-1, "\x01", 1},
	{1, "\x02", 1},
	{-2, "\x03", 1},
	{2, "\x04", 1},
	{-64, "\x7f", 1},
	{64, "\x80\x01", 2},
	{INT32_MAX, "\xfe\xff\xff\xff\x0f", 5},
	{INT32_MIN, "\xff\xff\xff\xff\x0f", 5},
	{INT64_MAX, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
	{INT64_MIN, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
};

TEST(longs_are_as_in_the_specification)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct wire wire WIRE_CLEAN = wire_of(numbers[i].bytes, numbers[i].size);
		struct buffer out BUFFER_CLEAN;

		buffer_init(&out, 0);
		avro_write_long(&out, numbers[i].value);
		expect_bytes(out.data, out.size, numbers[i].bytes, numbers[i].size);
		expect(avro_read_long(&wire.reader) == numbers[i].value);
		must_read_all(&wire.reader);
	}
}

TEST(a_number_cut_anywhere_is_refused)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		for (size_t size = 0; size < numbers[i].size; size++) {
			struct wire wire WIRE_CLEAN = wire_of(numbers[i].bytes, size);

			expect_int(avro_read_long(&wire.reader), 0);
			must_fail(&wire.reader, "cut short");
		}
	}
}

TEST(a_number_in_more_bytes_than_needed_is_refused)
{
	WIRE(zero, "\x80\x00");
	WIRE(one, "\x82\x80\x00");
	WIRE(eleven, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
	WIRE(beyond, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
	struct wire *const wires[] = {&zero, &one, &eleven, &beyond};

	for (size_t i = 0; i < COUNT(wires); i++) {
		expect_int(avro_read_long(&wires[i]->reader), 0);
		must_fail(&wires[i]->reader, "more bytes than it needs");
	}
}

TEST(an_int_ends_where_int_ends)
{
	WIRE(largest, "\xfe\xff\xff\xff\x0f");
	WIRE(above, "\x80\x80\x80\x80\x10");
	WIRE(below, "\x81\x80\x80\x80\x10");

	expect_int(avro_read_int(&largest.reader), INT32_MAX);
	must_read_all(&largest.reader);
	expect_int(avro_read_int(&above.reader), 0);
	must_fail(&above.reader, "beyond int");
	expect_int(avro_read_int(&below.reader), 0);
	must_fail(&below.reader, "beyond int");
}

TEST(a_boolean_is_one_byte_of_two)
{
	WIRE(both, "\x00\x01");
	WIRE(other, "\x02");
	WIRE(none, "");

	expect(!avro_read_boolean(&both.reader));
	expect(avro_read_boolean(&both.reader));
	must_read_all(&both.reader);
	expect(!avro_read_boolean(&other.reader));
	must_fail(&other.reader, "0 or 1");
	expect(!avro_read_boolean(&none.reader));
	must_fail(&none.reader, "cut short");
}

/* "foo" is the specification's. */
TEST(strings_are_as_in_the_specification)
{
	WIRE(wire,
		"\x06"
		"foo"
		"\x00"
		"\x0c"
		"\xc3\xa9\xf0\x9f\x9a\x80");
	struct buffer out BUFFER_CLEAN;

	buffer_init(&out, 0);
	avro_write_string(&out, "foo");
	expect_bytes(out.data, out.size,
		"\x06"
		"foo",
		4);
	expect_text(avro_read_string(&wire.reader, 3), "foo");
	expect_text(avro_read_string(&wire.reader, 3), "");
	expect_text(avro_read_string(&wire.reader, 6), "\xc3\xa9\xf0\x9f\x9a\x80");
	must_read_all(&wire.reader);
}

TEST(a_length_is_believed_only_within_bound_and_bytes)
{
	WIRE(bound,
		"\x08"
		"four");
	WIRE(bytes,
		"\x0a"
		"four");
	WIRE(negative,
		"\x01"
		"four");
	WIRE(huge, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");

	expect_text(avro_read_string(&bound.reader, 3), "");
	must_fail(&bound.reader, "too long");
	expect_text(avro_read_string(&bytes.reader, 64), "");
	must_fail(&bytes.reader, "cut short");
	expect_text(avro_read_string(&negative.reader, 64), "");
	must_fail(&negative.reader, "negative length");
	expect_text(avro_read_string(&huge.reader, SIZE_MAX), "");
	must_fail(&huge.reader, "cut short");
	expect_int(arena_used(huge.arena), 0);
}

/* Behind any number of ASCII bytes, so that both ways through the text are taken. */
static void check_text(const char *character, const char *tail, int wanted)
{
	for (int before = 0; before < 18; before++) {
		char text[64];

		snprintf(text, sizeof(text), "%.*s%s%s", before, "abcdefghijklmnopqr", character,
			tail);
		expect_int(avro_check_string("x", text, sizeof(text)), wanted);
	}
}

TEST(only_utf8_is_text)
{
	static const char *const wrong[] = {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xc3(",
		"\xe0\x80\xaf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf",
		"\xf0\x9f\x9a", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"};
	static const char *const right[] = {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf"};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		check_text(wrong[i], "", FAULT_INPUT);
		check_text(wrong[i], "tail of the text", FAULT_INPUT);
	}
	for (size_t i = 0; i < COUNT(right); i++) {
		check_text(right[i], "", 0);
		check_text(right[i], "tail of the text", 0);
	}
}

TEST(text_with_nul_or_broken_is_not_read)
{
	WIRE(nul,
		"\x06"
		"a\0b");
	/* Eight bytes are looked at at once. */
	WIRE(early,
		"\x18"
		"abc\0efghijkl");
	WIRE(late,
		"\x18"
		"abcdefghijk\0");
	WIRE(broken,
		"\x04"
		"\xc3(");

	expect_text(avro_read_string(&nul.reader, 64), "");
	must_fail(&nul.reader, "not UTF-8");
	expect_text(avro_read_string(&early.reader, 64), "");
	must_fail(&early.reader, "not UTF-8");
	expect_text(avro_read_string(&late.reader, 64), "");
	must_fail(&late.reader, "not UTF-8");
	expect_text(avro_read_string(&broken.reader, 64), "");
	must_fail(&broken.reader, "not UTF-8");
}

TEST(what_is_skipped_is_checked_and_kept_nowhere)
{
	WIRE(wire,
		"\x06"
		"foo"
		"\x04"
		"\xff\x00"
		"\x02");
	WIRE(broken,
		"\x02"
		"\xff");

	avro_skip_string(&wire.reader, 3);
	avro_skip_bytes(&wire.reader, 2);
	expect_int(avro_read_int(&wire.reader), 1);
	must_read_all(&wire.reader);
	expect_int(arena_used(wire.arena), 0);
	avro_skip_string(&broken.reader, 3);
	must_fail(&broken.reader, "not UTF-8");
}

TEST(bytes_are_any_bytes)
{
	WIRE(wire,
		"\x08"
		"\x00\xff\x80"
		"a");
	struct buffer out BUFFER_CLEAN;
	size_t size = 0;
	const void *bytes = avro_read_bytes(&wire.reader, 4, &size);

	buffer_init(&out, 0);
	expect_bytes(bytes, size, "\x00\xff\x80\x61", 4);
	must_read_all(&wire.reader);
	avro_write_bytes(&out, bytes, size);
	expect_bytes(out.data, out.size, "\x08\x00\xff\x80\x61", 5);
}

TEST(after_a_failure_everything_reads_as_zero)
{
	WIRE(wire, "\x02\x02\x02\x02");
	size_t size = 1;

	wire.reader.field = "first";
	avro_read_boolean(&wire.reader);
	wire.reader.field = "second";
	expect(!avro_read_boolean(&wire.reader));
	expect_int(avro_read_long(&wire.reader), 0);
	expect_text(avro_read_string(&wire.reader, 9), "");
	expect(avro_read_bytes(&wire.reader, 9, &size) != NULL);
	expect_int(size, 0);
	expect_int(avro_read_block(&wire.reader, 0, 9), 0);
	expect_int(avro_read_decimal(&wire.reader), 0);
	expect_int(avro_read_timestamp(&wire.reader), 0);
	must_fail(&wire.reader, "a boolean is 0 or 1");
}

TEST(a_fault_names_type_field_and_reason)
{
	WIRE(wire, "\x02");
	WIRE(rest, "\x02\x02");

	wire.reader.field = "orderId";
	avro_read_uuid(&wire.reader);
	wire.reader.field = "createdAt";
	avro_read_timestamp(&wire.reader);
	expect_fault(avro_reader_check(&wire.reader, "OrderCreated"), FAULT_INPUT);
	expect_text(fault_text(), "OrderCreated.orderId: cut short");
	avro_read_int(&rest.reader);
	expect_fault(avro_reader_check(&rest.reader, "OrderCreated"), FAULT_INPUT);
	expect_text(fault_text(), "OrderCreated: 1 bytes left over");
}

TEST(headers_are_confluents)
{
	static const uint8_t bytes[] = {0, 0x01, 0x02, 0x03, 0x04};
	static const uint8_t other[] = {1, 0, 0, 0, 1};
	struct buffer out BUFFER_CLEAN;
	uint32_t id = 0;

	buffer_init(&out, 0);
	avro_write_header(&out, 0x01020304);
	expect_bytes(out.data, out.size, bytes, sizeof(bytes));
	expect_ok(avro_read_header(bytes, sizeof(bytes), &id));
	expect_int(id, 0x01020304);
	for (size_t size = 0; size < sizeof(bytes); size++)
		expect_fault(avro_read_header(bytes, size, &id), FAULT_INPUT);
	expect_fault(avro_read_header(other, sizeof(other), &id), FAULT_INPUT);
	expect_fault(avro_read_header(NULL, 0, &id), FAULT_INPUT);
}

TEST(an_encoder_is_told_what_no_reader_would_take)
{
	expect_ok(avro_check_string("x", "four", 4));
	expect_fault(avro_check_string("x", "fours", 4), FAULT_INPUT);
	expect_text(fault_text(), "x: longer than 4 bytes");
	expect_fault(avro_check_string("x", NULL, 4), FAULT_INPUT);
	expect_ok(avro_check_bytes("x", NULL, 0, 4));
	expect_ok(avro_check_bytes("x", "abcd", 4, 4));
	expect_fault(avro_check_bytes("x", "abcde", 5, 4), FAULT_INPUT);
	expect_fault(avro_check_bytes("x", NULL, 1, 4), FAULT_INPUT);
	expect_ok(avro_check_decimal("x", -MONEY_MAX));
	expect_fault(avro_check_decimal("x", MONEY_MAX + 1), FAULT_INPUT);
	expect_fault(avro_check_decimal("x", -MONEY_MAX - 1), FAULT_INPUT);
	expect_ok(avro_check_count("x", NULL, 0, 4));
	expect_ok(avro_check_count("x", "", 4, 4));
	expect_fault(avro_check_count("x", "", 5, 4), FAULT_INPUT);
	expect_fault(avro_check_count("x", NULL, 1, 4), FAULT_INPUT);
	expect_ok(avro_check_enum("x", 1, 2));
	expect_fault(avro_check_enum("x", 2, 2), FAULT_INPUT);
}

TESTS("wire", TEST_CASE(longs_are_as_in_the_specification),
	TEST_CASE(a_number_cut_anywhere_is_refused),
	TEST_CASE(a_number_in_more_bytes_than_needed_is_refused),
	TEST_CASE(an_int_ends_where_int_ends), TEST_CASE(a_boolean_is_one_byte_of_two),
	TEST_CASE(strings_are_as_in_the_specification),
	TEST_CASE(a_length_is_believed_only_within_bound_and_bytes), TEST_CASE(only_utf8_is_text),
	TEST_CASE(text_with_nul_or_broken_is_not_read),
	TEST_CASE(what_is_skipped_is_checked_and_kept_nowhere), TEST_CASE(bytes_are_any_bytes),
	TEST_CASE(after_a_failure_everything_reads_as_zero),
	TEST_CASE(a_fault_names_type_field_and_reason), TEST_CASE(headers_are_confluents),
	TEST_CASE(an_encoder_is_told_what_no_reader_would_take))
