/*
 * What the command line asks for: which partitions, and where in them to go.
 *
 * Pure: no clock, no broker. Texts are the caller's and must outlive the selection.
 */
#pragma once

#include <base/arena.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTION_TOPICS_MAX 64
#define SELECTION_PARTITIONS_MAX 64

enum selector {
	SELECT_EARLIEST = 1,
	SELECT_LATEST,
	SELECT_CURRENT, /* stays; a place that is gone becomes the nearest there is */
	SELECT_OFFSET,
	SELECT_SHIFT,
	SELECT_TIME,
	SELECT_FILE,
	SELECT_GROUP, /* where another group stands */
	SELECT_KEY,   /* where the first message of a key stands: replay order */
};

/* As given on the command line; NULL or "": not given. */
struct selection_words {
	bool to_earliest, to_latest, to_current, all_topics;
	const char *to_offset, *shift_by, *to_datetime, *by_duration, *from_file, *to_group;
	const char *topics; /* "order.events payment.events:0,2" */
};

struct selection_topic {
	const char *name;
	int32_t partitions[SELECTION_PARTITIONS_MAX];
	size_t count; /* 0: all of them */
};

struct selection {
	enum selector selector;
	int64_t number; /* SELECT_OFFSET, SELECT_SHIFT */
	int64_t at_us;  /* SELECT_TIME: since 1970 UTC */
	const char *file, *group;
	struct selection_topic topics[SELECTION_TOPICS_MAX];
	size_t topic_count; /* 0: all that the group has offsets of, or that the file names */
};

/* 0, or FAULT_USAGE in words that name the option and say what is wanted. */
int selection_parse(const struct selection_words *words, int64_t now_us, struct arena *arena,
	struct selection *ret_selection);

/* "topic" or "topic:0,2"; several with blanks between. */
int selection_parse_topics(const char *text, struct arena *arena, struct selection *ret_selection);
/* 2026-01-31T10:00:00[.000][Z|+01:00|+0100|+01]; without a zone it is UTC. */
int selection_parse_time(const char *text, int64_t *ret_at_us);
/* ISO 8601 (PT15M, P1DT2H, PT0.5S) or a number with s, m, h or d. */
int selection_parse_duration(const char *text, int64_t *ret_us);

/* True when the selection takes that partition of that topic. */
bool selection_takes(const struct selection *selection, const char *topic, int32_t partition);

/*
 * Makes one --topic of all that are in @argv (as "--topic T" or "--topic=T"): settings are
 * given once. Returns the new argc.
 */
int selection_join(int argc, char **argv, struct arena *arena);
