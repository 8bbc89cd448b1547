/*
 * The seed file: products with price and first stock, read by the services that
 * own them. Seeding adds what is missing and never changes what is there.
 *
 *   [{"productId": "sku-…", "name": "…", "price": "12.30", "stock": 100}, …]
 */
#pragma once

#include <base/arena.h>
#include <base/money.h>
#include <stddef.h>
#include <stdint.h>

#define SEED_PRODUCTS_MAX 10000

struct seed_product {
	const char *product_id;
	const char *name;
	money_t price;
	int64_t stock;
};

/* FAULT_USAGE naming the file, the product and the member that is wrong. All memory is @arena's. */
int seed_read(const char *path, struct arena *arena, const struct seed_product **ret_products,
	size_t *ret_count);
