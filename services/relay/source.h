/*
 * Where changes come from: the slot's stream, or, while the backlog is large,
 * the same changes in chunks (store/peek.h). Both hold the slot, so there is one
 * of them at a time, and the order of changes is the same.
 */
#pragma once

#include <stdbool.h>
#include <store/peek.h>
#include <store/stream.h>

struct source {
	struct store_stream *stream;
	struct store_peek *peek;
	int chunk_changes_max;
	int chunk_changes; /* of the chunk in hand, so far */
};

bool source_is_open(const struct source *source);
/* True while changes come in chunks. */
bool source_is_bulk(const struct source *source);
void source_close(struct source *source);

/*
 * Opens the stream at @start. Or, with @chunk_changes_max above 0, chunks: the
 * slot itself is moved to @start first, for chunks begin where it stands.
 */
int source_open(struct source *source, const struct store_config *config, const char *slot,
	const char *publication, lsn_t start, int chunk_changes_max);

/* 0 with a change; STREAM_IDLE; PEEK_END behind a chunk; or a fault. */
int source_next(struct source *source, int timeout_ms, struct store_change *ret_change);

/* The end of the server's WAL as the stream told it; 0 in bulk. */
lsn_t source_end(const struct source *source);

/* All up to @lsn is in Kafka. In bulk the slot hears of it only behind a chunk. */
int source_acknowledge(struct source *source, lsn_t lsn, bool now);

/* Behind a chunk: moves the slot to @lsn. *ret_last: the backlog is through. */
int source_end_chunk(struct source *source, lsn_t lsn, bool *ret_last);
