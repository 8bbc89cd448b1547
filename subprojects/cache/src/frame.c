#include "frame.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define VERSION 1
#define SEED UINT64_C(0xcbf29ce484222325)
#define PRIME UINT64_C(0x100000001b3)

/* FNV-1a by words of eight bytes, with the high half folded in: a byte each would be slow. */
static uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * PRIME;
	return sum ^ sum >> 32;
}

/* The length goes in, so that what follows cannot pass for more of the same. */
static uint64_t add(uint64_t sum, const char *bytes, size_t size)
{
	uint64_t word;

	sum = mix(sum, size);
	for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = mix(sum, le64toh(word));
	}
	for (; size > 0; bytes++, size--)
		sum = mix(sum, (unsigned char)*bytes);
	return sum;
}

static uint64_t checksum(
	const char *key, const char stamp[static FRAME_STAMP_SIZE], const char *bytes, size_t size)
{
	uint64_t sum = add(SEED, key, strlen(key));

	sum = add(sum, stamp, FRAME_STAMP_SIZE);
	return add(sum, bytes, size);
}

static void header_write(char header[static FRAME_HEADER_SIZE], size_t size, uint64_t sum,
	const char stamp[static FRAME_STAMP_SIZE])
{
	const char magic[] = {'O', 'L', 'C', VERSION};
	uint32_t length = htobe32((uint32_t)size);

	sum = htobe64(sum);
	memcpy(header, magic, sizeof(magic));
	memcpy(header + 4, &length, sizeof(length));
	memcpy(header + 8, &sum, sizeof(sum));
	memcpy(header + 16, stamp, FRAME_STAMP_SIZE);
}

void frame_write(
	struct buffer *out, const char *key, const char *stamp, const void *bytes, size_t size)
{
	char header[FRAME_HEADER_SIZE], padded[FRAME_STAMP_SIZE] = {0};
	size_t stamp_size = strlen(stamp);

	assert(stamp_size == 0 || stamp_size == FRAME_STAMP_SIZE);
	assert(size <= UINT32_MAX);
	memcpy(padded, stamp, stamp_size);
	header_write(header, size, checksum(key, padded, bytes, size), padded);
	buffer_add(out, header, sizeof(header));
	buffer_add(out, bytes, size);
}

int frame_read(const char *key, const char *data, size_t size, struct frame *ret_frame)
{
	const char *stamp = data + 16, *bytes = data + FRAME_HEADER_SIZE;
	char wanted[FRAME_HEADER_SIZE];

	if (size < FRAME_HEADER_SIZE)
		return FRAME_RUBBISH;
	size -= FRAME_HEADER_SIZE;
	header_write(wanted, size, checksum(key, stamp, bytes, size), stamp);
	if (memcmp(wanted, data, sizeof(wanted)) != 0)
		return FRAME_RUBBISH;
	*ret_frame = (struct frame){.bytes = bytes, .size = size};
	memcpy(ret_frame->stamp, stamp, FRAME_STAMP_SIZE);
	return 0;
}
