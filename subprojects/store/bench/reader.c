/*
 * Reads what a slot holds up to an LSN, by stream or in bulk, and prints how
 * fast and at what cost. Acknowledges nothing but what it has read.
 *
 *   reader stream|peek URL SLOT PUBLICATION END_LSN [CHANGES_PER_CHUNK]
 */
#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/peek.h>
#include <string.h>
#include <sys/resource.h>

#define ACKNOWLEDGE_EVERY 2000 /* transactions, as a relay might batch them */
#define WAIT_MS 100

struct tally {
	int64_t rows, transactions, changes, bytes;
	lsn_t end; /* of the last commit */
};

static lsn_t number_at(const uint8_t *bytes)
{
	lsn_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void count(struct tally *tally, const struct store_change *change)
{
	tally->changes++;
	tally->bytes += (int64_t)change->size;
	if (change->bytes[0] == 'I')
		tally->rows++;
	if (change->bytes[0] == 'C') {
		tally->transactions++;
		tally->end = number_at(change->bytes + 10);
	}
}

static int read_stream(
	const struct store_config *config, char **names, lsn_t end, struct tally *tally)
{
	struct store_stream *stream;
	struct store_change change;
	int r = store_stream_open(config, names[0], names[1], 0, &stream);

	if (r)
		return r;
	while (tally->end < end) {
		r = store_stream_next(stream, WAIT_MS, &change);
		if (r == STREAM_IDLE && store_stream_end(stream) >= end)
			break;
		if (r == STREAM_IDLE)
			continue;
		if (r)
			return r;
		count(tally, &change);
		if (change.bytes[0] == 'C' && tally->transactions % ACKNOWLEDGE_EVERY == 0)
			store_stream_acknowledge(stream, tally->end, true);
	}
	store_stream_close(stream);
	return 0;
}

static int read_peek(
	const struct store_config *config, char **names, int changes_max, struct tally *tally)
{
	struct store_peek *peek;
	struct store_change change;
	int64_t before = -1;
	int r = store_peek_open(config, names[0], names[1], changes_max, &peek);

	while (!r && tally->changes != before) {
		before = tally->changes;
		while ((r = store_peek_next(peek, WAIT_MS, &change)) == 0 || r == STREAM_IDLE)
			if (r == 0)
				count(tally, &change);
		if (r == PEEK_END)
			r = store_peek_advance(peek, tally->end);
	}
	if (!r)
		store_peek_close(peek);
	return r;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void print(const struct tally *tally, double elapsed_s)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("%" PRId64 " rows in %" PRId64 " transactions, %.2f s: %.0f rows/s, %.1f MB/s; "
	       "client CPU %.2f s user %.2f s system, %ld waits\n",
		tally->rows, tally->transactions, elapsed_s, (double)tally->rows / elapsed_s,
		(double)tally->bytes / elapsed_s / 1e6, seconds_of(usage.ru_utime),
		seconds_of(usage.ru_stime), usage.ru_nvcsw);
}

int main(int argc, char **argv)
{
	struct store_config config = {.application = "store bench",
		.connect_timeout_ms = 5000,
		.statement_timeout_ms = 5000};
	struct tally tally = {0};
	int64_t start_us = clock_monotonic_us();
	lsn_t end;
	int r;

	if (argc < 6 || lsn_parse(argv[5], &end)) {
		fprintf(stderr, "usage: reader stream|peek URL SLOT PUBLICATION END_LSN [CHUNK]\n");
		return 2;
	}
	config.url = argv[2];
	if (strcmp(argv[1], "stream") == 0)
		r = read_stream(&config, argv + 3, end, &tally);
	else
		r = read_peek(&config, argv + 3, argc > 6 ? (int)strtol(argv[6], NULL, 10) : 150000,
			&tally);
	if (r) {
		fprintf(stderr, "reader: %s: %s\n", fault_name(r), fault_text());
		return 1;
	}
	print(&tally, (double)(clock_monotonic_us() - start_us) / 1e6);
	return 0;
}
