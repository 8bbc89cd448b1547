#include "frames.h"

#include <base/fault.h>

#define SIZE_BYTES 4
#define REQUEST_HEAD 12
#define ANSWER_HEAD 8

static uint32_t read_4(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		(uint32_t)bytes[3];
}

/* The size of a frame whose head of @head bytes must be in it. */
static int find_end(const uint8_t *bytes, size_t size, size_t head, size_t *ret_size)
{
	uint32_t said;

	if (size < SIZE_BYTES)
		return FRAME_PARTIAL;
	said = read_4(bytes);
	if (said < head - SIZE_BYTES || said > FRAME_SIZE_MAX)
		return fault(FAULT_INPUT, "a frame of %u bytes: this is not Kafka in clear", said);
	if (size < said + SIZE_BYTES)
		return FRAME_PARTIAL;
	*ret_size = said + SIZE_BYTES;
	return 0;
}

int frame_request(const void *bytes, size_t size, struct frame *ret_frame)
{
	const uint8_t *at = bytes;
	size_t end;
	int r = find_end(at, size, REQUEST_HEAD, &end);

	if (r != 0)
		return r;
	*ret_frame = (struct frame){
		.size = end,
		.api = at[4] << 8 | at[5],
		.correlation = (int32_t)read_4(at + 8),
	};
	return 0;
}

int frame_answer(const void *bytes, size_t size, struct frame *ret_frame)
{
	const uint8_t *at = bytes;
	size_t end;
	int r = find_end(at, size, ANSWER_HEAD, &end);

	if (r != 0)
		return r;
	*ret_frame = (struct frame){.size = end, .correlation = (int32_t)read_4(at + 4)};
	return 0;
}
