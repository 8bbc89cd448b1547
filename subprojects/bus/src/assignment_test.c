#include "assignment.h"

#include <testkit/testkit.h>

static struct assignment assignment;

static struct assigned *one(void)
{
	expect_ok(assignment_add(&assignment, "a", 0));
	return assignment_find(&assignment, "a", 0);
}

TEST(finds_each_partition_whatever_was_found_before)
{
	for (int p = 0; p < 6; p++) {
		expect_ok(assignment_add(&assignment, "a", p));
		expect_ok(assignment_add(&assignment, "b", p));
	}
	for (int round = 0; round < 3; round++) {
		for (int p = 5; p >= 0; p--) {
			expect_int(assignment_find(&assignment, "b", p)->partition, p);
			expect_text(assignment_find(&assignment, "b", p)->topic, "b");
			expect_text(assignment_find(&assignment, "a", p)->topic, "a");
		}
	}
	expect(assignment_find(&assignment, "a", 6) == NULL);
	expect(assignment_find(&assignment, "c", 0) == NULL);
	assignment_clear(&assignment);
	expect(assignment_find(&assignment, "a", 0) == NULL);
}

TEST(refuses_more_partitions_than_it_has_room_for)
{
	for (int p = 0; p < ASSIGNMENT_MAX; p++)
		expect_ok(assignment_add(&assignment, "a", p));
	expect_fault(assignment_add(&assignment, "a", ASSIGNMENT_MAX), FAULT_LIMIT);
	assignment_clear(&assignment);
}

TEST(stores_the_end_at_once_when_nothing_is_in_hand)
{
	struct assigned *partition = one();

	expect_int(assigned_reach_end(partition, 0), 0);
	expect_int(assigned_reach_end(partition, 7), 7);
	assignment_clear(&assignment);
}

TEST(holds_the_end_back_until_the_last_message_is_finished)
{
	struct assigned *partition = one();

	for (int64_t offset = 10; offset < 13; offset++)
		assigned_deliver(partition, offset);
	expect_int(assigned_reach_end(partition, 14), -1);
	expect_int(assigned_finish(partition, 11), 11);
	expect_int(assigned_finish(partition, 12), 12);
	expect_int(assigned_finish(partition, 13), 14);
	assignment_clear(&assignment);
}

TEST(forgets_the_end_when_more_comes)
{
	struct assigned *partition = one();

	assigned_deliver(partition, 0);
	expect_int(assigned_reach_end(partition, 2), -1);
	assigned_deliver(partition, 2);
	expect_int(assigned_finish(partition, 1), 1);
	expect_int(assigned_finish(partition, 3), 3);
	assignment_clear(&assignment);
}

TEST(never_goes_back)
{
	struct assigned *partition = one();

	assigned_deliver(partition, 4);
	expect_int(assigned_finish(partition, 5), 5);
	expect_int(assigned_finish(partition, 3), 5);
	assignment_clear(&assignment);
}

TESTS("assignment", TEST_CASE(finds_each_partition_whatever_was_found_before),
	TEST_CASE(refuses_more_partitions_than_it_has_room_for),
	TEST_CASE(stores_the_end_at_once_when_nothing_is_in_hand),
	TEST_CASE(holds_the_end_back_until_the_last_message_is_finished),
	TEST_CASE(forgets_the_end_when_more_comes), TEST_CASE(never_goes_back))
