#include "outbox_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define EPOCH_2000_US INT64_C(946684800000000)

static const uint8_t id[16] = {0x01, 0x8f, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x2a};
static const uint8_t sequence[8] = {0, 0, 0, 0, 0, 0, 1, 0};
static const uint8_t occurred_at[8] = {0, 0, 0, 0, 0, 0, 3, 0xe8};

static struct pgoutput_relation relation;
static struct pgoutput_row row;

static void add_column(const char *name, uint32_t type, const void *bytes, size_t size)
{
	size_t at = relation.column_count++;

	relation.columns[at] = (struct pgoutput_column){name, type};
	row.values[at].format = bytes ? PGOUTPUT_BINARY : PGOUTPUT_NULL;
	row.values[at].bytes = bytes;
	row.values[at].size = (uint32_t)size;
	row.column_count = relation.column_count;
}

/* As in store's sql/outbox.sql. */
static void make_outbox(void)
{
	memset(&relation, 0, sizeof(relation));
	memset(&row, 0, sizeof(row));
	relation.oid = row.relation_oid = 16385;
	relation.space = "public";
	relation.name = "outbox";
	add_column("id", 2950, id, 16);
	add_column("aggregatetype", 25, "order.events", 12);
	add_column("aggregateid", 25, "the-key", 7);
	add_column("type", 25, "OrderCreated", 12);
	add_column("payload", 17, "\0\0\0\0\1x", 6);
	add_column("traceparent", 25, "00-4bf9", 7);
	add_column("sequence", 20, sequence, 8);
	add_column("occurred_at", 1184, occurred_at, 8);
}

static struct pgoutput_value *value_named(const char *name)
{
	for (size_t i = 0; i < relation.column_count; i++)
		if (strcmp(relation.columns[i].name, name) == 0)
			return &row.values[i];
	fail_test("no column %s", name);
}

static int read_row(struct outbox_row *ret_row)
{
	struct outbox_table table;

	expect_ok(outbox_table_map(&relation, &table));
	return outbox_row_read(&table, &row, ret_row);
}

static void expect_outbox_text(struct outbox_text got, const char *want)
{
	expect_bytes(got.bytes, got.size, want, strlen(want));
}

TEST(reads_every_column)
{
	struct outbox_row got;

	make_outbox();
	expect_ok(read_row(&got));
	expect_text(got.id, "018f0000-0000-7000-8000-00000000002a");
	expect_outbox_text(got.topic, "order.events");
	expect_outbox_text(got.key, "the-key");
	expect_outbox_text(got.type, "OrderCreated");
	expect_bytes(got.payload, got.payload_size, "\0\0\0\0\1x", 6);
	expect_outbox_text(got.traceparent, "00-4bf9");
	expect_text(got.sequence, "256");
	expect_int(got.occurred_at_us, EPOCH_2000_US + 1000);
}

TEST(finds_columns_by_name_in_any_order_beside_unknown_ones)
{
	struct outbox_row got;

	memset(&relation, 0, sizeof(relation));
	memset(&row, 0, sizeof(row));
	relation.space = "public";
	relation.name = "outbox";
	add_column("payload", 17, "body", 4);
	add_column("note", 3802, "?", 1);
	add_column("type", 1043, "T", 1);
	add_column("aggregateid", 1043, "k", 1);
	add_column("id", 2950, id, 16);
	add_column("aggregatetype", 25, "topic", 5);
	expect_ok(read_row(&got));
	expect_outbox_text(got.topic, "topic");
	expect_outbox_text(got.key, "k");
	expect_bytes(got.payload, got.payload_size, "body", 4);
	expect(got.traceparent.bytes == NULL);
	expect_text(got.sequence, "");
	expect_int(got.occurred_at_us, 0);
}

TEST(takes_null_for_what_is_optional)
{
	static const char *const optional[] = {"traceparent", "sequence", "occurred_at"};
	struct outbox_row got;

	make_outbox();
	for (size_t i = 0; i < 3; i++)
		*value_named(optional[i]) = (struct pgoutput_value){.format = PGOUTPUT_NULL};
	expect_ok(read_row(&got));
	expect(got.traceparent.bytes == NULL);
	expect_text(got.sequence, "");
	expect_int(got.occurred_at_us, 0);
}

TEST(takes_an_empty_payload)
{
	struct outbox_row got;

	make_outbox();
	value_named("payload")->size = 0;
	expect_ok(read_row(&got));
	expect_int(got.payload_size, 0);
	expect(got.payload != NULL);
}

TEST(prints_the_smallest_sequence)
{
	static const uint8_t smallest[8] = {0x80};
	struct outbox_row got;

	make_outbox();
	value_named("sequence")->bytes = smallest;
	expect_ok(read_row(&got));
	expect_text(got.sequence, "-9223372036854775808");
}

