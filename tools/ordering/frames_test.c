#include "frames.h"

#include <testkit/testkit.h>

static struct frame frame;

/* A Produce request, version 7, correlation 0x01020304, two more bytes; then another's begin. */
static const uint8_t produce[] = {0, 0, 0, 10, 0, 0, 0, 7, 1, 2, 3, 4, 'x', 'y', 0, 0, 0};
static const uint8_t metadata[] = {0, 0, 0, 8, 0, 3, 0, 9, 0, 0, 0, 5};
static const uint8_t answer[] = {0, 0, 0, 6, 0, 0, 1, 0, 'x', 'y', 0};

TEST(a_request_is_told_by_its_key)
{
	expect_int(frame_request(produce, sizeof(produce), &frame), 0);
	expect_int(frame.size, 14);
	expect_int(frame.api, FRAME_API_PRODUCE);
	expect_int(frame.correlation, 0x01020304);
	expect_int(frame_request(metadata, sizeof(metadata), &frame), 0);
	expect_int(frame.size, 12);
	expect_int(frame.api, 3);
	expect_int(frame.correlation, 5);
}

TEST(an_answer_has_no_key)
{
	expect_int(frame_answer(answer, sizeof(answer), &frame), 0);
	expect_int(frame.size, 10);
	expect_int(frame.correlation, 256);
}

TEST(what_is_not_all_there_waits)
{
	for (size_t size = 0; size < 14; size++)
		expect_int(frame_request(produce, size, &frame), FRAME_PARTIAL);
	for (size_t size = 0; size < 10; size++)
		expect_int(frame_answer(answer, size, &frame), FRAME_PARTIAL);
}

TEST(what_is_no_frame_is_refused)
{
	static const uint8_t tls[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};
	static const uint8_t empty[] = {0, 0, 0, 0}, short_request[] = {0, 0, 0, 7},
			     short_answer[] = {0, 0, 0, 3}, negative[] = {0xff, 0xff, 0xff, 0xff};

	expect_fault(frame_request(tls, sizeof(tls), &frame), FAULT_INPUT);
	expect_fault(frame_answer(tls, sizeof(tls), &frame), FAULT_INPUT);
	expect_fault(frame_request(empty, sizeof(empty), &frame), FAULT_INPUT);
	expect_fault(frame_request(short_request, sizeof(short_request), &frame), FAULT_INPUT);
	expect_fault(frame_answer(short_answer, sizeof(short_answer), &frame), FAULT_INPUT);
	expect_fault(frame_answer(negative, sizeof(negative), &frame), FAULT_INPUT);
}

TESTS("frames", TEST_CASE(a_request_is_told_by_its_key), TEST_CASE(an_answer_has_no_key),
	TEST_CASE(what_is_not_all_there_waits), TEST_CASE(what_is_no_frame_is_refused))
