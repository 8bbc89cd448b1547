#include "report.h"

#include <base/clock.h>
#include <base/json_writer.h>
#include <inttypes.h>
#include <stddef.h>

/* A latency in hundredths of a millisecond is as fine as a person reads. */
#define US_PER_SHOWN 10

static const struct {
	int64_t parts;
	const char *name;
} percentiles[] = {{50000, "p50"}, {90000, "p90"}, {99000, "p99"}, {99900, "p99.9"}};
#define PERCENTILE_COUNT (sizeof(percentiles) / sizeof(percentiles[0]))

/* One column of the table of sums, and a member in JSON. */
#define COLUMN(field) \
	{ \
#field, offsetof(struct tally_counts, field) \
	}
static const struct {
	const char *name;
	size_t offset;
} columns[] = {COLUMN(sent), COLUMN(accepted), COLUMN(refused), COLUMN(failed), COLUMN(unknown),
	COLUMN(completed), COLUMN(cancelled)};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static int64_t column_of(const struct tally_counts *counts, size_t column)
{
	return *(const int64_t *)((const char *)counts + columns[column].offset);
}

static int64_t open_of(const struct tally_counts *counts)
{
	return counts->accepted - counts->completed - counts->cancelled;
}

/* Thousandths of a request a second over the time from the first to the last. */
static int64_t achieved_milli(const struct tally_sums *sums)
{
	int64_t spent_us = sums->last_sent_us - sums->first_sent_us;
	if (sums->all.sent < 2 || spent_us <= 0)
		return 0;
	return (sums->all.sent - 1) * US_PER_S * 1000 / spent_us;
}

static void table_counts(struct buffer *out, const char *name, const struct tally_counts *counts)
{
	buffer_add_format(out, "%-18s", name);
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		buffer_add_format(out, " %9" PRId64, column_of(counts, column));
	buffer_add_format(out, " %9" PRId64 "\n", open_of(counts));
}

static void table_cancels(struct buffer *out, const struct tally_cancels *cancels)
{
	if (cancels->asked == 0)
		return;
	buffer_add_format(out, "\n%-18s %9s %9s %9s %9s %9s\n", "cancellations", "asked",
		"accepted", "too late", "failed", "unknown");
	buffer_add_format(out,
		"%-18s %9" PRId64 " %9" PRId64 " %9" PRId64 " %9" PRId64 " %9" PRId64 "\n",
		"of kind cancel", cancels->asked, cancels->accepted, cancels->too_late,
		cancels->failed, cancels->unknown);
}

static void table_ms(struct buffer *out, int64_t us)
{
	int64_t shown = (us + US_PER_SHOWN / 2) / US_PER_SHOWN;
	buffer_add_format(out, " %7" PRId64 ".%02" PRId64, shown / 100, shown % 100);
}

static void table_latency(struct buffer *out, const char *name, const struct histogram *histogram)
{
	buffer_add_format(out, "%-18s", name);
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		table_ms(out, histogram_percentile(histogram, percentiles[i].parts));
	table_ms(out, histogram->max_us);
	buffer_add_byte(out, '\n');
}

static void table_latencies(struct buffer *out, const struct tally_sums *sums)
{
	buffer_add_format(out, "%-18s", "ms since due");
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		buffer_add_format(out, " %10s", percentiles[i].name);
	buffer_add_format(out, " %10s\n", "max");
	table_latency(out, "to 201", &sums->answered);
	table_latency(out, "to terminal", &sums->arrived);
	table_latency(out, "to its own time", &sums->completed);
	table_latency(out, "to sending", &sums->delayed);
}

void report_table(const struct plan *plan, const struct tally_sums *sums, struct buffer *out)
{
	int64_t achieved = achieved_milli(sums);

	buffer_add_format(out,
		"%" PRId64 " of %" PRId64 " sent; %" PRId64 "/s asked, %" PRId64 ".%" PRId64
		"/s achieved\n\n%-18s",
		sums->all.sent, plan->count, plan->rate, achieved / 1000, achieved / 100 % 10,
		"orders");
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		buffer_add_format(out, " %9s", columns[column].name);
	buffer_add_format(out, " %9s\n", "open");
	for (size_t kind = 0; kind < PLAN_KINDS; kind++) {
		if (sums->kinds[kind].sent > 0)
			table_counts(out, plan_kind_name((enum plan_kind)kind), &sums->kinds[kind]);
	}
	table_counts(out, "all", &sums->all);
	table_cancels(out, &sums->cancels);
	buffer_add_byte(out, '\n');
	table_latencies(out, sums);
	if (sums->contradictions > 0)
		buffer_add_format(out,
			"\n%" PRId64
			" contradictions: an order that ended twice, belongs to two keys, or "
			"ended otherwise than its cancellation was answered\n",
			sums->contradictions);
}

static void json_counts(
	struct json_writer *writer, const char *name, const struct tally_counts *counts)
{
	json_object_begin(writer, name);
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		json_int(writer, columns[column].name, column_of(counts, column));
	json_int(writer, "open", open_of(counts));
	json_object_end(writer);
}

static void json_cancels(struct json_writer *writer, const struct tally_cancels *cancels)
{
	json_object_begin(writer, "cancellations");
	json_int(writer, "asked", cancels->asked);
	json_int(writer, "accepted", cancels->accepted);
	json_int(writer, "tooLate", cancels->too_late);
	json_int(writer, "failed", cancels->failed);
	json_int(writer, "unknown", cancels->unknown);
	json_object_end(writer);
}

static void json_latency(
	struct json_writer *writer, const char *name, const struct histogram *histogram)
{
	json_object_begin(writer, name);
	json_int(writer, "count", histogram->total);
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		json_int(writer, percentiles[i].name,
			histogram_percentile(histogram, percentiles[i].parts));
	json_int(writer, "max", histogram->max_us);
	json_object_end(writer);
}

void report_json(const struct plan *plan, const struct tally_sums *sums, struct buffer *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_bool(&writer, "good", report_is_good(sums));
	json_int(&writer, "planned", plan->count);
	json_int(&writer, "rateAsked", plan->rate);
	json_int(&writer, "rateAchievedMilli", achieved_milli(sums));
	json_int(&writer, "seed", (int64_t)plan->seed);
	json_int(&writer, "contradictions", sums->contradictions);
	json_counts(&writer, "all", &sums->all);
	json_object_begin(&writer, "kinds");
	for (size_t kind = 0; kind < PLAN_KINDS; kind++) {
		if (sums->kinds[kind].sent > 0)
			json_counts(
				&writer, plan_kind_name((enum plan_kind)kind), &sums->kinds[kind]);
	}
	json_object_end(&writer);
	json_cancels(&writer, &sums->cancels);
	json_object_begin(&writer, "latencyUs");
	json_latency(&writer, "toAnswer", &sums->answered);
	json_latency(&writer, "toTerminal", &sums->arrived);
	json_latency(&writer, "toOwnTime", &sums->completed);
	json_latency(&writer, "toSending", &sums->delayed);
	json_object_end(&writer);
	json_object_end(&writer);
	buffer_add_byte(out, '\n');
}

bool report_is_good(const struct tally_sums *sums)
{
	return sums->all.accepted > 0 && open_of(&sums->all) == 0 && sums->contradictions == 0;
}
