/*
 * What is known of the groups of this system: which effects each has beyond its own
 * tables, and what keeps an effect from happening twice when messages come again. Pure.
 */
#pragma once

#include <stddef.h>

struct group_effect {
	const char *effect; /* "charges and refunds at the payment provider" */
	const char *kept;   /* "asked for by the payment's own id, …" */
};

struct group_description {
	const char *name;
	const struct group_effect *effects;
	size_t count;
};

/* NULL for a group that is not one of ours. */
const struct group_description *group_find(const char *name);

/*
 * FAULT_USAGE, in words, for groups that are no readers: where a relay is in the
 * write-ahead log, and how far a service has published. To move them is to publish twice.
 */
int group_check(const char *name);
