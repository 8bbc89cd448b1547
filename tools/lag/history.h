/*
 * What was seen of each place over a window of time, and what that makes of it.
 *
 * A status is Burrow's, with two differences. It is judged against the end of now, so a
 * group that has read everything is OK however long it has been idle. And as commits
 * themselves cannot be seen from outside, only where they led, a group that does not move
 * is STOP when nobody has the partition, and STALL when somebody has it and does not move
 * for a whole window.
 */
#pragma once

#include "place.h"

#define HISTORY_SAMPLES_MAX 128
#define HISTORY_PLACES_MAX 65536

struct sample {
	int64_t at_us; /* monotonic */
	int64_t committed;
	int64_t lag;
	int64_t end;
	int64_t first_ms;
	bool only_markers;
};

/*
 * Pure. @samples of one place, oldest first, at least one; the last is of now. In this order:
 *
 *   NONE    no commit yet, or the partition is not there
 *   OK      lag is 0
 *   REWIND  what was committed went back and has not come to where it was
 *   STOP    nobody has the partition, and it has not moved since the look before
 *   OK      lag was 0 at any time in the window
 *   STALL   somebody has it, and it has not moved in a whole window
 *   OK      lag has become less from one look to the next
 *   WARN    it moves, but lag has not become less in a whole window
 *   NONE    it was not looked at for long enough to tell
 */
enum status status_judge(
	const struct sample *samples, size_t count, enum place_owner owner, int64_t window_us);

/* Pure. Unknown where the samples span no time. */
struct place_rates rates_of(const struct sample *samples, size_t count);

struct history;

/* NULL when there is no memory. Samples that are older than @window_us are forgotten. */
struct history *history_create(int64_t window_us);
void history_destroy(struct history *history);

/*
 * Fills in .first_ms and .only_markers where the place stands as at the look before, so that
 * its first message need not be read again.
 */
void history_recall(const struct history *history, struct place *place);

/* Adds a measured place's sample, then fills in .status and .rates. 0, or FAULT_LIMIT. */
int history_take(struct history *history, struct place *place, int64_t now_us);
