#include "test_wire.h"

TEST(a_uuid_is_text_of_36)
{
	static const char text[] = "\x48"
				   "019c1358-7c00-7b3a-8f00-0d3c5a9e41b7";
	WIRE(wire,
		"\x48"
		"019C1358-7c00-7B3A-8f00-0d3c5a9e41b7");
	WIRE(empty, "\x00");
	WIRE(broken,
		"\x48"
		"019c1358-7c00-7b3a-8f00-0d3c5a9e41bx");
	struct buffer out BUFFER_CLEAN;
	struct uuid id = avro_read_uuid(&wire.reader);

	must_read_all(&wire.reader);
	buffer_init(&out, 0);
	avro_write_uuid(&out, &id);
	expect_bytes(out.data, out.size, text, sizeof(text) - 1);
	avro_read_uuid(&empty.reader);
	must_fail(&empty.reader, "not a UUID");
	avro_read_uuid(&broken.reader);
	must_fail(&broken.reader, "not a UUID");
}

TEST(amounts_are_written_in_as_few_bytes_as_keep_the_sign)
{
	static const struct number amounts[] = {
		{0, "\x02\x00", 2},
		{1, "\x02\x01", 2},
		{-1, "\x02\xff", 2},
		{127, "\x02\x7f", 2},
		{128, "\x04\x00\x80", 3},
		{-128, "\x02\x80", 2},
		{-129, "\x04\xff\x7f", 3},
		{1230, "\x04\x04\xce", 3},
		{8388607, "\x06\x7f\xff\xff", 4},
		{8388608, "\x08\x00\x80\x00\x00", 5},
		{MONEY_MAX, "\x10\x0d\xe0\xb6\xb3\xa7\x63\xff\xff", 9},
		{-MONEY_MAX, "\x10\xf2\x1f\x49\x4c\x58\x9c\x00\x01", 9},
	};

	for (size_t i = 0; i < COUNT(amounts); i++) {
		struct wire wire WIRE_CLEAN = wire_of(amounts[i].bytes, amounts[i].size);
		struct buffer out BUFFER_CLEAN;

		buffer_init(&out, 0);
		avro_write_decimal(&out, amounts[i].value);
		expect_bytes(out.data, out.size, amounts[i].bytes, amounts[i].size);
		expect(avro_read_decimal(&wire.reader) == amounts[i].value);
		must_read_all(&wire.reader);
	}
}

TEST(amounts_padded_with_sign_bytes_are_read)
{
	WIRE(wire,
		"\x06\x00\x04\xce"
		"\x0a\xff\xff\xff\xff\x7f"
		"\x12\x00\x0d\xe0\xb6\xb3\xa7\x63\xff\xff"
		"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");

	expect_int(avro_read_decimal(&wire.reader), 1230);
	expect_int(avro_read_decimal(&wire.reader), -129);
	expect_int(avro_read_decimal(&wire.reader), MONEY_MAX);
	expect_int(avro_read_decimal(&wire.reader), -1);
	must_read_all(&wire.reader);
}

TEST(amounts_beyond_eighteen_digits_are_refused)
{
	WIRE(above, "\x10\x0d\xe0\xb6\xb3\xa7\x64\x00\x00");
	WIRE(below, "\x10\xf2\x1f\x49\x4c\x58\x9c\x00\x00");
	WIRE(nine, "\x12\x01\x00\x00\x00\x00\x00\x00\x00\x00");
	WIRE(flipped, "\x12\x00\xff\xff\xff\xff\xff\xff\xff\xff");
	WIRE(wide, "\x22\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01");
	WIRE(none, "\x00");
	struct wire *const wires[] = {&above, &below, &nine, &flipped};

	for (size_t i = 0; i < COUNT(wires); i++) {
		expect_int(avro_read_decimal(&wires[i]->reader), 0);
		must_fail(&wires[i]->reader, "beyond 18 digits");
	}
	avro_read_decimal(&wide.reader);
	must_fail(&wide.reader, "too long");
	avro_read_decimal(&none.reader);
	must_fail(&none.reader, "without bytes");
}

TEST(times_are_within_the_years_that_can_be_written)
{
	static const int64_t first = INT64_C(-62135596800000000),
			     last = INT64_C(253402300799999999);
	const int64_t times[] = {first, 0, last, first - 1, last + 1};

	for (size_t i = 0; i < COUNT(times); i++) {
		struct buffer out BUFFER_CLEAN;
		const bool fits = i < 3;

		buffer_init(&out, 0);
		avro_write_long(&out, times[i]);
		struct wire wire WIRE_CLEAN = wire_of(out.data, out.size);
		expect(avro_read_timestamp(&wire.reader) == (fits ? times[i] : 0));
		expect_int(wire.reader.failure == NULL, fits);
		expect_int(avro_check_timestamp("x", times[i]), fits ? 0 : FAULT_INPUT);
	}
}

