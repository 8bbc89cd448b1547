/*
 * The first unread message of each place: its time, or that there is none.
 */
#pragma once

#include "place.h"

struct heads_config {
	const char *bootstrap;
	const char *const *options; /* NULL-ended; may be NULL */
	int timeout_ms;             /* for all of them */
};

/*
 * Reads, outside any group, one message at where each lagging place would go on, and fills in
 * .first_ms; or .only_markers when the end came first. What could not be read in time, or was
 * deleted meanwhile, stays unknown. Places whose answer is known are not asked for.
 */
int heads_read(const struct heads_config *config, struct place *places, size_t count);
