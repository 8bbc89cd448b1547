/*
 * Numbers in network order, as PostgreSQL's protocol and binary formats have them.
 */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void put_be16(void *to, uint16_t number)
{
	number = htobe16(number);
	memcpy(to, &number, sizeof(number));
}

static inline void put_be32(void *to, uint32_t number)
{
	number = htobe32(number);
	memcpy(to, &number, sizeof(number));
}

static inline void put_be64(void *to, uint64_t number)
{
	number = htobe64(number);
	memcpy(to, &number, sizeof(number));
}

static inline uint16_t get_be16(const void *from)
{
	uint16_t number;

	memcpy(&number, from, sizeof(number));
	return be16toh(number);
}

static inline uint32_t get_be32(const void *from)
{
	uint32_t number;

	memcpy(&number, from, sizeof(number));
	return be32toh(number);
}

static inline uint64_t get_be64(const void *from)
{
	uint64_t number;

	memcpy(&number, from, sizeof(number));
	return be64toh(number);
}