TEST(refuses_a_table_without_a_required_column)
{
	static const char *const required[] = {
		"id", "aggregatetype", "aggregateid", "type", "payload"};
	struct outbox_table table;

	for (size_t i = 0; i < 5; i++) {
		make_outbox();
		for (size_t c = 0; c < relation.column_count; c++)
			if (strcmp(relation.columns[c].name, required[i]) == 0)
				relation.columns[c].name = "renamed";
		expect_fault(outbox_table_map(&relation, &table), FAULT_INPUT);
		expect(strstr(fault_text(), required[i]) != NULL);
	}
}

TEST(refuses_a_column_of_another_type)
{
	struct outbox_table table;

	for (size_t c = 0; c < OUTBOX_COLUMN_COUNT; c++) {
		make_outbox();
		relation.columns[c].type = 3802; /* jsonb */
		expect_fault(outbox_table_map(&relation, &table), FAULT_INPUT);
		expect(strstr(fault_text(), relation.columns[c].name) != NULL);
		expect(strstr(fault_text(), "3802") != NULL);
	}
}

static void refuses(const char *column, struct pgoutput_value value, const char *why)
{
	struct outbox_row got;

	make_outbox();
	*value_named(column) = value;
	expect_fault(read_row(&got), FAULT_INPUT);
	expect(strstr(fault_text(), column) != NULL);
	expect(strstr(fault_text(), why) != NULL);
	if (strcmp(column, "id") != 0)
		expect(strstr(fault_text(), "018f0000-0000-7000-8000-00000000002a") != NULL);
}

#define BINARY(b, s) ((struct pgoutput_value){.format = PGOUTPUT_BINARY, .bytes = (b), .size = (s)})

TEST(refuses_null_where_a_value_must_be)
{
	static const char *const required[] = {
		"id", "aggregatetype", "aggregateid", "type", "payload"};

	for (size_t i = 0; i < 5; i++)
		refuses(required[i], (struct pgoutput_value){.format = PGOUTPUT_NULL}, "null");
}

TEST(refuses_an_empty_topic_key_or_type)
{
	refuses("aggregatetype", BINARY(id, 0), "empty");
	refuses("aggregateid", BINARY(id, 0), "empty");
	refuses("type", BINARY(id, 0), "empty");
}

TEST(refuses_values_of_the_wrong_size)
{
	static uint8_t large[OUTBOX_PAYLOAD_MAX + 1];

	refuses("id", BINARY(id, 15), "size");
	refuses("sequence", BINARY(sequence, 4), "size");
	refuses("occurred_at", BINARY(occurred_at, 7), "size");
	refuses("payload", BINARY(large, sizeof(large)), "too large");
	refuses("aggregateid", BINARY(large, OUTBOX_TEXT_MAX + 1), "too large");
	refuses("traceparent", BINARY(large, OUTBOX_TEXT_MAX + 1), "too large");
}

TEST(refuses_values_that_did_not_come_in_binary)
{
	refuses("type", (struct pgoutput_value){.format = PGOUTPUT_TEXT, .bytes = id, .size = 3},
		"binary");
	refuses("payload", (struct pgoutput_value){.format = PGOUTPUT_UNCHANGED}, "binary");
}

TEST(refuses_times_that_kafka_cannot_carry)
{
	static const uint8_t infinity[8] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t minus_infinity[8] = {0x80};
	static const uint8_t year_1900[8] = {0xff, 0xf4, 0xc9, 0xda, 0x5e, 0x34, 0x20, 0x00};

	refuses("occurred_at", BINARY(infinity, 8), "time");
	refuses("occurred_at", BINARY(minus_infinity, 8), "time");
	refuses("occurred_at", BINARY(year_1900, 8), "time");
}

TEST(refuses_a_row_of_another_width_than_its_table)
{
	struct outbox_table table;
	struct outbox_row got;

	make_outbox();
	expect_ok(outbox_table_map(&relation, &table));
	row.column_count--;
	expect_fault(outbox_row_read(&table, &row, &got), FAULT_INPUT);
}

TESTS("outbox_row", TEST_CASE(reads_every_column),
	TEST_CASE(finds_columns_by_name_in_any_order_beside_unknown_ones),
	TEST_CASE(takes_null_for_what_is_optional), TEST_CASE(takes_an_empty_payload),
	TEST_CASE(prints_the_smallest_sequence),
	TEST_CASE(refuses_a_table_without_a_required_column),
	TEST_CASE(refuses_a_column_of_another_type), TEST_CASE(refuses_null_where_a_value_must_be),
	TEST_CASE(refuses_an_empty_topic_key_or_type), TEST_CASE(refuses_values_of_the_wrong_size),
	TEST_CASE(refuses_values_that_did_not_come_in_binary),
	TEST_CASE(refuses_times_that_kafka_cannot_carry),
	TEST_CASE(refuses_a_row_of_another_width_than_its_table))
