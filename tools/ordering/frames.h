/*
 * Kafka's frames on a wire (KIP-482 and before): where one ends, and what it is. Pure.
 *
 * A request begins with size (4 bytes), API key (2), version (2), correlation id (4); an
 * answer with size (4) and correlation id (4). Big-endian.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FRAME_API_PRODUCE 0
#define FRAME_SIZE_MAX (16 << 20)

enum { FRAME_PARTIAL = 1 };

struct frame {
	size_t size; /* with the four bytes of its own size */
	int api;     /* requests only */
	int32_t correlation;
};

/*
 * The first frame in @bytes: 0; FRAME_PARTIAL while it is not all there; FAULT_INPUT for
 * what is no frame, as on an encrypted connection.
 */
int frame_request(const void *bytes, size_t size, struct frame *ret_frame);
int frame_answer(const void *bytes, size_t size, struct frame *ret_frame);
