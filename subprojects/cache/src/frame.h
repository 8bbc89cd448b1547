/*
 * How a value lies in Redis: a header that says whose it is, then the bytes.
 *
 *   "OLC", the format's version (1 byte), length of the bytes (4, big-endian),
 *   checksum of key, stamp and bytes (8, big-endian), the group's stamp (36)
 *
 * The checksum tells rubbish, cut values and values under another key from ours; it
 * is no protection against somebody who forges one. Pure.
 */
#pragma once

#include <base/buffer.h>
#include <base/uuid.h>

#define FRAME_STAMP_SIZE (UUID_TEXT_SIZE - 1)
#define FRAME_HEADER_SIZE (16 + FRAME_STAMP_SIZE)

enum { FRAME_RUBBISH = 1 };

struct frame {
	char stamp[UUID_TEXT_SIZE]; /* "" when the value belongs to no group */
	const char *bytes;          /* inside what was read */
	size_t size;
};

/* Appends to @out. @stamp "" or FRAME_STAMP_SIZE characters; @size below 4 GiB. */
void frame_write(
	struct buffer *out, const char *key, const char *stamp, const void *bytes, size_t size);

/* 0, or FRAME_RUBBISH: whatever this is, it was not written under @key by frame_write(). */
int frame_read(const char *key, const char *data, size_t size, struct frame *ret_frame);
