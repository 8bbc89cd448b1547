/*
 * Every message kind by bytes put together here from the manual; then every
 * shortening and thousands of changed bytes of the same messages, each in
 * memory of exactly its size, so that a sanitizer sees the first byte too far.
 */
#include "pgoutput.h"

#include <base/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <testkit/testkit.h>

#define EPOCH_2000_US INT64_C(946684800000000)
#define MUTATIONS 40000

static struct pgoutput_message message;

static void add_number(struct buffer *out, uint64_t number, int size)
{
	for (int i = size - 1; i >= 0; i--)
		buffer_add_byte(out, (uint8_t)(number >> (8 * i)));
}

static void add_name(struct buffer *out, const char *name)
{
	buffer_add(out, name, strlen(name) + 1);
}

static void add_value(struct buffer *out, char format, const char *bytes, uint32_t size)
{
	buffer_add_byte(out, (uint8_t)format);
	if (format == 't' || format == 'b') {
		add_number(out, size, 4);
		buffer_add(out, bytes, size);
	}
}

static void add_row(struct buffer *out)
{
	add_number(out, 4, 2);
	add_value(out, 'b', "0123456789abcdef", 16);
	add_value(out, 'n', NULL, 0);
	add_value(out, 't', "text", 4);
	add_value(out, 'b', "", 0);
}

static void add_begin(struct buffer *out)
{
	buffer_add_byte(out, 'B');
	add_number(out, 0x16B3748, 8);
	add_number(out, 1000, 8);
	add_number(out, 734, 4);
}

static void add_commit(struct buffer *out)
{
	buffer_add_byte(out, 'C');
	buffer_add_byte(out, 0);
	add_number(out, 0x16B3748, 8);
	add_number(out, 0x16B3778, 8);
	add_number(out, 1000, 8);
}

static void add_relation(struct buffer *out)
{
	buffer_add_byte(out, 'R');
	add_number(out, 16385, 4);
	add_name(out, "public");
	add_name(out, "outbox");
	buffer_add_byte(out, 'd');
	add_number(out, 2, 2);
	for (int i = 0; i < 2; i++) {
		buffer_add_byte(out, i == 0);
		add_name(out, i == 0 ? "id" : "payload");
		add_number(out, i == 0 ? 2950 : 17, 4);
		add_number(out, UINT32_MAX, 4);
	}
}

static void add_insert(struct buffer *out)
{
	buffer_add_byte(out, 'I');
	add_number(out, 16385, 4);
	buffer_add_byte(out, 'N');
	add_row(out);
}

static void add_update(struct buffer *out)
{
	buffer_add_byte(out, 'U');
	add_number(out, 16385, 4);
	buffer_add_byte(out, 'O');
	add_row(out);
	buffer_add_byte(out, 'N');
	add_row(out);
}

static void add_delete(struct buffer *out)
{
	buffer_add_byte(out, 'D');
	add_number(out, 16385, 4);
	buffer_add_byte(out, 'K');
	add_row(out);
}

static void add_truncate(struct buffer *out)
{
	buffer_add_byte(out, 'T');
	add_number(out, 2, 4);
	buffer_add_byte(out, 0);
	add_number(out, 16385, 4);
	add_number(out, 16386, 4);
}

static void add_message(struct buffer *out)
{
	buffer_add_byte(out, 'M');
	buffer_add_byte(out, 1);
	add_number(out, 0x16B3748, 8);
	add_name(out, "heartbeat");
	add_number(out, 3, 4);
	buffer_add(out, "now", 3);
}

static void add_origin(struct buffer *out)
{
	buffer_add_byte(out, 'O');
	add_number(out, 0x16B3748, 8);
	add_name(out, "elsewhere");
}

static void add_type(struct buffer *out)
{
	buffer_add_byte(out, 'Y');
	add_number(out, 16400, 4);
	add_name(out, "public");
	add_name(out, "mood");
}

static void (*const builders[])(struct buffer *out) = {add_begin, add_commit, add_relation,
	add_insert, add_update, add_delete, add_truncate, add_message, add_origin, add_type};
#define BUILDER_COUNT (sizeof(builders) / sizeof(builders[0]))

static int parse(const void *bytes, size_t size)
{
	/* Exactly its size: one byte too far is seen. */
	uint8_t *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, bytes, size);
	r = pgoutput_parse(copy, size, &message);
	free(copy);
	return r;
}

TEST(reads_begin)
{
	struct buffer out BUFFER_CLEAN = {0};

	add_begin(&out);
	expect_ok(parse(out.data, out.size));
	expect_int(message.kind, PGOUTPUT_BEGIN);
	expect_int(message.begin.final_lsn, 0x16B3748);
	expect_int(message.begin.at_us, EPOCH_2000_US + 1000);
	expect_int(message.begin.xid, 734);
}

