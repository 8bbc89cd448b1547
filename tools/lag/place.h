/*
 * One group in one partition: what is known of it and what follows.
 *
 * Data. Texts live in the arena of the look that found it. Pure: no clock, no broker.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets, lags and times that are not known. */
#define PLACE_UNKNOWN INT64_C(-1)

enum place_owner {
	PLACE_UNOWNED = 1, /* the group is there and nobody of it has this partition */
	PLACE_OWNED,
	PLACE_UNCLEAR, /* being given out, or of the new protocol, whose members we cannot see */
};

/* Burrow's, and STATUS_NONE where what was seen allows none. */
enum status { STATUS_NONE, STATUS_OK, STATUS_WARN, STATUS_STALL, STATUS_STOP, STATUS_REWIND };

/* What the looks in the window came to; all in thousandths a second. */
struct place_rates {
	bool known;
	int64_t in_milli;    /* messages (offsets) that came */
	int64_t out_milli;   /* offsets committed; below 0 after a rewind */
	int64_t trend_milli; /* of the lag */
	int64_t catch_up_ms; /* until the lag is 0 at these rates; PLACE_UNKNOWN: never */
};

struct place {
	const char *group;
	const char *topic;
	int32_t partition;

	/* Seen. */
	int64_t committed; /* PLACE_UNKNOWN: no commit yet */
	int64_t start;     /* PLACE_UNKNOWN, and the end too: the partition is not there */
	int64_t end;       /* the last stable offset */
	int64_t first_ms;  /* the first unread message's own time (Unix); PLACE_UNKNOWN: not read */
	bool only_markers; /* between committed and end nothing is for a reader */
	enum place_owner owner;
	const char *member; /* or NULL */
	const char *host;   /* or NULL */

	/* Measured, by place_measure(). */
	int64_t lag;    /* never below 0, or PLACE_UNKNOWN */
	int64_t lag_ms; /* how long the first unread message has waited, or PLACE_UNKNOWN */
	int64_t lost;   /* deleted before the group came to them */

	/* Judged, by history_take(). */
	enum status status;
	struct place_rates rates;
};

bool place_is_gone(const struct place *place);
/* What was committed is behind the end: another log, or no offset of this one at all. */
bool place_is_beyond(const struct place *place);

/* From where the group would read on: what it committed, or the log's start where that is gone. */
int64_t place_next(const struct place *place);

/*
 * Lag = end - max(committed, start), never below 0. Markers of transactions take offsets:
 * where nothing else is left the group is drained, and the lag 0.
 */
void place_measure(struct place *place, int64_t now_ms);

/* By group, topic, partition: for qsort(3). */
int place_compare(const void *left, const void *right);

/* "OK", …; "-" for STATUS_NONE. */
const char *status_name(enum status status);
