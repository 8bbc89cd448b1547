#include "service.h"

#include <base/fault.h>
#include <base/json_writer.h>
#include <seed.h>
#include <stdlib.h>
#include <string.h>

#define READERS 4
#define TAKE_TIMEOUT_MS 2000
#define ARENA_MAX (16u << 20)

static const char *seed_file;

const struct setting inventory_settings[] = {
	{"seed.file", SETTING_TEXT, &seed_file, NULL, 0, 0,
		"products with their first stock; never changes what is there"},
	{0},
};

static void queue_seed(
	struct store *store, struct arena *arena, const struct seed_product *products, size_t count)
{
	struct store_params *params = store_params_create(arena);
	struct store_array *ids = store_add_array(params, STORE_TEXT);
	struct store_array *quantities = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < count; i++) {
		store_push_text(ids, products[i].product_id);
		store_push_long(quantities, products[i].stock);
	}
	store_queue(store, "stock_seed", params);
}

static int seed_stock(const struct store_config *config)
{
	struct arena *arena = arena_create(ARENA_MAX);
	struct store *store = store_create(config);
	const struct seed_product *products;
	size_t count;
	int r = seed_read(seed_file, arena, &products, &count);

	if (r == 0)
		r = store_ready(store);
	if (r == 0) {
		queue_seed(store, arena, products, count);
		r = store_run(store, NULL, 0);
	}
	store_destroy(store);
	arena_destroy(arena);
	return r;
}

int inventory_start(struct runtime *runtime, void **ret_context)
{
	struct store_pool *pool;
	int r = seed_stock(runtime_store_config(runtime));

	if (r < 0)
		return r;
	pool = store_pool_create(runtime_store_config(runtime), READERS);
	if (!pool)
		return fault(FAULT_SYSTEM, "no memory for the connections");
	*ret_context = pool;
	return 0;
}

void inventory_stop(void *context)
{
	store_pool_destroy(context);
}

static void write_row(struct json_writer *writer, const struct store_result *rows, size_t row)
{
	json_object_begin(writer, NULL);
	json_text(writer, "productId", store_get_text(rows, row, 0));
	json_int(writer, "available", store_get_long(rows, row, 1));
	json_int(writer, "reserved", store_get_long(rows, row, 2));
	json_object_end(writer);
}

static void write_list(struct http_reply *reply, const struct store_result *rows)
{
	struct json_writer writer;

	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_array_begin(&writer, "stock");
	for (size_t row = 0; row < store_rows(rows); row++)
		write_row(&writer, rows, row);
	json_array_end(&writer);
	json_object_end(&writer);
}

static int list_stock(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct store_result *rows = NULL;
	struct store *store = NULL;
	int r = store_pool_take(context, TAKE_TIMEOUT_MS, &store);

	(void)request;
	if (r < 0)
		return r;
	store_queue(store, "stock_list", NULL);
	r = store_run(store, &rows, 1);
	if (r == 0)
		write_list(reply, rows);
	store_results_free(&rows, 1);
	store_pool_give(context, store);
	return r;
}

static void write_one(struct http_reply *reply, const struct store_result *rows, const char *id)
{
	struct json_writer writer;

	if (store_rows(rows) == 0) {
		http_problem(reply, 404, "product-not-found", "No such product", id, NULL);
		return;
	}
	json_writer_init(&writer, &reply->body);
	write_row(&writer, rows, 0);
}

static int get_stock(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct arena *arena = arena_create(ARENA_MAX);
	struct store_params *params = store_params_create(arena);
	struct store_result *rows = NULL;
	struct store *store = NULL;
	int r = store_pool_take(context, TAKE_TIMEOUT_MS, &store);

	store_add_text(params, request->params[0]);
	if (r == 0) {
		store_queue(store, "stock_get", params);
		r = store_run(store, &rows, 1);
	}
	if (r == 0)
		write_one(reply, rows, request->params[0]);
	store_results_free(&rows, 1);
	store_pool_give(context, store);
	arena_destroy(arena);
	return r;
}

const struct http_route inventory_routes[] = {
	{"GET", "/stock", list_stock},
	{"GET", "/stock/{productId}", get_stock},
	{0},
};
