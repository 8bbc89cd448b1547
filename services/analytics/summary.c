#include "summary.h"

#include "analytics.h"

#include <base/fault.h>
#include <base/json_writer.h>
#include <string.h>

void summary_queue(struct store *store, struct arena *arena, const struct summary_window *window)
{
	struct store_params *params = store_params_create(arena);

	store_add_time(params, window->from_us);
	store_add_time(params, window->to_us);
	store_queue(store, "summary_measures", params);
	store_queue(store, "summary_minutes", params);
	store_queue(store, "summary_progress", NULL);
}

/* ---- columns of summary_measures: measure, label, count, total ---- */

static bool is_measure(const struct store_result *rows, size_t row, const char *measure)
{
	return strcmp(store_get_text(rows, row, 0), measure) == 0;
}

/* The row of one cell, or -1. */
static int64_t find(const struct store_result *rows, const char *measure, const char *label)
{
	for (size_t row = 0; row < store_rows(rows); row++) {
		if (is_measure(rows, row, measure) &&
			strcmp(store_get_text(rows, row, 1), label) == 0)
			return (int64_t)row;
	}
	return -1;
}

static int64_t orders_with(const struct store_result *rows, const char *status)
{
	int64_t row = find(rows, "status", status);

	return row < 0 ? 0 : store_get_long(rows, (size_t)row, 2);
}

static void write_orders(struct json_writer *writer, const struct store_result *rows)
{
	static const char *const statuses[] = {"Pending", "Paid", "Completed", "Cancelled"};
	int64_t completed = find(rows, "status", "Completed");
	int64_t orders = 0;

	for (size_t i = 0; i < 4; i++)
		orders += orders_with(rows, statuses[i]);
	json_int(writer, "orders", orders);
	json_object_begin(writer, "status");
	for (size_t i = 0; i < 4; i++)
		json_int(writer, statuses[i], orders_with(rows, statuses[i]));
	json_object_end(writer);
	json_int(writer, "unseen", orders_with(rows, "Unseen"));
	json_money(
		writer, "revenue", completed < 0 ? 0 : store_get_long(rows, (size_t)completed, 3));
}

static void write_failures(struct json_writer *writer, const struct store_result *rows)
{
	static const char *const measures[] = {"declined", "refused", "cancelled"};

	json_object_begin(writer, "failures");
	for (size_t i = 0; i < 3; i++) {
		json_array_begin(writer, measures[i]);
		for (size_t row = 0; row < store_rows(rows); row++) {
			if (!is_measure(rows, row, measures[i]))
				continue;
			json_object_begin(writer, NULL);
			json_text(writer, "reason", store_get_text(rows, row, 1));
			json_int(writer, "orders", store_get_long(rows, row, 2));
			json_object_end(writer);
		}
		json_array_end(writer);
	}
	json_object_end(writer);
}

static int write_step(struct json_writer *writer, const struct store_result *rows, size_t index)
{
	struct histogram histogram = {0};
	int r = 0;

	for (size_t row = 0; r == 0 && row < store_rows(rows); row++) {
		if (is_measure(rows, row, step_name(index)))
			r = histogram_add(&histogram, store_get_text(rows, row, 1),
				store_get_long(rows, row, 2), store_get_long(rows, row, 3));
	}
	if (r < 0)
		return r;
	json_object_begin(writer, NULL);
	json_text(writer, "step", step_name(index));
	json_int(writer, "orders", histogram.count);
	json_int(writer, "meanUs", histogram.count ? histogram.sum_us / histogram.count : 0);
	json_int(writer, "p50Us", histogram_percentile_us(&histogram, 50));
	json_int(writer, "p90Us", histogram_percentile_us(&histogram, 90));
	json_object_end(writer);
	return 0;
}

static int write_steps(struct json_writer *writer, const struct store_result *rows)
{
	int r = 0;

	json_array_begin(writer, "steps");
	for (size_t i = 0; r == 0 && i < STEPS; i++)
		r = write_step(writer, rows, i);
	if (r == 0)
		json_array_end(writer);
	return r;
}

/* Columns: minute, orders, completed, cancelled, revenue. */
static void write_minutes(struct json_writer *writer, const struct store_result *rows)
{
	json_array_begin(writer, "minutes");
	for (size_t row = 0; row < store_rows(rows); row++) {
		json_object_begin(writer, NULL);
		json_time(writer, "minute", store_get_time(rows, row, 0));
		json_int(writer, "orders", store_get_long(rows, row, 1));
		json_int(writer, "completed", store_get_long(rows, row, 2));
		json_int(writer, "cancelled", store_get_long(rows, row, 3));
		json_money(writer, "revenue", store_get_long(rows, row, 4));
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_lag(struct json_writer *writer, const struct store_result *rows)
{
	bool any = store_rows(rows) > 0;

	json_object_begin(writer, "lag");
	json_time(writer, "eventAt", any ? store_get_time(rows, 0, 0) : 0);
	json_time(writer, "processedAt", any ? store_get_time(rows, 0, 1) : 0);
	json_object_end(writer);
}

int summary_write(struct buffer *out, const struct summary_window *window,
	struct store_result *const results[static SUMMARY_RESULTS])
{
	struct json_writer writer;
	int r;

	json_writer_init(&writer, out);
	json_object_begin(&writer, NULL);
	json_time(&writer, "from", window->from_us);
	json_time(&writer, "to", window->to_us);
	write_orders(&writer, results[0]);
	write_failures(&writer, results[0]);
	r = write_steps(&writer, results[0]);
	if (r < 0)
		return r;
	write_minutes(&writer, results[1]);
	write_lag(&writer, results[2]);
	json_object_end(&writer);
	return 0;
}
