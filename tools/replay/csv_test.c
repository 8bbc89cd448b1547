#include "csv.h"

#include <testkit/testkit.h>

#include <string.h>

static struct bus_position *positions;
static size_t count;

static int read_text(const char *text)
{
	static struct arena *arena;

	arena_destroy(arena);
	arena = arena_create(0);
	return csv_read("f.csv", text, strlen(text), "payment", arena, &positions, &count);
}

static void refuses(const char *text, const char *part)
{
	count = 77;
	expect_fault(read_text(text), FAULT_USAGE);
	expect_int(count, 77);
	if (!strstr(fault_text(), part))
		fail_test("'%s' says nothing of '%s'", fault_text(), part);
}

/* What kafka-consumer-groups.sh 4.2.0 writes, byte for byte. */
TEST(reads_what_kafka_writes_of_one_group)
{
	expect_ok(
		read_text("\"payment.requests\",0,12\n\"payment.requests\",5,9007199254740993\n"));
	expect_int(count, 2);
	expect_text(positions[0].topic, "payment.requests");
	expect_int(positions[0].partition, 0);
	expect_int(positions[0].offset, 12);
	expect_int(positions[1].partition, 5);
	expect_int(positions[1].offset, INT64_C(9007199254740993));
}

TEST(reads_its_own_group_out_of_several)
{
	expect_ok(read_text(
		"\"order\",\"payment.events\",0,1\n\"payment\",\"payment.requests\",3,2\n"));
	expect_int(count, 1);
	expect_text(positions[0].topic, "payment.requests");
	expect_int(positions[0].partition, 3);
}

TEST(takes_text_without_quotes_and_other_line_ends)
{
	expect_ok(read_text("a,0,1\r\n\r\n\"b\"\"c\",1,2"));
	expect_int(count, 2);
	expect_text(positions[0].topic, "a");
	expect_text(positions[1].topic, "b\"c");
	expect_int(positions[1].offset, 2);
}

TEST(names_the_line_that_is_wrong)
{
	refuses("a,0,1\na,b,1\n", "line 2");
	refuses("a,0\n", "line 1");
	refuses("g,a,0,1,2\n", "line 1");
	refuses("\"a,0,1\n", "line 1");
	refuses("\"a\"x,0,1\n", "line 1");
	refuses("a,0,-1\n", "line 1");
	refuses("a,-1,0\n", "line 1");
	refuses("a,2147483648,0\n", "line 1");
	refuses("a,0,9223372036854775808\n", "line 1");
	refuses("a,0,\n", "line 1");
	refuses(",0,1\n", "line 1");
	refuses("topic,partition,offset\n", "line 1");
	refuses("a,0,1\nb,0,1\na,0,2\n", "line 3");
}

TEST(says_when_nothing_is_for_the_group)
{
	refuses("", "no offsets of group payment");
	refuses("\n\n", "no offsets of group payment");
	refuses("order,a,0,1\n", "no offsets of group payment");
}

TEST(writes_what_it_reads_and_leaves_out_what_has_no_offset)
{
	const struct bus_position from[] = {{"payment.requests", 0, 12, NULL}, {"x", 1, -1, NULL},
		{"a\"b", 2, 0, NULL}, {"a-topic-of-24-characters", 3, 1, NULL},
		{"a-topic.of-25-characters1", 4, 2, NULL}};
	struct buffer out;

	buffer_init(&out, 0);
	csv_write(from, 5, &out);
	expect_text(out.data,
		"payment.requests,0,12\n\"a\"\"b\",2,0\na-topic-of-24-characters,3,1\n"
		"\"a-topic.of-25-characters1\",4,2\n");
	expect_ok(read_text(out.data));
	expect_int(count, 4);
	expect_text(positions[1].topic, "a\"b");
	expect_text(positions[3].topic, "a-topic.of-25-characters1");
	buffer_finish(&out);
}

TESTS("replay csv", TEST_CASE(reads_what_kafka_writes_of_one_group),
	TEST_CASE(reads_its_own_group_out_of_several),
	TEST_CASE(takes_text_without_quotes_and_other_line_ends),
	TEST_CASE(names_the_line_that_is_wrong), TEST_CASE(says_when_nothing_is_for_the_group),
	TEST_CASE(writes_what_it_reads_and_leaves_out_what_has_no_offset))
