#include "dlq_plan.h"

#include <string.h>
#include <testkit/testkit.h>

static struct arena *arena;
static struct audit audits[8];
static struct front fronts[8];
static const struct bus_topic_size topics[] = {{"in", 2}, {"other", 1}};
static struct dlq_plan_facts facts;
static struct dlq_plan_choice choice;
static struct dlq_plan *plan;

static void begin(void)
{
	arena = arena_create(0);
	facts = (struct dlq_plan_facts){.group = "g",
		.audits = audits,
		.fronts = fronts,
		.topics = topics,
		.topic_count = 2};
	choice = (struct dlq_plan_choice){.filter = {0, "", ""}};
}

static void know_audit(int64_t offset, enum audit_outcome outcome)
{
	audits[facts.audit_count++] = (struct audit){"g", outcome, {"in", 0, offset, offset}};
}

static void know_front(const char *key, int64_t offset, int64_t behind)
{
	fronts[facts.front_count++] =
		(struct front){key, strlen(key), {"in", 0, offset, 0}, behind};
}

static void open_plan(void)
{
	plan = dlq_plan_create(&facts, &choice, 6, arena);
}

/* A dead letter at @at of partition @partition, which was at @offset of in [0]. */
static struct letter dead(int32_t partition, int64_t at, const char *key, int64_t offset)
{
	return (struct letter){.partition = partition,
		.offset = at,
		.at_ms = 1000 + at,
		.origin = {"in", 0, offset, offset},
		.key = key,
		.key_size = key ? strlen(key) : 0,
		.value = arena_format(arena, "%d", (int)offset),
		.value_size = 1,
		.class = "refused",
		.reason = "refused: so"};
}

static enum dlq_plan_answer add(int64_t at, const char *key, int64_t offset)
{
	const struct letter letter = dead(0, at, key, offset);

	return dlq_plan_add(plan, &letter);
}

TEST(a_front_goes_with_what_waits_behind_it)
{
	begin();
	know_front("b", 7, 0);
	know_front("a", 5, 3);
	open_plan();
	expect_int(add(0, "a", 5), DLQ_PLAN_TAKEN);
	expect_int(add(1, "b", 7), DLQ_PLAN_TAKEN);
	dlq_plan_decide(plan);
	expect_int(plan->count, 2);
	expect_int(plan->entries[0].state, LETTER_OPEN);
	expect_int(plan->entries[0].outcome, AUDIT_REDRIVEN);
	expect_int(plan->entries[0].behind, 3);
	expect_int(plan->entries[1].behind, 0);
	expect_int(dlq_plan_due(plan), 2);
}

TEST(one_whose_key_does_not_wait_goes_too)
{
	begin();
	open_plan();
	add(0, "a", 5);
	add(1, NULL, 6);
	dlq_plan_decide(plan);
	expect_int(dlq_plan_due(plan), 2);
}

TEST(what_the_audit_has_is_settled_unless_its_key_still_waits_for_it)
{
	begin();
	know_audit(6, AUDIT_REDRIVEN);
	know_audit(5, AUDIT_DISCARDED);
	know_audit(4, AUDIT_REDRIVEN);
	know_front("a", 5, 1);
	know_front("c", 9, 1);
	open_plan();
	expect_int(add(0, "a", 5), DLQ_PLAN_TAKEN);
	expect_int(add(1, "b", 6), DLQ_PLAN_SETTLED);
	expect_int(add(2, "c", 4), DLQ_PLAN_SETTLED);
	dlq_plan_decide(plan);
	expect_int(plan->settled, 2);
	expect_int(plan->count, 1);
	expect_int(plan->entries[0].state, LETTER_UNFINISHED);
	/* What was begun is finished as it was begun. */
	expect_int(plan->entries[0].outcome, AUDIT_DISCARDED);
}

TEST(another_message_at_the_same_offset_of_a_new_topic_is_not_settled)
{
	struct letter letter;

	begin();
	know_audit(5, AUDIT_REDRIVEN);
	open_plan();
	letter = dead(0, 0, "a", 5);
	letter.origin.timestamp_ms = 77;
	expect_int(dlq_plan_add(plan, &letter), DLQ_PLAN_TAKEN);
}