TEST(reads_commit_with_the_lsn_behind_it)
{
	struct buffer out BUFFER_CLEAN = {0};

	add_commit(&out);
	expect_ok(parse(out.data, out.size));
	expect_int(message.kind, PGOUTPUT_COMMIT);
	expect_int(message.commit.commit_lsn, 0x16B3748);
	expect_int(message.commit.end_lsn, 0x16B3778);
	expect_int(message.commit.at_us, EPOCH_2000_US + 1000);
}

TEST(reads_relation_with_names_and_types)
{
	struct buffer out BUFFER_CLEAN = {0};

	add_relation(&out);
	expect_ok(pgoutput_parse((const uint8_t *)out.data, out.size, &message));
	expect_int(message.kind, PGOUTPUT_RELATION);
	expect_int(message.relation.oid, 16385);
	expect_text(message.relation.space, "public");
	expect_text(message.relation.name, "outbox");
	expect_int(message.relation.column_count, 2);
	expect_text(message.relation.columns[0].name, "id");
	expect_int(message.relation.columns[0].type, 2950);
	expect_text(message.relation.columns[1].name, "payload");
	expect_int(message.relation.columns[1].type, 17);
}

TEST(reads_insert_with_binary_null_and_empty_values)
{
	struct buffer out BUFFER_CLEAN = {0};
	const struct pgoutput_row *row = &message.row;

	add_insert(&out);
	expect_ok(pgoutput_parse((const uint8_t *)out.data, out.size, &message));
	expect_int(message.kind, PGOUTPUT_INSERT);
	expect_int(row->relation_oid, 16385);
	expect_int(row->column_count, 4);
	expect_int(row->values[0].format, PGOUTPUT_BINARY);
	expect_bytes(row->values[0].bytes, row->values[0].size, "0123456789abcdef", 16);
	expect_int(row->values[1].format, PGOUTPUT_NULL);
	expect_int(row->values[2].format, PGOUTPUT_TEXT);
	expect_bytes(row->values[2].bytes, row->values[2].size, "text", 4);
	expect_int(row->values[3].format, PGOUTPUT_BINARY);
	expect_int(row->values[3].size, 0);
}

TEST(names_what_an_insert_only_reader_has_no_use_for)
{
	static const enum pgoutput_kind kinds[] = {PGOUTPUT_UPDATE, PGOUTPUT_DELETE,
		PGOUTPUT_TRUNCATE, PGOUTPUT_MESSAGE, PGOUTPUT_ORIGIN, PGOUTPUT_TYPE};
	size_t first = BUILDER_COUNT - sizeof(kinds) / sizeof(kinds[0]);

	for (size_t i = first; i < BUILDER_COUNT; i++) {
		struct buffer out BUFFER_CLEAN = {0};

		builders[i](&out);
		expect_ok(parse(out.data, out.size));
		expect_int(message.kind, kinds[i - first]);
	}
}

TEST(reads_a_logical_message)
{
	struct buffer out BUFFER_CLEAN = {0};

	add_message(&out);
	expect_ok(pgoutput_parse((const uint8_t *)out.data, out.size, &message));
	expect_text(message.message.prefix, "heartbeat");
	expect_int(message.message.lsn, 0x16B3748);
	expect_bytes(message.message.bytes, message.message.size, "now", 3);
}

TEST(refuses_every_shortening)
{
	for (size_t i = 0; i < BUILDER_COUNT; i++) {
		struct buffer out BUFFER_CLEAN = {0};

		builders[i](&out);
		for (size_t size = 0; size < out.size; size++)
			expect_fault(parse(out.data, size), FAULT_INPUT);
	}
}

TEST(refuses_bytes_left_over)
{
	for (size_t i = 0; i < BUILDER_COUNT; i++) {
		struct buffer out BUFFER_CLEAN = {0};

		builders[i](&out);
		buffer_add_byte(&out, 0);
		expect_fault(parse(out.data, out.size), FAULT_INPUT);
		expect(strstr(fault_text(), "left over") != NULL);
	}
}

TEST(refuses_an_unknown_kind)
{
	expect_fault(parse("S\0\0\0\0", 5), FAULT_INPUT);
	expect(strstr(fault_text(), "0x53") != NULL);
}

TEST(refuses_an_unknown_value_format)
{
	expect_fault(parse("I\0\0\0\1N\0\1x", 9), FAULT_INPUT);
	expect(strstr(fault_text(), "format") != NULL);
}

