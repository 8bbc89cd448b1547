#include "seed.h"

#include <base/buffer.h>
#include <base/fault.h>
#include <json/json.h>
#include <stdio.h>
#include <string.h>

#define FILE_SIZE_MAX (4 << 20)

/* A setting names it: one that cannot be read is a wrong setting. */
static int read_file(const char *path, struct buffer *text)
{
	int r = buffer_add_file(text, path);

	return r == FAULT_SYSTEM ? FAULT_USAGE : r;
}

static const char *read_text(const struct json_value *product, const char *name, size_t *ret_size)
{
	const struct json_value *value = json_member(product, name);

	if (!value || json_kind_of(value) != JSON_TEXT)
		return NULL;
	return json_string(value, ret_size);
}

static int read_product(const char *path, size_t index, const struct json_value *value,
	struct arena *arena, struct seed_product *product)
{
	const struct json_value *stock;
	const char *id, *name, *price;
	size_t size = 0;

	if (json_kind_of(value) != JSON_OBJECT)
		return fault(FAULT_USAGE, "%s: element %zu is not an object", path, index);
	id = read_text(value, "productId", &size);
	if (!id || size == 0 || size > 64)
		return fault(FAULT_USAGE, "%s: element %zu: productId must be 1 to 64 characters",
			path, index);
	name = read_text(value, "name", &size);
	if (!name || size == 0)
		return fault(FAULT_USAGE, "%s: %s: name must be a text", path, id);
	price = read_text(value, "price", &size);
	if (!price || money_parse(price, size, &product->price) < 0 || product->price < 0)
		return fault(
			FAULT_USAGE, "%s: %s: price must be a text such as \"12.30\"", path, id);
	stock = json_member(value, "stock");
	if (!stock || json_kind_of(stock) != JSON_INT || json_number(stock) < 0)
		return fault(
			FAULT_USAGE, "%s: %s: stock must be a whole number from 0 on", path, id);
	product->product_id = arena_string(arena, id);
	product->name = arena_string(arena, name);
	product->stock = json_number(stock);
	return 0;
}

static int read_products(const char *path, const struct json_value *list, struct arena *arena,
	const struct seed_product **ret_products, size_t *ret_count)
{
	struct seed_product *products;
	size_t count;

	if (json_kind_of(list) != JSON_ARRAY || json_count(list) == 0 ||
		json_count(list) > SEED_PRODUCTS_MAX)
		return fault(FAULT_USAGE, "%s: wanted is an array of 1 to %d products", path,
			SEED_PRODUCTS_MAX);
	count = json_count(list);
	products = arena_array(arena, count, sizeof(*products));
	for (size_t i = 0; i < count; i++) {
		int r = read_product(path, i, json_element(list, i), arena, &products[i]);

		if (r < 0)
			return r;
	}
	*ret_products = products;
	*ret_count = count;
	return 0;
}

int seed_read(const char *path, struct arena *arena, const struct seed_product **ret_products,
	size_t *ret_count)
{
	BUFFER_CLEAN struct buffer text = {0};
	JSON_CLEAN struct json_document *document = NULL;
	int r;

	buffer_init(&text, FILE_SIZE_MAX);
	r = read_file(path, &text);
	if (r < 0)
		return r;
	if (json_parse(text.data, text.size, &document) < 0)
		return fault(FAULT_USAGE, "%s: %s", path, fault_text());
	return read_products(path, json_root(document), arena, ret_products, ret_count);
}