TEST(what_the_filter_does_not_take_is_counted_only)
{
	begin();
	choice.filter.key = "a";
	open_plan();
	expect_int(add(0, "b", 5), DLQ_PLAN_UNMEANT);
	expect_int(add(1, "a", 6), DLQ_PLAN_TAKEN);
	expect_int(plan->unmeant, 1);
	expect_int(plan->count, 1);
}

TEST(three_redrives_are_enough)
{
	struct letter letter;

	begin();
	know_front("d", 8, 1);
	know_audit(8, AUDIT_REDRIVEN);
	open_plan();
	letter = dead(0, 0, "a", 5);
	letter.redrives = 2;
	dlq_plan_add(plan, &letter);
	letter = dead(0, 1, "b", 6);
	letter.redrives = 3;
	dlq_plan_add(plan, &letter);
	letter = dead(0, 2, "c", 7);
	letter.redrives = 4;
	dlq_plan_add(plan, &letter);
	/* The third was begun: it is brought to its end. */
	letter = dead(0, 3, "d", 8);
	letter.redrives = 3;
	dlq_plan_add(plan, &letter);
	dlq_plan_decide(plan);
	expect_int(plan->entries[0].state, LETTER_OPEN);
	expect_int(plan->entries[1].state, LETTER_GIVEN_UP);
	expect_text(plan->entries[1].note, "given up: 3 redrives");
	expect_int(plan->entries[2].state, LETTER_GIVEN_UP);
	expect_int(plan->entries[3].state, LETTER_UNFINISHED);
	expect_int(dlq_plan_cannot(plan), 2);
}

TEST(what_has_nowhere_to_go_is_refused)
{
	struct letter letter;

	begin();
	open_plan();
	letter = dead(0, 0, "a", 5);
	letter.origin.topic = "gone";
	dlq_plan_add(plan, &letter);
	letter = dead(0, 1, "b", 6);
	letter.origin.partition = 2;
	dlq_plan_add(plan, &letter);
	letter = dead(0, 2, "c", 7);
	letter.broken = "value left out";
	dlq_plan_add(plan, &letter);
	dlq_plan_decide(plan);
	expect_int(plan->entries[0].state, LETTER_REFUSED);
	expect_text(plan->entries[0].note, "there is no topic gone");
	expect_text(plan->entries[1].note, "in has no partition 2");
	expect_text(plan->entries[2].note, "value left out");
	expect_int(dlq_plan_due(plan), 0);
}

TEST(what_cannot_go_can_be_discarded)
{
	struct letter letter;

	begin();
	choice.discard = true;
	open_plan();
	letter = dead(0, 0, "a", 5);
	letter.broken = "value left out";
	dlq_plan_add(plan, &letter);
	letter = dead(0, 1, "b", 6);
	letter.redrives = 3;
	dlq_plan_add(plan, &letter);
	dlq_plan_decide(plan);
	expect_int(dlq_plan_due(plan), 2);
	expect_int(plan->entries[0].outcome, AUDIT_DISCARDED);
}

TEST(the_same_message_goes_once)
{
	const struct bus_header id = {"id", "x", 1};
	struct letter letter;

	begin();
	open_plan();
	letter = dead(0, 0, "a", 5);
	letter.headers = &id;
	letter.header_count = 1;
	dlq_plan_add(plan, &letter);
	/* The dead letter in front, delivered again. */
	add(1, "a", 5);
	/* What a redrive that was cut off has published, dead again. */
	letter.offset = 2;
	letter.origin.offset = 9;
	letter.redrives = 1;
	dlq_plan_add(plan, &letter);
	add(3, "a", 6);
	dlq_plan_decide(plan);
	expect_int(plan->entries[0].state, LETTER_OPEN);
	expect_int(plan->entries[1].state, LETTER_REPEAT);
	expect_int(plan->entries[1].repeat, 0);
	expect_text(plan->entries[1].note, "the same as 0:0");
	expect_int(plan->entries[2].state, LETTER_REPEAT);
	expect_int(plan->entries[3].state, LETTER_OPEN);
	expect_int(dlq_plan_count(plan, LETTER_REPEAT), 2);
}

