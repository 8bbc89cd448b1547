/*
 * Products: names and prices from the order service's catalogue, availability from
 * inventory. When inventory does not answer, availability is null: unknown is not 0.
 *
 * Both are cached: the catalogue, and the two joined, which live shorter.
 */
#include "edge.h"
#include "reads.h"
#include "stale.h"

#include <base/fault.h>
#include <base/json_writer.h>
#include <json/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 128

struct stock {
	const char *product_id;
	int64_t available;
};

/* What inventory said, sorted; empty when it said nothing. */
struct stocks {
	struct json_document *document;
	struct stock *rows;
	size_t count;
	bool whole; /* it said something, and all of that was understood */
};

static int compare(const void *a, const void *b)
{
	const struct stock *left = a, *right = b;

	return strcmp(left->product_id, right->product_id);
}

/* False when the row is not what it should be. */
static bool read_stock(const struct json_value *row, struct stock *ret_stock)
{
	const struct json_value *id, *available;

	if (row == NULL || json_kind_of(row) != JSON_OBJECT)
		return false;
	id = json_member(row, "productId");
	available = json_member(row, "available");
	if (id == NULL || json_kind_of(id) != JSON_TEXT || available == NULL ||
		json_kind_of(available) != JSON_INT)
		return false;
	ret_stock->product_id = json_string(id, NULL);
	ret_stock->available = json_number(available);
	return true;
}

/* Rows of {"stock": […]}, or the one row that the document is. */
static void read_rows(struct stocks *stocks)
{
	const struct json_value *root = json_root(stocks->document);
	const struct json_value *list =
		json_kind_of(root) == JSON_OBJECT ? json_member(root, "stock") : NULL;
	bool many = list != NULL && json_kind_of(list) == JSON_ARRAY;
	size_t count = many ? json_count(list) : 1;

	stocks->rows = calloc(count + 1, sizeof(stocks->rows[0]));
	if (stocks->rows == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct json_value *row = many ? json_element(list, i) : root;

		if (read_stock(row, &stocks->rows[stocks->count]))
			stocks->count++;
	}
	stocks->whole = stocks->count == count;
	qsort(stocks->rows, stocks->count, sizeof(stocks->rows[0]), compare);
}

static void stocks_ask(struct stocks *stocks, struct upstream *inventory,
	const struct http_request *request, const char *path)
{
	struct http_answer answer;
	int r = upstream_ask(inventory, request,
		&(struct upstream_call){.method = "GET", .path = path}, &answer);

	*stocks = (struct stocks){0};
	if (r == 0 && answer.status == 200 && answer.body.size != 0 &&
		json_parse(answer.body.data, answer.body.size, &stocks->document) == 0)
		read_rows(stocks);
	http_answer_finish(&answer);
}

static void stocks_finish(struct stocks *stocks)
{
	json_destroy(stocks->document);
	free(stocks->rows);
}

static void write_text(
	struct json_writer *writer, const struct json_value *product, const char *name)
{
	const struct json_value *value = json_member(product, name);

	if (value != NULL && json_kind_of(value) == JSON_TEXT)
		json_text(writer, name, json_string(value, NULL));
	else
		json_null(writer, name);
}

static void write_product(
	struct json_writer *writer, const struct json_value *product, const struct stocks *stocks)
{
	const struct json_value *id = json_member(product, "productId");
	const struct stock *stock = NULL;

	if (id != NULL && json_kind_of(id) == JSON_TEXT && stocks->count != 0)
		stock = bsearch(&(struct stock){.product_id = json_string(id, NULL)}, stocks->rows,
			stocks->count, sizeof(stocks->rows[0]), compare);
	json_object_begin(writer, NULL);
	write_text(writer, product, "productId");
	write_text(writer, product, "name");
	write_text(writer, product, "price");
	if (stock != NULL)
		json_int(writer, "available", stock->available);
	else
		json_null(writer, "available");
	json_object_end(writer);
}

static void write_list(
	struct http_reply *reply, const struct json_value *list, const struct stocks *stocks)
{
	struct json_writer writer;

	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_array_begin(&writer, "products");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json_value *product = json_element(list, i);

