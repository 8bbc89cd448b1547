#include "hex.h"

#include <base/sha256.h>

#include <string.h>

/* FIPS 180-4 §4.2.2: the fractional parts of the cube roots of the first 64 primes. */
/* clang-format off */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
/* clang-format on */

static uint32_t rotate(uint32_t word, unsigned count)
{
	return (word >> count) | (word << (32 - count));
}

static uint32_t load_big_endian(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		(uint32_t)bytes[3];
}

/* §6.2.2, with the standard's own letters. */
static void sha256_block(struct sha256 *sha256, const uint8_t *block)
{
	uint32_t w[64];
	for (int t = 0; t < 16; t++)
		w[t] = load_big_endian(block + t * 4);
	for (int t = 16; t < 64; t++) {
		uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >> 3);
		uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >> 10);
		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}

	uint32_t v[8];
	memcpy(v, sha256->state, sizeof(v));
	for (int t = 0; t < 64; t++) {
		uint32_t a = v[0], e = v[4];
		uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		uint32_t choice = (e & v[5]) ^ (~e & v[6]);
		uint32_t t1 = v[7] + sum1 + choice + constants[t] + w[t];
		uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		uint32_t majority = (a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]);
		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + sum0 + majority;
	}
	for (int i = 0; i < 8; i++)
		sha256->state[i] += v[i];
}

void sha256_init(struct sha256 *sha256)
{
	*sha256 = (struct sha256){
		.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
			0x1f83d9ab, 0x5be0cd19},
	};
}

void sha256_add(struct sha256 *sha256, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	while (size > 0) {
		size_t filled = sha256->size % sizeof(sha256->block);
		size_t take = sizeof(sha256->block) - filled;
		if (take > size)
			take = size;
		memcpy(sha256->block + filled, from, take);
		sha256->size += take;
		from += take;
		size -= take;
		if (filled + take == sizeof(sha256->block))
			sha256_block(sha256, sha256->block);
	}
}

void sha256_finish(struct sha256 *sha256, uint8_t digest[static SHA256_SIZE])
{
	static const uint8_t padding[64] = {0x80};
	uint64_t bits = sha256->size * 8;
	uint8_t length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	/* One bit, zeros up to 56 of 64 bytes, then the length in bits. */
	size_t filled = sha256->size % 64;
	sha256_add(sha256, padding, filled < 56 ? 56 - filled : 120 - filled);
	sha256_add(sha256, length, sizeof(length));
	for (int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (uint8_t)(sha256->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_of(const void *bytes, size_t size, uint8_t digest[static SHA256_SIZE])
{
	struct sha256 sha256;
	sha256_init(&sha256);
	sha256_add(&sha256, bytes, size);
	sha256_finish(&sha256, digest);
}

char *sha256_format(const uint8_t digest[static SHA256_SIZE], char text[static SHA256_TEXT_SIZE])
{
	*hex_format(digest, SHA256_SIZE, text) = '\0';
	return text;
}
