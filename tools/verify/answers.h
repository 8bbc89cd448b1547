/*
 * S2 and S12 asked over HTTP: the same request again, the same order by way of the cache.
 */
#pragma once

#include "collect.h"

/*
 * Sends the newest @options.samples requests again, by key: each has an order already, so
 * nothing is made. Those whose body cannot be made again, byte for byte, are left out.
 */
int answers_repeat(
	const struct options *options, struct databases *databases, struct report *report);

/* Reads the newest orders from the gateway, twice, and from the order service. */
int answers_compare(
	const struct options *options, struct databases *databases, struct report *report);
