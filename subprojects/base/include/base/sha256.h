/*
 * SHA-256 (FIPS 180-4): what tells two texts apart for good, such as a
 * migration that was changed after it ran. Not for passwords.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_TEXT_SIZE 65 /* 64 hex digits and a NUL */

struct sha256 {
	uint32_t state[8];
	uint64_t size;
	uint8_t block[64];
};

void sha256_init(struct sha256 *sha256);
void sha256_add(struct sha256 *sha256, const void *bytes, size_t size);
void sha256_finish(struct sha256 *sha256, uint8_t digest[static SHA256_SIZE]);

/* All three at once. */
void sha256_of(const void *bytes, size_t size, uint8_t digest[static SHA256_SIZE]);
/* Lower-case hex; returns @text. */
char *sha256_format(const uint8_t digest[static SHA256_SIZE], char text[static SHA256_TEXT_SIZE]);
