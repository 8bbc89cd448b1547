#include "tally.h"

#include <base/clock.h>

static struct metric events = METRIC(METRIC_COUNTER, "orderlab_relay_events_total", NULL,
	"Outbox rows published in committed Kafka transactions.");
static struct metric transactions = METRIC(METRIC_COUNTER, "orderlab_relay_transactions_total",
	NULL, "PostgreSQL transactions published.");
static struct metric commits = METRIC(METRIC_COUNTER, "orderlab_relay_commits_total", NULL,
	"Kafka transactions committed, also those that only moved the position.");
static struct metric aborts = METRIC(METRIC_COUNTER, "orderlab_relay_aborts_total", NULL,
	"Kafka transactions given up and done again.");
static struct metric retries = METRIC(METRIC_COUNTER, "orderlab_relay_retries_total", NULL,
	"Times the relay began again after a fault of database or broker.");
static struct metric ignored = METRIC(METRIC_COUNTER, "orderlab_relay_ignored_changes_total", NULL,
	"Updates, deletes and truncates of the outbox, which are no events.");
static struct metric streaming = METRIC(
	METRIC_GAUGE, "orderlab_relay_streaming", NULL, "1 while the stream is open, else 0.");
static struct metric lag = METRIC(METRIC_GAUGE, "orderlab_relay_lag_bytes", NULL,
	"Bytes of WAL between the position in Kafka and the server's end, every 5 s.");
static struct metric position = METRIC(
	METRIC_GAUGE, "orderlab_relay_position_lsn", NULL, "The position in Kafka, as a number.");
static struct metric last_commit =
	METRIC(METRIC_GAUGE, "orderlab_relay_last_commit_timestamp_seconds", NULL,
		"When a Kafka transaction was last committed, since 1970.");

void tally_init(void)
{
	static struct metric *const all[] = {&events, &transactions, &commits, &aborts, &retries,
		&ignored, &streaming, &lag, &position, &last_commit};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		metric_register(all[i]);
}

void tally_commit(const struct publisher *publisher, lsn_t end_lsn)
{
	metric_add(&events, (int64_t)publisher->events);
	metric_add(&transactions, (int64_t)publisher->transactions);
	metric_add(&ignored, (int64_t)publisher->ignored);
	metric_add(&commits, 1);
	metric_set(&position, (int64_t)end_lsn);
	metric_set(&last_commit, clock_now_us() / US_PER_S);
}

void tally_abort(void)
{
	metric_add(&aborts, 1);
}

void tally_retry(void)
{
	metric_add(&retries, 1);
}

void tally_streaming(bool is_streaming)
{
	metric_set(&streaming, is_streaming);
}

void tally_lag(lsn_t end_lsn, lsn_t position_lsn)
{
	metric_set(&lag, end_lsn > position_lsn ? (int64_t)(end_lsn - position_lsn) : 0);
}
