#include "plan.h"

#include <bus/message.h>
#include <testkit/testkit.h>

#include <string.h>

static struct plan plan, other;

TEST(the_same_seed_gives_the_same)
{
	plan_make(&plan, 9, 20, 7);
	plan_make(&other, 9, 20, 7);
	expect(memcmp(&plan, &other, sizeof(plan)) == 0);
	plan_make(&other, 9, 20, 8);
	expect(memcmp(plan.steps, other.steps, sizeof(plan.steps)) != 0);
	expect(strcmp(plan.names[0], other.names[0]) != 0);
}

TEST(every_key_has_all_its_messages_in_order)
{
	int sent[PLAN_KEYS_MAX] = {0};

	plan_make(&plan, 26, 200, 1);
	expect_int(plan.count, 26 * 200);
	for (size_t i = 0; i < plan.count; i++)
		expect_int(plan.steps[i].sequence, ++sent[plan.steps[i].key]);
	for (int key = 0; key < 26; key++)
		expect_int(sent[key], 200);
}

TEST(keys_are_mixed)
{
	int changes = 0;

	plan_make(&plan, 3, 20, 1);
	for (size_t i = 1; i < plan.count; i++)
		changes += plan.steps[i].key != plan.steps[i - 1].key;
	expect(changes > 20);
}

TEST(every_key_moves_with_more_partitions_and_another_partitioner)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		plan_make(&plan, 26, 6, seed);
		for (int key = 0; key < 26; key++) {
			const char *name = plan.names[key];
			size_t size = strlen(name);

			expect_int(name[0], 'A' + key);
			expect_int(bus_partition_of(name, size, 3), key % 3);
			expect_int(bus_partition_of(name, size, 6), key % 3 + 3);
			expect(plan_crc32_partition(name, size, 3) != key % 3);
		}
	}
}

TEST(crc32_is_zlibs)
{
	/* The check value of CRC-32/ISO-HDLC is 0xcbf43926 for these nine digits. */
	expect_int(plan_crc32_partition("123456789", 9, INT32_MAX), 0xcbf43926 % INT32_MAX);
	expect_int(plan_crc32_partition("123456789", 9, 1000), 0xcbf43926 % 1000);
	expect_int(plan_crc32_partition("", 0, 7), 0);
}

TEST(a_message_says_which_it_is)
{
	char text[PLAN_TEXT_SIZE];
	struct step step = {0};

	expect_text(plan_text((struct step){0, 1}, text), "A 1");
	expect_text(plan_text((struct step){25, 200}, text), "Z 200");
	expect_ok(plan_parse(text, strlen(text), &step));
	expect_int(step.key, 25);
	expect_int(step.sequence, 200);
}

TEST(what_is_none_of_ours_is_refused)
{
	static const char *const bad[] = {
		"", "A", "A ", "a 1", "A1", "A  1", "A 1x", "A -1", "A 1000", "[ 1", "@ 1", "A 1 "};
	struct step step = {.key = 5};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (plan_parse(bad[i], strlen(bad[i]), &step) != FAULT_INPUT)
			fail_test("'%s' was taken", bad[i]);
	}
	expect_int(step.key, 5);
}

TESTS("plan", TEST_CASE(the_same_seed_gives_the_same),
	TEST_CASE(every_key_has_all_its_messages_in_order), TEST_CASE(keys_are_mixed),
	TEST_CASE(every_key_moves_with_more_partitions_and_another_partitioner),
	TEST_CASE(crc32_is_zlibs), TEST_CASE(a_message_says_which_it_is),
	TEST_CASE(what_is_none_of_ours_is_refused))