TEST(refuses_a_length_beyond_the_end)
{
	expect_fault(parse("I\0\0\0\1N\0\1b\xff\xff\xff\xff", 13), FAULT_INPUT);
	expect_fault(parse("I\0\0\0\1N\0\1b\0\0\0\2A", 14), FAULT_INPUT);
}

TEST(refuses_more_columns_than_it_has_room_for)
{
	struct buffer out BUFFER_CLEAN = {0};

	buffer_add(&out, "I\0\0\0\1N", 6);
	add_number(&out, PGOUTPUT_COLUMNS_MAX + 1, 2);
	for (int i = 0; i <= PGOUTPUT_COLUMNS_MAX; i++)
		buffer_add_byte(&out, 'n');
	expect_fault(parse(out.data, out.size), FAULT_INPUT);
	expect(strstr(fault_text(), "too many columns") != NULL);
}

TEST(refuses_a_commit_that_ends_before_it_begins)
{
	struct buffer out BUFFER_CLEAN = {0};

	buffer_add(&out, "C", 2);
	add_number(&out, 2, 8);
	add_number(&out, 1, 8);
	add_number(&out, 0, 8);
	expect_fault(parse(out.data, out.size), FAULT_INPUT);
}

TEST(refuses_a_time_out_of_range)
{
	struct buffer out BUFFER_CLEAN = {0};

	buffer_add(&out, "B", 1);
	add_number(&out, 2, 8);
	add_number(&out, INT64_MAX, 8);
	add_number(&out, 1, 4);
	expect_fault(parse(out.data, out.size), FAULT_INPUT);
}

/* Touches what the parser handed out, so that a wrong pointer does not stay unseen. */
static unsigned touch(const uint8_t *bytes, size_t size)
{
	const struct pgoutput_row *row = &message.row;
	unsigned sum = 0;

	if (message.kind == PGOUTPUT_RELATION) {
		expect(message.relation.column_count <= PGOUTPUT_COLUMNS_MAX);
		for (size_t i = 0; i < message.relation.column_count; i++)
			sum += (unsigned)strlen(message.relation.columns[i].name);
	}
	if (message.kind != PGOUTPUT_INSERT)
		return sum;
	expect(row->column_count <= PGOUTPUT_COLUMNS_MAX);
	for (size_t i = 0; i < row->column_count; i++) {
		const struct pgoutput_value *value = &row->values[i];

		expect(!value->size ||
			(value->bytes >= bytes && value->bytes + value->size <= bytes + size));
		for (uint32_t b = 0; b < value->size; b++)
			sum += value->bytes[b];
	}
	return sum;
}

TEST(answers_every_changed_byte_without_reading_past_the_end)
{
	unsigned seed = 20240229, accepted = 0, refused = 0, touched = 0;

	for (int round = 0; round < MUTATIONS; round++) {
		struct buffer out BUFFER_CLEAN = {0};
		uint8_t *copy;
		int r;

		builders[(size_t)rand_r(&seed) % BUILDER_COUNT](&out);
		copy = malloc(out.size);
		memcpy(copy, out.data, out.size);
		for (int changes = 1 + rand_r(&seed) % 3; changes > 0; changes--)
			copy[(size_t)rand_r(&seed) % out.size] = (uint8_t)rand_r(&seed);
		r = pgoutput_parse(copy, out.size, &message);
		expect(r == 0 || r == FAULT_INPUT);
		if (r == 0)
			touched += touch(copy, out.size);
		accepted += r == 0;
		refused += r != 0;
		free(copy);
	}
	/* Both must have happened, or this says nothing. */
	expect(touched > 0);
	expect(accepted > MUTATIONS / 100);
	expect(refused > MUTATIONS / 100);
}

TESTS("pgoutput", TEST_CASE(reads_begin), TEST_CASE(reads_commit_with_the_lsn_behind_it),
	TEST_CASE(reads_relation_with_names_and_types),
	TEST_CASE(reads_insert_with_binary_null_and_empty_values),
	TEST_CASE(names_what_an_insert_only_reader_has_no_use_for),
	TEST_CASE(reads_a_logical_message), TEST_CASE(refuses_every_shortening),
	TEST_CASE(refuses_bytes_left_over), TEST_CASE(refuses_an_unknown_kind),
	TEST_CASE(refuses_an_unknown_value_format), TEST_CASE(refuses_a_length_beyond_the_end),
	TEST_CASE(refuses_more_columns_than_it_has_room_for),
	TEST_CASE(refuses_a_commit_that_ends_before_it_begins),
	TEST_CASE(refuses_a_time_out_of_range),
	TEST_CASE(answers_every_changed_byte_without_reading_past_the_end))