/* The items of a test array: longs behind their blocks. */
static size_t read_items(struct avro_reader *reader, size_t items_max, int64_t **ret_items)
{
	struct avro_items items = {.items_max = items_max, .item_size = sizeof(int64_t)};
	int64_t *list = NULL;
	size_t block;

	while ((block = avro_read_block(reader, items.count, items_max)) > 0) {
		list = avro_items_room(reader, &items, list, block);
		for (; block > 0 && reader->failure == NULL; block--)
			list[items.count++] = avro_read_long(reader);
	}
	*ret_items = list;
	return items.count;
}

/* The first is the specification's: an array of 3 and 27. */
TEST(arrays_come_in_blocks)
{
	WIRE(one, "\x04\x06\x36\x00");
	WIRE(three, "\x02\x06\x01\x02\x36\x02\x09\x00");
	WIRE(none, "\x00");
	int64_t *items;

	expect_int(read_items(&one.reader, 2, &items), 2);
	expect_int(items[0], 3);
	expect_int(items[1], 27);
	must_read_all(&one.reader);
	/* The middle block has a negative count and so its size in bytes. */
	expect_int(read_items(&three.reader, 3, &items), 3);
	expect_int(items[0], 3);
	expect_int(items[1], 27);
	expect_int(items[2], -5);
	must_read_all(&three.reader);
	expect_int(read_items(&none.reader, 3, &items), 0);
	must_read_all(&none.reader);
}

TEST(blocks_are_believed_only_within_bound_and_bytes)
{
	WIRE(many, "\x06\x06\x36\x02\x00");
	WIRE(later, "\x04\x06\x36\x02\x02\x00");
	WIRE(huge, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	WIRE(lowest, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02");
	WIRE(size, "\x03\x01\x06\x36\x00");
	WIRE(cut, "\x04\x06");
	int64_t *items;

	read_items(&many.reader, 2, &items);
	must_fail(&many.reader, "too many items");
	read_items(&later.reader, 2, &items);
	must_fail(&later.reader, "too many items");
	read_items(&huge.reader, 2, &items);
	must_fail(&huge.reader, "too many items");
	read_items(&lowest.reader, 2, &items);
	must_fail(&lowest.reader, "negative length");
	read_items(&size.reader, 2, &items);
	must_fail(&size.reader, "negative length");
	expect_int(read_items(&cut.reader, 2, &items), 2);
	must_fail(&cut.reader, "cut short");
}

TEST(many_small_blocks_take_memory_like_one_large)
{
	struct buffer out BUFFER_CLEAN;
	int64_t *items;

	buffer_init(&out, 0);
	for (int64_t i = 0; i < 1000; i++) {
		avro_write_long(&out, 1);
		avro_write_long(&out, i);
	}
	avro_write_long(&out, 0);
	struct wire wire WIRE_CLEAN = wire_of(out.data, out.size);
	expect_int(read_items(&wire.reader, 1000, &items), 1000);
	must_read_all(&wire.reader);
	for (int64_t i = 0; i < 1000; i++)
		expect_int(items[i], i);
	/* 1 + 2 + 4 … + 512 + 1000, plus what alignment adds. */
	expect(arena_used(wire.arena) < 3000 * sizeof(int64_t));
}

TEST(branches_and_symbols_are_those_there_are)
{
	WIRE(right, "\x02\x04");
	WIRE(branch, "\x04");
	WIRE(negative, "\x01");
	WIRE(symbol, "\x06");

	expect_int(avro_read_branch(&right.reader, 2), 1);
	expect_int(avro_read_enum(&right.reader, 3), 2);
	must_read_all(&right.reader);
	expect_int(avro_read_branch(&branch.reader, 2), 0);
	must_fail(&branch.reader, "no such branch");
	expect_int(avro_read_branch(&negative.reader, 2), 0);
	must_fail(&negative.reader, "no such branch");
	expect_int(avro_read_enum(&symbol.reader, 3), 0);
	must_fail(&symbol.reader, "no such symbol");
}

TESTS("wire values", TEST_CASE(a_uuid_is_text_of_36),
	TEST_CASE(amounts_are_written_in_as_few_bytes_as_keep_the_sign),
	TEST_CASE(amounts_padded_with_sign_bytes_are_read),
	TEST_CASE(amounts_beyond_eighteen_digits_are_refused),
	TEST_CASE(times_are_within_the_years_that_can_be_written), TEST_CASE(arrays_come_in_blocks),
	TEST_CASE(blocks_are_believed_only_within_bound_and_bytes),
	TEST_CASE(many_small_blocks_take_memory_like_one_large),
	TEST_CASE(branches_and_symbols_are_those_there_are))
