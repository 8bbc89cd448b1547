/*
 * Reads what a slot holds up to an LSN, and prints how fast and at what
 * cost. Acknowledges nothing but what it has read.
 *
 *   reader URL SLOT PUBLICATION END_LSN
 */
#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <store/stream.h>
#include <sys/resource.h>

#define ACKNOWLEDGE_EVERY 2000 /* transactions, as a relay might batch them */
#define WAIT_MS 100

struct tally {
	int64_t rows, transactions, bytes;
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

	if (argc != 5 || lsn_parse(argv[4], &end)) {
		fprintf(stderr, "usage: reader URL SLOT PUBLICATION END_LSN\n");
		return 2;
	}
	config.url = argv[1];
	r = read_stream(&config, argv + 2, end, &tally);
	if (r) {
		fprintf(stderr, "reader: %s: %s\n", fault_name(r), fault_text());
		return 1;
	}
	print(&tally, (double)(clock_monotonic_us() - start_us) / 1e6);
	return 0;
}
