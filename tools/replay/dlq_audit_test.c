#include "dlq_audit.h"

#include <string.h>
#include <testkit/testkit.h>

static const struct letter letter = {
	.partition = 3,
	.offset = 5,
	.origin = {"payment.requests", 2, 117, 1700000000000},
	.key = "k\xff",
	.key_size = 2,
	.class = "refused",
	.reason = "refused: \"twice\"",
	.redrives = 1,
};

static void write(enum audit_outcome outcome, struct arena *arena, struct buffer *out)
{
	buffer_init(out, 0);
	audit_write(&(struct audit_act){.group = "payment",
			    .outcome = outcome,
			    .by = "ann@desk",
			    .at_us = 1700000001000000,
			    .behind = 4},
		&letter, arena, out);
}

TEST(a_record_says_who_when_what_whence_and_where_to)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);
	BUFFER_CLEAN struct buffer out;

	write(AUDIT_REDRIVEN, arena, &out);
	expect_text(out.data,
		"{\"group\":\"payment\",\"outcome\":\"redriven\","
		"\"at\":\"2023-11-14T22:13:21.000000Z\",\"by\":\"ann@desk\","
		"\"key\":\"k\\\\xff\",\"redrive\":2,\"behind\":4,\"class\":\"refused\","
		"\"reason\":\"refused: \\\"twice\\\"\","
		"\"from\":{\"topic\":\"dlq.payment\",\"partition\":3,\"offset\":5},"
		"\"origin\":{\"topic\":\"payment.requests\",\"partition\":2,\"offset\":117,"
		"\"timestampMs\":1700000000000},"
		"\"to\":{\"topic\":\"payment.requests\",\"partition\":2}}");
}

TEST(what_was_not_put_back_went_nowhere)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);
	BUFFER_CLEAN struct buffer out;

	write(AUDIT_DISCARDED, arena, &out);
	expect(strstr(out.data, "\"redrive\":1,") != NULL);
	expect(strstr(out.data, "\"to\":null}") != NULL);
}

TEST(a_record_is_read_back)
{
	for (int outcome = AUDIT_REDRIVEN; outcome <= AUDIT_REPEAT; outcome++) {
		ARENA_CLEAN struct arena *arena = arena_create(0);
		BUFFER_CLEAN struct buffer out;
		struct audit audit;

		write((enum audit_outcome)outcome, arena, &out);
		expect_ok(audit_read(out.data, out.size, arena, &audit));
		expect_text(audit.group, "payment");
		expect_int(audit.outcome, outcome);
		expect_int(letter_origin_compare(&audit.origin, &letter.origin), 0);
	}
}

TEST(what_is_no_record_is_refused)
{
	static const char *const wrong[] = {"", "{", "[]", "7", "{}",
		"{\"group\":\"g\",\"outcome\":\"redriven\"}",
		"{\"group\":\"g\",\"outcome\":\"lost\",\"origin\":{\"topic\":\"t\","
		"\"partition\":1,\"offset\":1,\"timestampMs\":1}}",
		"{\"group\":7,\"outcome\":\"redriven\",\"origin\":{\"topic\":\"t\","
		"\"partition\":1,\"offset\":1,\"timestampMs\":1}}",
		"{\"group\":\"g\",\"outcome\":\"redriven\",\"origin\":{\"topic\":\"t\","
		"\"partition\":1,\"offset\":\"1\",\"timestampMs\":1}}",
		"{\"group\":\"g\",\"outcome\":\"redriven\",\"origin\":[]}"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ARENA_CLEAN struct arena *arena = arena_create(0);
		struct audit audit;

		if (audit_read(wrong[i], strlen(wrong[i]), arena, &audit) != FAULT_INPUT)
			fail_test("'%s' was taken", wrong[i]);
	}
	expect_fault(audit_read(NULL, 0, NULL, NULL), FAULT_INPUT);
}

TEST(all_records_about_a_message_have_one_key)
{
	ARENA_CLEAN struct arena *arena = arena_create(0);

	expect_text(audit_key("payment", &letter.origin, arena), "payment/payment.requests/2/117");
}

TESTS("replay dlq audit", TEST_CASE(a_record_says_who_when_what_whence_and_where_to),
	TEST_CASE(what_was_not_put_back_went_nowhere), TEST_CASE(a_record_is_read_back),
	TEST_CASE(what_is_no_record_is_refused),
	TEST_CASE(all_records_about_a_message_have_one_key))
