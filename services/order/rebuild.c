#include "rebuild.h"

#include "store.h"

#include <base/fault.h>
#include <stdio.h>

#define PAGE 200
#define ARENA_MAX (256u << 20)

/* Some orders with their items and history, all sorted by order id. */
struct page {
	struct arena *arena;
	struct order *orders;
	size_t count;
	struct order_history_row *rows;
	size_t rows_count;
};

static int read_orders(
	struct page *page, struct store *store, const struct uuid *after, const struct uuid *only)
{
	struct store_params *params = store_params_create(page->arena);
	struct store_result *rows = NULL;
	int r;

	store_add_uuid(params, after);
	store_add_uuid(params, only);
	store_add_int(params, PAGE);
	store_queue(store, "rebuild_orders", params);
	r = store_run(store, &rows, 1);
	if (r == 0) {
		page->count = store_rows(rows);
		page->orders = arena_array(page->arena, page->count, sizeof(*page->orders));
	}
	for (size_t row = 0; r == 0 && row < page->count; row++)
		r = order_store_read(rows, row, page->arena, &page->orders[row]);
	store_results_free(&rows, 1);
	return r;
}

static int read_row(const struct store_result *rows, size_t row, struct arena *arena,
	struct order_history_row *ret_row)
{
	struct order_history_row read = {
		.order_id = store_get_uuid(rows, row, 0),
		.version = store_get_int(rows, row, 1),
		.at_us = store_get_time(rows, row, 5),
		.asks_max = store_get_int(rows, row, 7),
	};
	int r = order_trigger_parse(store_get_text(rows, row, 2), &read.trigger);

	if (r == 0)
		r = order_step_parse(store_get_text(rows, row, 3), &read.from);
	if (r == 0)
		r = order_step_parse(store_get_text(rows, row, 4), &read.to);
	if (r == 0 && !store_is_null(rows, row, 6)) {
		const void *event = store_get_bytes(rows, row, 6, &read.event_size);

		read.event = arena_copy(arena, event, read.event_size);
	}
	if (r == 0)
		*ret_row = read;
	return r;
}

static int take_rows(
	struct page *page, const struct store_result *items, const struct store_result *history)
{
	size_t item_row = 0;
	int r = 0;

	for (size_t i = 0; i < page->count; i++)
		order_store_read_items(items, &item_row, page->arena, &page->orders[i]);
	page->rows_count = store_rows(history);
	page->rows = arena_array(page->arena, page->rows_count, sizeof(*page->rows));
	for (size_t row = 0; r == 0 && row < page->rows_count; row++)
		r = read_row(history, row, page->arena, &page->rows[row]);
	return r;
}

static int read_page(
	struct page *page, struct store *store, const struct uuid *after, const struct uuid *only)
{
	struct store_params *params = store_params_create(page->arena);
	struct store_array *ids = store_add_array(params, STORE_UUID);
	struct store_result *results[2] = {0};
	int r = read_orders(page, store, after, only);

	if (r < 0 || page->count == 0)
		return r;
	for (size_t i = 0; i < page->count; i++)
		store_push_uuid(ids, &page->orders[i].id);
	store_queue(store, "rebuild_items", params);
	store_queue(store, "rebuild_history", params);
	r = store_run(store, results, 2);
	if (r == 0)
		r = take_rows(page, results[0], results[1]);
	store_results_free(results, 2);
	return r;
}

/* True when the order is what its history makes of it. */
static bool check_order(const struct order *stored, const struct order_history_row *rows,
	size_t count, struct arena *arena)
{
	BUFFER_CLEAN struct buffer words = {0};
	char id[UUID_TEXT_SIZE];
	struct order replayed;

	buffer_init(&words, 0);
	if (order_replay(stored, rows, count, arena, &replayed) < 0)
		buffer_add_format(&words, "%s\n", fault_text());
	else if (!order_differs(stored, &replayed, &words))
		return true;
	printf("order %s differs from its history\n%s", uuid_format(&stored->id, id), words.data);
	return false;
}

static void check_page(const struct page *page, struct rebuild *result)
{
	size_t row = 0;

	for (size_t i = 0; i < page->count; i++) {
		const struct order *order = &page->orders[i];
		size_t first = row;

		while (row < page->rows_count && uuid_equal(&page->rows[row].order_id, &order->id))
			row++;
		result->orders++;
		if (!check_order(order, &page->rows[first], row - first, page->arena))
			result->differing++;
	}
}

static int check_all(struct store *store, const struct uuid *only, struct rebuild *result)
{
	ARENA_CLEAN struct arena *arena = arena_create(ARENA_MAX);
	struct uuid last = {0};
	bool more = true;

	while (more) {
		struct page page = {.arena = arena};
		int r = read_page(&page, store, &last, only);

		if (r < 0)
			return r;
		check_page(&page, result);
		more = page.count == PAGE;
		if (page.count > 0)
			last = page.orders[page.count - 1].id;
		arena_reset(arena);
	}
	return 0;
}

int order_rebuild(
	const struct store_config *config, const struct uuid *only, struct rebuild *ret_result)
{
	struct store *store = store_create(config);
	struct rebuild result = {0};
	int r = store_ready(store);

	/* One snapshot: the service may be at work on an order and its history. */
	if (r == 0)
		r = store_execute(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	if (r == 0)
		r = check_all(store, only, &result);
	store_rollback(store);
	store_destroy(store);
	if (r == 0 && only && result.orders == 0)
		return fault(FAULT_INPUT, "there is no such order");
	if (r == 0)
		*ret_result = result;
	return r;
}
