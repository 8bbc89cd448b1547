#include "hex.h"
#include "random.h"

#include <base/fault.h>
#include <base/sha256.h>
#include <base/uuid.h>

#include <stdatomic.h>
#include <string.h>

/* Where the dashes of the text form stand, and the bytes of each group. */
static const struct {
	uint8_t at;
	uint8_t size;
} groups[] = {{0, 4}, {9, 2}, {14, 2}, {19, 2}, {24, 6}};
#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

/* The latest time given out, in 1/4096 ms since 1970. */
static _Atomic uint64_t latest_ticks;

/* @now_us in ticks, or one tick after the latest where the clock has not moved on. */
static uint64_t next_ticks(int64_t now_us)
{
	uint64_t now = now_us < 0 ? 0 : (uint64_t)now_us;
	uint64_t wanted = (now / 1000) << 12 | (now % 1000) * 4096 / 1000;
	uint64_t latest = atomic_load(&latest_ticks);
	uint64_t next;
	do
		next = wanted > latest ? wanted : latest + 1;
	while (!atomic_compare_exchange_weak(&latest_ticks, &latest, next));
	return next;
}

static void set_version(struct uuid *id, unsigned version)
{
	id->bytes[6] = (uint8_t)(version << 4 | (id->bytes[6] & 0x0f));
	id->bytes[8] = (uint8_t)(0x80 | (id->bytes[8] & 0x3f));
}

static void set_milliseconds(struct uuid *id, uint64_t ms)
{
	for (int i = 0; i < 6; i++)
		id->bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
}

struct uuid uuid_make(int64_t now_us)
{
	struct uuid id;
	uint64_t ticks = next_ticks(now_us);

	set_milliseconds(&id, ticks >> 12);
	id.bytes[6] = (uint8_t)(ticks >> 8 & 0x0f);
	id.bytes[7] = (uint8_t)ticks;
	random_fill(id.bytes + 8, 8);
	set_version(&id, 7);
	return id;
}

struct uuid uuid_derive(const struct uuid *space, const char *name)
{
	struct uuid id;
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha256;

	sha256_init(&sha256);
	sha256_add(&sha256, space->bytes, sizeof(space->bytes));
	sha256_add(&sha256, name, strlen(name));
	sha256_finish(&sha256, digest);
	memcpy(id.bytes, digest, sizeof(id.bytes));
	set_version(&id, 8);
	return id;
}

struct uuid uuid_floor(int64_t at_us)
{
	struct uuid id = {0};
	set_milliseconds(&id, at_us < 0 ? 0 : (uint64_t)at_us / 1000);
	set_version(&id, 7);
	return id;
}

int64_t uuid_time_us(const struct uuid *id)
{
	uint64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->bytes[i];
	return (int64_t)ms * 1000;
}

int uuid_parse(const char *text, size_t size, struct uuid *ret_id)
{
	struct uuid id;
	size_t filled = 0;

	if (size != UUID_TEXT_SIZE - 1)
		return fault(FAULT_INPUT, "a UUID has 36 characters, this has %zu", size);
	for (size_t i = 0; i < GROUP_COUNT; i++) {
		if ((i > 0 && text[groups[i].at - 1] != '-') ||
			!hex_parse(text + groups[i].at, id.bytes + filled, groups[i].size, true))
			return fault(FAULT_INPUT, "not a UUID");
		filled += groups[i].size;
	}
	*ret_id = id;
	return 0;
}

char *uuid_format(const struct uuid *id, char text[static UUID_TEXT_SIZE])
{
	const uint8_t *from = id->bytes;
	char *at = text;

	for (size_t i = 0; i < GROUP_COUNT; i++) {
		if (i > 0)
			*at++ = '-';
		at = hex_format(from, groups[i].size, at);
		from += groups[i].size;
	}
	*at = '\0';
	return text;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return uuid_compare(a, b) == 0;
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool uuid_is_nil(const struct uuid *id)
{
	static const struct uuid nil;
	return uuid_equal(id, &nil);
}
