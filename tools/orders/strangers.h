/*
 * Terminal events of orders that no answer has named yet: kept, bounded, until it comes.
 */
#pragma once

#include "tally.h"

#include <endian.h>
#include <string.h>

/* An event of an order; open where the place is free. */
struct stranger {
	struct uuid order_id;
	int64_t seen_us, ended_wall_us;
	enum tally_end end;
};

struct strangers;

/* NULL without memory. */
struct strangers *strangers_create(void);
void strangers_destroy(struct strangers *strangers);

/* The oldest near it is pushed out where there is no place. */
void strangers_keep(struct strangers *strangers, const struct stranger *stranger);
/* Takes out one event of the order. False when there is none. */
bool strangers_take(
	struct strangers *strangers, const struct uuid *order_id, struct stranger *ret_stranger);

/* The last seven bytes of a version 7 id are random: as good as a hash. */
static inline size_t strangers_hash(const struct uuid *order_id)
{
	uint64_t hash;

	memcpy(&hash, order_id->bytes + 8, sizeof(hash));
	return be64toh(hash) << 8 >> 8;
}
