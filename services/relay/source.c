#include "source.h"

bool source_is_open(const struct source *source)
{
	return source->stream || source->peek;
}

bool source_is_bulk(const struct source *source)
{
	return source->peek != NULL;
}

void source_close(struct source *source)
{
	store_stream_close(source->stream);
	store_peek_close(source->peek);
	*source = (struct source){0};
}

static int open_bulk(struct source *source, const struct store_config *config, const char *slot,
	const char *publication, lsn_t start)
{
	struct store_peek *peek;
	int r = store_peek_open(config, slot, publication, source->chunk_changes_max, &peek);

	if (r < 0)
		return r;
	r = store_peek_advance(peek, start);
	if (r < 0)
		store_peek_close(peek);
	else
		source->peek = peek;
	return r;
}

int source_open(struct source *source, const struct store_config *config, const char *slot,
	const char *publication, lsn_t start, int chunk_changes_max)
{
	*source = (struct source){.chunk_changes_max = chunk_changes_max};
	if (chunk_changes_max > 0)
		return open_bulk(source, config, slot, publication, start);
	return store_stream_open(config, slot, publication, start, &source->stream);
}

int source_next(struct source *source, int timeout_ms, struct store_change *ret_change)
{
	int r;

	if (source->stream)
		return store_stream_next(source->stream, timeout_ms, ret_change);
	r = store_peek_next(source->peek, timeout_ms, ret_change);
	if (r == 0)
		source->chunk_changes++;
	return r;
}

lsn_t source_end(const struct source *source)
{
	return source->stream ? store_stream_end(source->stream) : 0;
}

int source_acknowledge(struct source *source, lsn_t lsn, bool now)
{
	return source->stream ? store_stream_acknowledge(source->stream, lsn, now) : 0;
}

int source_end_chunk(struct source *source, lsn_t lsn, bool *ret_last)
{
	int r = store_peek_advance(source->peek, lsn);

	if (r < 0)
		return r;
	*ret_last = source->chunk_changes < source->chunk_changes_max;
	source->chunk_changes = 0;
	return 0;
}
