/*
 * Whether the system is quiet: no order under way, no lag, no open transaction.
 */
#pragma once

#include "collect.h"
#include "topics.h"

/* Adds what is not quiet to @report; sees partitions whose transaction has not moved for long. */
int quiet_look(const struct options *options, struct topics *topics, struct databases *databases,
	struct facts *facts, struct report *report);

/*
 * Looks until all is quiet or the time is over; the last look is what @report says.
 * @until_us is monotonic.
 */
int quiet_wait(const struct options *options, struct topics *topics, struct databases *databases,
	struct facts *facts, struct report *report, int64_t until_us);

/*
 * Rows that were not found in their topic: waits until each relay is past the snapshot. What
 * has not come then, never will; where the relay is not, @report is not quiet.
 */
int quiet_settle(const struct options *options, struct topics *topics, struct databases *databases,
	struct facts *facts, struct report *report);

/* Says so when topics have moved since @facts were read. */
int quiet_moved(struct topics *topics, const struct facts *facts, struct report *report);
