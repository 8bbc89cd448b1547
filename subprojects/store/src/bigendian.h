/*
 * Numbers in network order, as PostgreSQL's protocol and binary formats have them.
 */
#pragma once

#include <stdint.h>

static inline void put_be(void *to, uint64_t number, int size)
{
	uint8_t *bytes = to;

	while (size-- > 0) {
		bytes[size] = (uint8_t)number;
		number >>= 8;
	}
}

static inline uint64_t get_be(const void *from, int size)
{
	const uint8_t *bytes = from;
	uint64_t number = 0;

	for (int i = 0; i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

static inline void put_be32(void *to, uint32_t number)
{
	put_be(to, number, 4);
}

static inline void put_be64(void *to, uint64_t number)
{
	put_be(to, number, 8);
}

static inline uint32_t get_be32(const void *from)
{
	return (uint32_t)get_be(from, 4);
}

static inline uint64_t get_be64(const void *from)
{
	return get_be(from, 8);
}
