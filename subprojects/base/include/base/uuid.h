/*
 * UUIDs (RFC 9562): parsed, printed and made, version 7 only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_SIZE 37 /* 36 characters and a NUL */

struct uuid {
	uint8_t bytes[16];
};

/*
 * A UUIDv7 of @now_us: 48 bits of milliseconds, 12 bits of sub-millisecond
 * fraction (RFC 9562 §6.2 method 3), 62 random bits. Within one process ids
 * rise strictly, also when the clock stands or steps back. Thread-safe.
 */
struct uuid uuid_make(int64_t now_us);

/*
 * A name-based id, version 8 (RFC 9562 §5.8): the same @name under the same
 * @space gives the same id, for answers that must not change on a retry.
 */
struct uuid uuid_derive(const struct uuid *space, const char *name);

/* The smallest possible v7 id of that millisecond: the bound of a range partition. */
struct uuid uuid_floor(int64_t at_us);

/* Microseconds since 1970 kept in a v7 id (millisecond precision). */
int64_t uuid_time_us(const struct uuid *id);

/* The 8-4-4-4-12 form in any case, nothing else. 0 or FAULT_INPUT. @text need not end. */
int uuid_parse(const char *text, size_t size, struct uuid *ret_id);
/* Lower case; returns @text. */
char *uuid_format(const struct uuid *id, char text[static UUID_TEXT_SIZE]);

bool uuid_equal(const struct uuid *a, const struct uuid *b);
int uuid_compare(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *id);
