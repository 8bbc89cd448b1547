#include "strangers.h"

#include <stdlib.h>

/* Few enough to look through, enough that none is pushed out before its answer comes. */
#define WAYS 8
#define SETS (TALLY_STRANGERS_MAX / WAYS)

struct strangers {
	struct stranger sets[SETS][WAYS];
};

struct strangers *strangers_create(void)
{
	return calloc(1, sizeof(struct strangers));
}

void strangers_destroy(struct strangers *strangers)
{
	free(strangers);
}

void strangers_keep(struct strangers *strangers, const struct stranger *stranger)
{
	struct stranger *set = strangers->sets[strangers_hash(&stranger->order_id) % SETS];
	struct stranger *oldest = &set[0];

	for (size_t i = 0; i < WAYS && oldest->end != TALLY_OPEN; i++) {
		if (set[i].end == TALLY_OPEN || set[i].seen_us < oldest->seen_us)
			oldest = &set[i];
	}
	*oldest = *stranger;
}

bool strangers_take(
	struct strangers *strangers, const struct uuid *order_id, struct stranger *ret_stranger)
{
	struct stranger *set = strangers->sets[strangers_hash(order_id) % SETS];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].end == TALLY_OPEN || !uuid_equal(&set[i].order_id, order_id))
			continue;
		*ret_stranger = set[i];
		set[i].end = TALLY_OPEN;
		return true;
	}
	return false;
}
