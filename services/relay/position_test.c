/*
 * The full grid: what Kafka says × what the slot says, each cell with the one
 * answer that neither loses nor doubles.
 */
#include "position.h"

#include <string.h>
#include <testkit/testkit.h>

#define CREATED 0x1000
#define NO_START 0xdead

enum kafka { NOTHING, BEHIND, AT_CREATED, AT_CONFIRMED, BETWEEN, AT_END, AHEAD, KAFKA_COUNT };
enum slot { ABSENT, UNWRITTEN, FRESH, USED, HELD, LOST, SLOT_COUNT };

static const struct position positions[KAFKA_COUNT] = {
	[NOTHING] = {0},
	[BEHIND] = {true, 0x0fff, "7300"},
	[AT_CREATED] = {true, CREATED, "7300"},
	[AT_CONFIRMED] = {true, 0x2000, "7300"},
	[BETWEEN] = {true, 0x2800, "7300"},
	[AT_END] = {true, 0x3000, "7300"},
	[AHEAD] = {true, 0x3001, "7300"},
};

static const struct store_source slots[SLOT_COUNT] = {
	[ABSENT] = {.current_lsn = 0x3000, .system_id = "7300"},
	[UNWRITTEN] = {.slot_exists = true,
		.confirmed_lsn = CREATED,
		.current_lsn = 0x3000,
		.system_id = "7300"},
	[FRESH] = {.slot_exists = true,
		.confirmed_lsn = CREATED,
		.created_lsn = CREATED,
		.current_lsn = 0x3000,
		.system_id = "7300"},
	[USED] = {.slot_exists = true,
		.confirmed_lsn = 0x2000,
		.created_lsn = CREATED,
		.current_lsn = 0x3000,
		.system_id = "7300"},
	[HELD] = {.slot_exists = true,
		.confirmed_lsn = 0x2000,
		.created_lsn = CREATED,
		.current_lsn = 0x3000,
		.system_id = "7300",
		.active_pid = 4711},
	[LOST] = {.slot_exists = true,
		.slot_lost = true,
		.confirmed_lsn = CREATED,
		.created_lsn = CREATED,
		.current_lsn = 0x3000,
		.system_id = "7300"},
};

#define R FAULT_STATE
#define W POSITION_WAIT_SLOT
#define H POSITION_WAIT_READER

// clang-format off
static const int answers[KAFKA_COUNT][SLOT_COUNT] = {
	/*                ABSENT UNWRITTEN FRESH USED HELD LOST */
	[NOTHING]      = {W,     W,        0,    R,   H,   R},
	[BEHIND]       = {R,     R,        R,    R,   H,   R},
	[AT_CREATED]   = {R,     0,        0,    R,   H,   R},
	[AT_CONFIRMED] = {R,     0,        0,    0,   H,   R},
	[BETWEEN]      = {R,     0,        0,    0,   H,   R},
	[AT_END]       = {R,     0,        0,    0,   H,   R},
	[AHEAD]        = {R,     R,        R,    R,   H,   R},
};
// clang-format on

TEST(answers_the_whole_grid)
{
	for (int k = 0; k < KAFKA_COUNT; k++) {
		for (int s = 0; s < SLOT_COUNT; s++) {
			lsn_t start = NO_START;
			int r = position_decide(&positions[k], &slots[s], &start);

			if (r != answers[k][s])
				fail_test("kafka %d, slot %d: %d, not %d", k, s, r, answers[k][s]);
			if (r != 0)
				expect_int(start, NO_START);
			else
				expect_int(start, k == NOTHING ? CREATED : positions[k].lsn);
		}
	}
}

TEST(never_starts_below_what_the_slot_has_confirmed)
{
	for (int k = 0; k < KAFKA_COUNT; k++) {
		for (int s = 0; s < SLOT_COUNT; s++) {
			lsn_t start = NO_START;

			if (position_decide(&positions[k], &slots[s], &start) == 0)
				expect(start >= slots[s].confirmed_lsn);
		}
	}
}

TEST(refuses_a_position_of_another_cluster_whatever_else_holds)
{
	for (int k = AT_CREATED; k < KAFKA_COUNT; k++) {
		for (int s = 0; s < SLOT_COUNT; s++) {
			struct position other = positions[k];
			lsn_t start;

			memcpy(other.system_id, "7301", 5);
			expect_fault(position_decide(&other, &slots[s], &start), FAULT_STATE);
			expect(strstr(fault_text(), "7301") != NULL);
			expect(strstr(fault_text(), "7300") != NULL);
		}
	}
}

TEST(takes_a_position_set_by_hand_without_a_cluster)
{
	struct position by_hand = {.known = true, .lsn = 0x2800};
	lsn_t start;

	expect_ok(position_decide(&by_hand, &slots[USED], &start));
	expect_int(start, 0x2800);
}

TEST(says_both_numbers_and_what_to_do_when_it_refuses)
{
	lsn_t start;

	expect_fault(position_decide(&positions[AT_CREATED], &slots[USED], &start), FAULT_STATE);
	expect(strstr(fault_text(), "0/1000") != NULL);
	expect(strstr(fault_text(), "0/2000") != NULL);
	expect(strstr(fault_text(), "--relay-adopt") != NULL);
	expect_fault(position_decide(&positions[NOTHING], &slots[USED], &start), FAULT_STATE);
	expect(strstr(fault_text(), "no position") != NULL);
	expect_fault(position_decide(&positions[AHEAD], &slots[USED], &start), FAULT_STATE);
	expect(strstr(fault_text(), "0/3001") != NULL);
}

TEST(reads_back_the_metadata_it_writes)
{
	char text[POSITION_METADATA_SIZE];
	struct position position;

	expect_text(position_metadata("7300000000000000001", text), "system=7300000000000000001");
	expect_ok(position_parse(0x16B3748, text, &position));
	expect(position.known);
	expect_int(position.lsn, 0x16B3748);
	expect_text(position.system_id, "7300000000000000001");
}

TEST(takes_empty_metadata_for_a_position_set_by_hand)
{
	struct position position;

	expect_ok(position_parse(7, "", &position));
	expect(position.known);
	expect_text(position.system_id, "");
}

TEST(refuses_metadata_that_is_not_its_own)
{
	struct position position = {0};

	expect_fault(position_parse(7, "cluster=1", &position), FAULT_INPUT);
	expect_fault(position_parse(7, "system=1234567890123456789012345", &position), FAULT_INPUT);
	expect_fault(position_parse(-2, "", &position), FAULT_INPUT);
	expect(!position.known);
}

TESTS("position", TEST_CASE(answers_the_whole_grid),
	TEST_CASE(never_starts_below_what_the_slot_has_confirmed),
	TEST_CASE(refuses_a_position_of_another_cluster_whatever_else_holds),
	TEST_CASE(takes_a_position_set_by_hand_without_a_cluster),
	TEST_CASE(says_both_numbers_and_what_to_do_when_it_refuses),
	TEST_CASE(reads_back_the_metadata_it_writes),
	TEST_CASE(takes_empty_metadata_for_a_position_set_by_hand),
	TEST_CASE(refuses_metadata_that_is_not_its_own))
