#include "exporter.h"
#include "sample_look.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

static struct buffer out;

/* The whole family, with its head: nothing more and nothing less. */
static void expect_family(const char *name, const char *want)
{
	char head[100];
	const char *from, *until;

	buffer_finish(&out);
	buffer_init(&out, 0);
	exporter_write(sample_look(), &out);
	snprintf(head, sizeof(head), "# TYPE %s gauge\n", name);
	from = strstr(out.data, head);
	if (from == NULL)
		fail_test("no %s in:\n%s", head, out.data);
	from += strlen(head);
	until = strstr(from, "# HELP");
	if (until == NULL)
		until = from + strlen(from);
	expect_bytes(from, (size_t)(until - from), want, strlen(want));
}

TEST(topics_have_their_ends)
{
	expect_family("kafka_topic_partitions", "kafka_topic_partitions{topic=\"t\"} 2\n");
	expect_family("kafka_topic_partition_current_offset",
		"kafka_topic_partition_current_offset{partition=\"0\",topic=\"t\"} 100\n"
		"kafka_topic_partition_current_offset{partition=\"1\",topic=\"t\"} 100\n");
	expect_family("kafka_topic_partition_oldest_offset",
		"kafka_topic_partition_oldest_offset{partition=\"0\",topic=\"t\"} 0\n"
		"kafka_topic_partition_oldest_offset{partition=\"1\",topic=\"t\"} 70\n");
}

TEST(members_are_told_for_groups_that_are_there)
{
	expect_family("kafka_consumergroup_members",
		"kafka_consumergroup_members{consumergroup=\"pay\"} 1\n"
		"kafka_consumergroup_members{consumergroup=\"quo\\\"te\"} 0\n");
}

TEST(a_place_without_commit_or_partition_has_no_line)
{
#define LAG "kafka_consumergroup_lag{consumergroup="
	expect_family("kafka_consumergroup_lag",
		LAG "\"pay\",partition=\"0\",topic=\"t\"} 60\n" LAG
		    "\"quo\\\"te\",partition=\"0\",topic=\"t\"} 0\n" LAG
		    "\"quo\\\"te\",partition=\"1\",topic=\"t\"} 30\n" LAG
		    "\"quo\\\"te\",partition=\"0\",topic=\"u\"} 0\n");
#define OFFSET "kafka_consumergroup_current_offset{consumergroup="
	expect_family("kafka_consumergroup_current_offset",
		OFFSET "\"pay\",partition=\"0\",topic=\"t\"} 40\n" OFFSET
		       "\"quo\\\"te\",partition=\"0\",topic=\"t\"} 5000\n" OFFSET
		       "\"quo\\\"te\",partition=\"1\",topic=\"t\"} 40\n" OFFSET
		       "\"quo\\\"te\",partition=\"0\",topic=\"u\"} 9\n" OFFSET
		       "\"quo\\\"te\",partition=\"7\",topic=\"v\"} 9\n");
}

TEST(sums_are_by_group_and_topic)
{
#define SUM "kafka_consumergroup_lag_sum{consumergroup="
	expect_family("kafka_consumergroup_lag_sum",
		SUM "\"pay\",topic=\"t\"} 60\n" SUM "\"quo\\\"te\",topic=\"t\"} 30\n" SUM
		    "\"quo\\\"te\",topic=\"u\"} 0\n" SUM "\"quo\\\"te\",topic=\"v\"} 0\n");
#define OFFSETS "kafka_consumergroup_current_offset_sum{consumergroup="
	expect_family("kafka_consumergroup_current_offset_sum",
		OFFSETS "\"pay\",topic=\"t\"} 40\n" OFFSETS
			"\"quo\\\"te\",topic=\"t\"} 5040\n" OFFSETS
			"\"quo\\\"te\",topic=\"u\"} 9\n" OFFSETS "\"quo\\\"te\",topic=\"v\"} 9\n");
}

TEST(seconds_have_thousandths_and_unread_ones_no_line)
{
#define AGE "kafka_consumergroup_group_lag_seconds{consumergroup="
	expect_family("kafka_consumergroup_group_lag_seconds",
		AGE "\"pay\",partition=\"0\",topic=\"t\"} 2.500\n" AGE
		    "\"quo\\\"te\",partition=\"0\",topic=\"t\"} 0.000\n" AGE
		    "\"quo\\\"te\",partition=\"0\",topic=\"u\"} 0.000\n");
}

TEST(a_status_is_a_label)
{
#define STATUS "kafka_consumergroup_status{consumergroup="
	expect_family("kafka_consumergroup_status",
		STATUS "\"pay\",partition=\"0\",topic=\"t\",status=\"OK\"} 1\n" STATUS
		       "\"quo\\\"te\",partition=\"0\",topic=\"t\",status=\"OK\"} 1\n" STATUS
		       "\"quo\\\"te\",partition=\"1\",topic=\"t\",status=\"STOP\"} 1\n" STATUS
		       "\"quo\\\"te\",partition=\"0\",topic=\"u\",status=\"OK\"} 1\n");
}

TESTS("lag exporter", TEST_CASE(topics_have_their_ends),
	TEST_CASE(members_are_told_for_groups_that_are_there),
	TEST_CASE(a_place_without_commit_or_partition_has_no_line),
	TEST_CASE(sums_are_by_group_and_topic),
	TEST_CASE(seconds_have_thousandths_and_unread_ones_no_line), TEST_CASE(a_status_is_a_label))