		if (json_kind_of(product) == JSON_OBJECT)
			write_product(&writer, product, stocks);
	}
	json_array_end(&writer);
	json_object_end(&writer);
}

static int join(
	struct http_reply *reply, const struct json_value *root, const struct stocks *stocks)
{
	const struct json_value *list;
	struct json_writer writer;

	if (json_kind_of(root) != JSON_OBJECT)
		return fault(FAULT_PEER, "order's catalogue is no object");
	list = json_member(root, "products");
	if (list != NULL && json_kind_of(list) == JSON_ARRAY) {
		write_list(reply, list, stocks);
		return 0;
	}
	json_writer_init(&writer, &reply->body);
	write_product(&writer, root, stocks);
	return 0;
}

/* What one answer about products is made of. */
struct products {
	const char *path, *stock_path; /* at order, at inventory */
};

static int load_catalogue(const struct gateway *gateway, const struct http_request *request,
	const void *what, struct http_reply *reply)
{
	const struct products *products = what;

	upstream_forward(gateway->order, request,
		&(struct upstream_call){.method = "GET", .path = products->path}, reply);
	return upstream_is_plain(reply) && edge_is_object(reply->body.data, reply->body.size)
		? 0
		: READ_OWN;
}

/* The catalogue is in the reply: put it together with what inventory says. */
static int load_joined(const struct gateway *gateway, const struct http_request *request,
	const struct products *products, struct http_reply *reply)
{
	JSON_CLEAN struct json_document *document = NULL;
	struct stocks stocks;
	int r;

	if (reply->body.size == 0 || json_parse(reply->body.data, reply->body.size, &document) < 0)
		return fault(FAULT_PEER, "order's catalogue cannot be read");
	buffer_reset(&reply->body);
	reply->content_type = "application/json";
	stocks_ask(&stocks, gateway->inventory, request, products->stock_path);
	r = join(reply, json_root(document), &stocks);
	if (r == 0 && !stocks.whole)
		r = READ_OWN;
	stocks_finish(&stocks);
	return r;
}

static int load_products(const struct gateway *gateway, const struct http_request *request,
	const void *what, struct http_reply *reply)
{
	const struct products *products = what;
	char key[PATH_SIZE];
	int r;

	(void)snprintf(key, sizeof(key), "catalogue:%s", products->path);
	r = gateway_read(gateway, request,
		&(struct gateway_read){
			.entry = {.key = key},
			.life_ms = gateway->lives.catalogue_ms,
			.load = load_catalogue,
			.what = products,
		},
		reply);
	if (r < 0 || reply->status != 200)
		return r < 0 ? r : READ_OWN;
	return load_joined(gateway, request, products, reply);
}

static int answer_products(const struct gateway *gateway, const struct http_request *request,
	const char *key, const struct products *products, struct http_reply *reply)
{
	return gateway_read(gateway, request,
		&(struct gateway_read){
			.entry = {.key = key, .group = STOCK_GROUP},
			.life_ms = gateway->lives.stock_ms,
			.load = load_products,
			.what = products,
		},
		reply);
}

int gateway_list_products(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	return answer_products(context, request, PRODUCTS_KEY,
		&(struct products){.path = "/products", .stock_path = "/stock"}, reply);
}

int gateway_get_product(void *context, const struct http_request *request, struct http_reply *reply)
{
	char path[PATH_SIZE], stock_path[PATH_SIZE], key[PATH_SIZE];

	if (!edge_is_id(request->params[0])) {
		http_problem(reply, 404, "product-not-found", "No such product",
			"no id looks like this", NULL);
		return 0;
	}
	(void)snprintf(path, sizeof(path), "/products/%s", request->params[0]);
	(void)snprintf(stock_path, sizeof(stock_path), "/stock/%s", request->params[0]);
	(void)snprintf(key, sizeof(key), PRODUCT_KEY, request->params[0]);
	return answer_products(context, request, key,
		&(struct products){.path = path, .stock_path = stock_path}, reply);
}
