#include "service.h"

#include <base/fault.h>
#include <seed.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct catalogue_product *left = a, *right = b;

	return strcmp(left->product_id, right->product_id);
}

const struct catalogue_product *catalogue_find(
	const struct order_service *service, const char *product_id)
{
	const struct catalogue_product key = {.product_id = product_id};

	return bsearch(&key, service->products, service->products_count, sizeof(key), compare);
}

static void queue_seed(struct order_service *service, struct store *store,
	const struct seed_product *products, size_t count)
{
	struct store_params *params = store_params_create(service->arena);
	struct store_array *ids = store_add_array(params, STORE_TEXT);
	struct store_array *names = store_add_array(params, STORE_TEXT);
	struct store_array *prices = store_add_array(params, STORE_LONG);

	for (size_t i = 0; i < count; i++) {
		store_push_text(ids, products[i].product_id);
		store_push_text(names, products[i].name);
		store_push_long(prices, products[i].price);
	}
	store_queue(store, "product_seed", params);
}

static void take(struct order_service *service, const struct store_result *rows)
{
	size_t count = store_rows(rows);

	service->products = arena_array(service->arena, count, sizeof(*service->products));
	for (size_t i = 0; i < count; i++) {
		service->products[i] = (struct catalogue_product){
			.product_id = arena_string(service->arena, store_get_text(rows, i, 0)),
			.name = arena_string(service->arena, store_get_text(rows, i, 1)),
			.price = store_get_long(rows, i, 2),
		};
	}
	service->products_count = count;
	/* The database's collation need not be strcmp's. */
	qsort(service->products, count, sizeof(*service->products), compare);
}

int catalogue_load(struct order_service *service, struct store *store, const char *seed_file)
{
	struct store_result *results[2] = {0};
	const struct seed_product *products;
	size_t count;
	int r = seed_read(seed_file, service->arena, &products, &count);

	if (r == 0)
		r = store_ready(store);
	if (r < 0)
		return r;
	queue_seed(service, store, products, count);
	store_queue(store, "product_list", NULL);
	r = store_run(store, results, 2);
	if (r == 0)
		take(service, results[1]);
	store_results_free(results, 2);
	return r;
}
