#include "quiet.h"

#include <base/clock.h>
#include <base/fault.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/scan.h>
#include <string.h>
#include <unistd.h>

#define LOOK_EVERY_MS 100
/* An idle relay renews its position every 10 s. */
#define RELAY_PATIENCE_US (15 * US_PER_S)

struct open_orders {
	int64_t count;
	struct uuid first;
};

static int take_open(void *context, const struct store_result *row)
{
	struct open_orders *open = context;

	open->count++;
	if (open->count == 1)
		open->first = store_get_uuid(row, 0, 0);
	return 0;
}

static int look_at_orders(struct databases *databases, struct report *report)
{
	struct store *store = databases_store(databases, SERVICE_ORDER);
	struct open_orders open = {0};
	char id[UUID_TEXT_SIZE];
	int r = store_ready(store);

	if (r == 0)
		r = store_scan(store,
			"SELECT id FROM orders WHERE deadline IS NOT NULL ORDER BY id LIMIT 100000",
			take_open, &open);
	if (r == 0 && open.count > 0)
		report_unquiet(report, "%" PRId64 " orders are under way, the oldest is %s",
			open.count, uuid_format(&open.first, id));
	return r;
}

static void look_at_lag(const struct facts *facts, struct report *report)
{
	for (int s = 0; s < SERVICES; s++) {
		for (int t = 0; t < TOPICS; t++) {
			int64_t lag = 0;

			for (int p = 0; (service_listens[s] >> t & 1) && p < facts->partitions[t];
				p++) {
				int64_t from = facts->committed[s][t][p];

				if (from < facts->starts[t][p])
					from = facts->starts[t][p];
				if (from < facts->ends[t][p])
					lag += facts->ends[t][p] - from;
			}
			if (lag > 0)
				report_unquiet(report, "%s lags %" PRId64 " offsets behind in %s",
					service_names[s], lag, topic_names[t]);
		}
	}
}

/* Where a transaction stood open at the last look, and since when. */
static struct {
	struct open_transaction at;
	int64_t since_us;
} seen[OPEN_TRANSACTIONS_MAX];
static size_t seen_count;

static int64_t since(const struct open_transaction *open, int64_t now_us)
{
	for (size_t i = 0; i < seen_count; i++) {
		if (seen[i].at.topic == open->topic && seen[i].at.partition == open->partition &&
			seen[i].at.offset == open->offset)
			return seen[i].since_us;
	}
	return now_us;
}

static int look_at_transactions(
	const struct options *options, struct topics *topics, struct report *report)
{
	struct open_transaction open[OPEN_TRANSACTIONS_MAX];
	int64_t since_us[OPEN_TRANSACTIONS_MAX], now_us = clock_monotonic_us();
	size_t count;
	int r = topics_open_transactions(topics, open, &count);

	for (size_t i = 0; r == 0 && i < count; i++) {
		int64_t open_s;

		since_us[i] = since(&open[i], now_us);
		open_s = (now_us - since_us[i]) / US_PER_S;
		if (open_s >= options->hanging_s)
			report_violation(report, S7,
				&(struct where){.topic = topic_names[open[i].topic],
					.partition = open[i].partition,
					.offset = open[i].offset},
				"a transaction hangs, seen open for %" PRId64 " s", open_s);
		report_unquiet(report,
			"a transaction is open in %s[%d] from offset %" PRId64
			" on, seen for %" PRId64 " s",
			topic_names[open[i].topic], open[i].partition, open[i].offset, open_s);
	}
	for (size_t i = 0; r == 0 && i < count; i++) {
		seen[i].at = open[i];
		seen[i].since_us = since_us[i];
	}
	if (r == 0)
		seen_count = count;
	return r;
}

int quiet_look(const struct options *options, struct topics *topics, struct databases *databases,
	struct facts *facts, struct report *report)
{
	int r = look_at_orders(databases, report);

	if (r == 0)
		r = look_at_transactions(options, topics, report);
	if (r == 0)
		r = topics_ask(topics, facts);
	if (r == 0)
		look_at_lag(facts, report);
	return r;
}

static void show(const struct report *report)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rwaiting: %.100s\033[K", report->unquiet[0]);
}

int quiet_wait(const struct options *options, struct topics *topics, struct databases *databases,
	struct facts *facts, struct report *report, int64_t until_us)
{
	for (;;) {
		int r;

		report_init(report, options->invariants);
		r = quiet_look(options, topics, databases, facts, report);
		if (r < 0 || report->unquiet_count == 0 || report->results[S7].violations > 0 ||
			clock_monotonic_us() >= until_us)
			return r;
		show(report);
		poll(NULL, 0, LOOK_EVERY_MS);
	}
}

static int settle(struct topics *topics, struct databases *databases, struct facts *facts,
	struct report *report, enum service service)
{
	int64_t until_us = clock_monotonic_us() + RELAY_PATIENCE_US, position = -1;
	int64_t missing = records_missing(facts, service);
	int r = 0;

	if (missing == 0 || !service_relays[service])
		return 0;
	while (r == 0 && position < databases_lsn(databases, service) &&
		clock_monotonic_us() < until_us) {
		poll(NULL, 0, LOOK_EVERY_MS);
		r = topics_relay_position(topics, service_relays[service], &position);
	}
	if (r == 0 && position < databases_lsn(databases, service))
		report_unquiet(report,
			"%" PRId64
			" rows of %s.outbox are not published, and its relay is not past "
			"them: behind, or away",
			missing, service_names[service]);
	return r;
}

int quiet_settle(const struct options *options, struct topics *topics, struct databases *databases,
	struct facts *facts, struct report *report)
{
	int r = 0;

	(void)options;
	for (int s = 0; r == 0 && s < SERVICES; s++)
		r = settle(topics, databases, facts, report, (enum service)s);
	return r;
}

int quiet_moved(struct topics *topics, const struct facts *facts, struct report *report)
{
	struct facts *now = calloc(1, sizeof(*now));
	int64_t moved = 0;
	int r;

	if (!now)
		return fault(FAULT_SYSTEM, "out of memory");
	r = topics_ask(topics, now);
	for (int t = 0; r == 0 && t < TOPICS; t++) {
		for (int p = 0; p < facts->partitions[t]; p++)
			moved += now->ends[t][p] - facts->ends[t][p];
	}
	free(now);
	if (r == 0 && moved > 0)
		report_unquiet(report,
			"%" PRId64 " offsets were written to the topics while they were read",
			moved);
	return r;
}
