#include <assert.h>
#include <bus/message.h>
#include <string.h>

/*
 * MurmurHash2 as Kafka's Utils.murmur2 has it: little-endian words, seed
 * 0x9747b28c, signed bytes only ever shifted, so unsigned arithmetic agrees.
 */
static uint32_t murmur2(const uint8_t *bytes, size_t size)
{
	const uint32_t m = 0x5bd1e995;
	uint32_t hash = 0x9747b28c ^ (uint32_t)size;

	for (; size >= 4; bytes += 4, size -= 4) {
		uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
			(uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;

		word *= m;
		word ^= word >> 24;
		word *= m;
		hash *= m;
		hash ^= word;
	}
	if (size > 0) {
		for (size_t i = size; i-- > 0;)
			hash ^= (uint32_t)bytes[i] << (8 * i);
		hash *= m;
	}
	hash ^= hash >> 13;
	hash *= m;
	hash ^= hash >> 15;
	return hash;
}

int32_t bus_partition_of(const void *key, size_t key_size, int32_t partitions)
{
	assert(partitions > 0);
	/* Java's toPositive() clears the sign bit instead of negating. */
	return (int32_t)((murmur2(key, key_size) & 0x7fffffff) % (uint32_t)partitions);
}