TEST(one_that_cannot_go_covers_no_other)
{
	struct letter letter;

	begin();
	open_plan();
	letter = dead(0, 0, "a", 5);
	letter.broken = "value left out";
	dlq_plan_add(plan, &letter);
	add(1, "a", 5);
	dlq_plan_decide(plan);
	expect_int(plan->entries[0].state, LETTER_REFUSED);
	expect_int(plan->entries[1].state, LETTER_OPEN);
}

TEST(a_key_that_waits_for_another_one_holds_it_unless_that_goes_first)
{
	begin();
	know_front("a", 5, 1);
	know_front("b", 50, 1);
	open_plan();
	add(0, "a", 5);
	add(1, "a", 8);
	add(2, "b", 9);
	dlq_plan_decide(plan);
	expect_int(plan->entries[0].state, LETTER_OPEN);
	expect_int(plan->entries[1].state, LETTER_OPEN);
	expect_int(plan->entries[2].state, LETTER_HELD);
	expect_text(plan->entries[2].note, "waits behind in [0] offset 50");
}

TEST(max_takes_the_first_in_order)
{
	begin();
	choice.max = 1;
	know_front("c", 70, 0);
	open_plan();
	add(0, "c", 7);
	add(1, "a", 5);
	add(2, "b", 6);
	dlq_plan_decide(plan);
	expect_int(plan->entries[0].state, LETTER_HELD);
	expect_int(plan->entries[1].state, LETTER_OPEN);
	expect_int(plan->entries[2].state, LETTER_LATER);
	expect_int(dlq_plan_due(plan), 1);
}

TEST(the_oldest_goes_first_but_never_before_its_partitions_earlier_ones)
{
	static const int64_t want[] = {20, 10, 11, 21};
	struct letter letter;

	begin();
	open_plan();
	letter = dead(1, 10, "a", 1);
	letter.at_ms = 500;
	dlq_plan_add(plan, &letter);
	letter = dead(1, 11, "b", 2);
	letter.at_ms = 300; /* its clock was behind */
	dlq_plan_add(plan, &letter);
	letter = dead(0, 20, "c", 3);
	letter.at_ms = 400;
	dlq_plan_add(plan, &letter);
	letter = dead(0, 21, "d", 4);
	letter.at_ms = 600;
	dlq_plan_add(plan, &letter);
	dlq_plan_decide(plan);
	for (size_t i = 0; i < 4; i++)
		expect_int(plan->entries[i].letter.offset, want[i]);
}

TEST(takes_no_more_than_it_may)
{
	begin();
	open_plan();
	for (int64_t i = 0; i < 6; i++)
		expect_int(add(i, "a", i), DLQ_PLAN_TAKEN);
	expect(!plan->cut);
	expect_int(add(6, "a", 6), DLQ_PLAN_FULL);
	expect(plan->cut);
	expect_int(plan->count, 6);
}

TEST(an_empty_plan_is_decided)
{
	begin();
	open_plan();
	dlq_plan_decide(plan);
	expect_int(plan->count, 0);
	expect_int(dlq_plan_due(plan), 0);
}

TESTS("replay dlq plan", TEST_CASE(a_front_goes_with_what_waits_behind_it),
	TEST_CASE(one_whose_key_does_not_wait_goes_too),
	TEST_CASE(what_the_audit_has_is_settled_unless_its_key_still_waits_for_it),
	TEST_CASE(another_message_at_the_same_offset_of_a_new_topic_is_not_settled),
	TEST_CASE(what_the_filter_does_not_take_is_counted_only),
	TEST_CASE(three_redrives_are_enough), TEST_CASE(what_has_nowhere_to_go_is_refused),
	TEST_CASE(what_cannot_go_can_be_discarded), TEST_CASE(the_same_message_goes_once),
	TEST_CASE(one_that_cannot_go_covers_no_other),
	TEST_CASE(a_key_that_waits_for_another_one_holds_it_unless_that_goes_first),
	TEST_CASE(max_takes_the_first_in_order),
	TEST_CASE(the_oldest_goes_first_but_never_before_its_partitions_earlier_ones),
	TEST_CASE(takes_no_more_than_it_may), TEST_CASE(an_empty_plan_is_decided))
