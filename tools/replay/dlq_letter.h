/*
 * One dead letter: what it was, where it came from, how often it was put back.
 *
 * Pure. All it points to lives in the caller's arena.
 */
#pragma once

#include <base/arena.h>
#include <bus/message.h>

/* Counts how often a message was put back; the one header that a redrive adds. */
#define LETTER_REDRIVES "redrives"
#define LETTER_REDRIVES_MAX 3

/* Where a message stood when it could not be handled. Says which message it is, too. */
struct letter_origin {
	const char *topic;
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms;
};

struct letter {
	/* Where it lies in dlq.<group>, and since when. */
	int32_t partition;
	int64_t offset;
	int64_t at_ms;
	struct letter_origin origin;
	const void *key; /* NULL: none */
	size_t key_size;
	const void *value; /* NULL: a tombstone */
	size_t value_size;
	const struct bus_header *headers; /* its own: without dlq.… and LETTER_REDRIVES */
	size_t header_count;
	const char *reason, *class;
	int redrives;
	/* Why it can never be put back (too little said, not all there). NULL: it can. */
	const char *broken;
};

/*
 * Copies @raw, whose headers are @headers. Never fails: what does not look like a
 * dead letter of @group is broken. A count of redrives that is no number is none.
 */
void letter_read(const struct bus_message *raw, const struct bus_header *headers, size_t count,
	const char *group, struct arena *arena, struct letter *ret_letter);

/* Its own headers and behind them one more redrive than it has had. */
const struct bus_header *letter_headers(
	const struct letter *letter, struct arena *arena, size_t *ret_count);

/* The header of that name, the last one; NULL when there is none. */
const struct bus_header *letter_header(
	const struct bus_header *headers, size_t count, const char *name);

int letter_origin_compare(const struct letter_origin *a, const struct letter_origin *b);
/* The same event under the same key, byte for byte, by the header "id"; without one never. */
bool letter_is_same(const struct letter *a, const struct letter *b);
/* Whether its decision was made, so that the inbox knows it by its id. */
bool letter_was_decided(const struct letter *letter);
/* The key for people: printable, "\xff" for what is not, "-" for none. */
const char *letter_key_text(const void *key, size_t key_size, struct arena *arena);
