#include <base/outbox.h>
#include <testkit/testkit.h>

#include <stdio.h>
#include <string.h>

#define NOW_US INT64_C(1769853600000000)

static struct arena *arena;
static struct outbox outbox;
static struct uuid key;

static void begin(void)
{
	arena = arena_create(0);
	outbox_init(&outbox, arena, NOW_US);
	key = uuid_make(NOW_US);
}

static struct emission *add(const char *type)
{
	return outbox_add(&outbox, "order.events", type, &key, "payload", 7);
}

TEST(fills_an_emission_from_the_message_being_decided)
{
	int64_t sequence = 4;

	begin();
	outbox.trace = trace_make();
	outbox.cause = 3;
	outbox.sequence = &sequence;
	struct emission *emission = add("OrderCreated");

	expect_text(emission->topic, "order.events");
	expect_text(emission->type, "OrderCreated");
	expect_uuid(&emission->key, &key);
	expect_bytes(emission->payload, emission->payload_size, "payload", 7);
	expect_bytes(&emission->trace, sizeof(struct trace), &outbox.trace, sizeof(struct trace));
	expect_int(emission->sequence, 5);
	expect_int(sequence, 5);
	expect_int(emission->occurred_at_us, NOW_US);
	expect_int(emission->cause, 3);
	expect_int(uuid_time_us(&emission->id), NOW_US);
	arena_destroy(arena);
}

TEST(counts_nothing_where_the_aggregate_does_not)
{
	begin();
	expect_int(add("ProductChanged")->sequence, 0);
	expect_int(add("ProductChanged")->sequence, 0);
	arena_destroy(arena);
}

TEST(keeps_order_and_content_while_it_grows)
{
	char type[OUTBOX_EMISSIONS_MAX][8];

	begin();
	for (int i = 0; i < OUTBOX_EMISSIONS_MAX; i++) {
		snprintf(type[i], sizeof(type[i]), "T%d", i);
		add(type[i]);
	}
	expect_int(outbox.count, OUTBOX_EMISSIONS_MAX);
	for (int i = 0; i < OUTBOX_EMISSIONS_MAX; i++) {
		expect_text(outbox.emissions[i].type, type[i]);
		expect(i == 0 ||
			uuid_compare(&outbox.emissions[i - 1].id, &outbox.emissions[i].id) < 0);
	}
	arena_destroy(arena);
}

TEST(a_rewind_drops_what_was_emitted_since_the_mark)
{
	begin();
	add("OrderCreated");
	size_t mark = outbox_mark(&outbox);
	add("OrderCompleted");
	add("OrderCancelled");
	outbox_rewind(&outbox, mark);
	expect_int(outbox.count, 1);
	add("RefundPayment");
	expect_text(outbox.emissions[0].type, "OrderCreated");
	expect_text(outbox.emissions[1].type, "RefundPayment");
	arena_destroy(arena);
}

TEST(reasons_are_kept_and_answer_the_outcome)
{
	begin();
	expect_int(ignored(&outbox, "already %s", "refunding"), IGNORED);
	expect_text(outbox.reason, "already refunding");
	expect_int(not_yet(&outbox, "no %s", "order"), NOT_YET);
	expect_text(outbox.reason, "no order");
	expect_int(poison(&outbox, "%d items", -1), POISON);
	expect_text(outbox.reason, "-1 items");
	poison(&outbox, "%4000d", 1);
	expect_int(strlen(outbox.reason), 255);
	arena_destroy(arena);
}

TEST(names_the_outcomes)
{
	expect_text(outcome_name(APPLIED), "applied");
	expect_text(outcome_name(IGNORED), "ignored");
	expect_text(outcome_name(POISON), "poison");
	expect_text(outcome_name(NOT_YET), "not_yet");
}

TESTS("outbox", TEST_CASE(fills_an_emission_from_the_message_being_decided),
	TEST_CASE(counts_nothing_where_the_aggregate_does_not),
	TEST_CASE(keeps_order_and_content_while_it_grows),
	TEST_CASE(a_rewind_drops_what_was_emitted_since_the_mark),
	TEST_CASE(reasons_are_kept_and_answer_the_outcome), TEST_CASE(names_the_outcomes))
