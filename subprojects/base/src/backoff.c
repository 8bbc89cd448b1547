#include "random.h"

#include <base/backoff.h>

#include <assert.h>

int64_t backoff_next_ms(struct backoff *backoff)
{
	assert(backoff->first_ms > 0 && backoff->pause_max_ms >= backoff->first_ms);

	int64_t ceiling = backoff->first_ms;
	for (int i = 0; i < backoff->attempts && ceiling < backoff->pause_max_ms; i++)
		ceiling = ceiling > backoff->pause_max_ms / 2 ? backoff->pause_max_ms : ceiling * 2;
	/* Counting stops where nothing would change any more, so it cannot overflow. */
	if (ceiling < backoff->pause_max_ms)
		backoff->attempts++;

	uint64_t draw;
	random_fill(&draw, sizeof(draw));
	int64_t floor = ceiling / 2;
	return floor + (int64_t)(draw % (uint64_t)(ceiling - floor + 1));
}

void backoff_reset(struct backoff *backoff)
{
	backoff->attempts = 0;
}
