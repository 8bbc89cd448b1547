#include "api.h"

#include "cancel.h"
#include "create.h"
#include "list.h"
#include "request.h"
#include "store.h"

#include <base/fault.h>
#include <base/json_writer.h>
#include <string.h>

#define TAKE_TIMEOUT_MS 2000
#define KEY_MAX 255
#define REQUEST_ARENA_MAX (4u << 20)
#define RETRY_AFTER_S 2

/* ---- POST /orders ---- */

/* Prices come from our catalogue, never from the client. */
static bool price_items(const struct order_service *service, const struct order_request *request,
	struct arena *arena, struct order *order, struct http_reply *reply)
{
	struct order_item *items = arena_array(arena, request->items_count, sizeof(*items));

	for (size_t i = 0; i < request->items_count; i++) {
		const struct catalogue_product *product =
			catalogue_find(service, request->items[i].product_id);

		if (!product) {
			http_problem(reply, 422, "unknown-product", "Unknown product",
				arena_format(arena,
					"there is no product %s; GET /products lists them",
					request->items[i].product_id),
				arena_format(arena, "/items/%zu/productId", i));
			return false;
		}
		items[i].product_id = product->product_id;
		items[i].quantity = request->items[i].quantity;
		items[i].price = product->price;
	}
	order->items = items;
	order->items_count = request->items_count;
	if (order_total(items, order->items_count, &order->total_amount) < 0) {
		http_problem(reply, 422, "total-too-large", "Total too large",
			"the sum of the items is more than an amount can hold", "/items");
		return false;
	}
	return true;
}

static bool read_order(const struct order_service *service, const struct http_request *request,
	struct arena *arena, struct order *order, struct http_reply *reply)
{
	struct order_request wanted;
	struct order_request_error error;

	if (order_request_parse(request->body, request->body_size, arena, &wanted, &error) != 0) {
		http_problem(
			reply, error.status, error.slug, error.title, error.detail, error.pointer);
		return false;
	}
	order->customer_id = wanted.customer_id;
	order->payment_method = wanted.payment_method;
	return price_items(service, &wanted, arena, order, reply);
}

/* The gateway checks the key's form for clients; here it only must be usable. */
static const char *read_key(const struct http_request *request, struct http_reply *reply)
{
	const char *key = http_request_header(request, "Idempotency-Key");

	if (key && *key && strlen(key) <= KEY_MAX)
		return key;
	http_problem(reply, 400, "idempotency-key", "Idempotency-Key missing or malformed",
		"send a header Idempotency-Key of 1 to 255 characters, a new one for each order",
		NULL);
	return NULL;
}

static void answer_created(
	struct http_reply *reply, const struct create_command *command, bool replayed)
{
	char id[UUID_TEXT_SIZE];

	reply->status = command->status;
	http_reply_header(reply, "Location", "/orders/%s", uuid_format(&command->order_id, id));
	if (replayed)
		http_reply_header(reply, "Idempotency-Replayed", "true");
	buffer_add(&reply->body, command->answer.data, command->answer.size);
}

static void answer_busy(struct http_reply *reply, const char *detail)
{
	http_problem(reply, 503, "busy", "Too many orders under way", detail, NULL);
	http_reply_header(reply, "Retry-After", "%d", RETRY_AFTER_S);
}

static void answer(struct http_reply *reply, int outcome, const struct create_command *command)
{
	switch (outcome) {
	case CREATE_DONE:
	case CREATE_REPLAYED:
		answer_created(reply, command, outcome == CREATE_REPLAYED);
		break;
	case CREATE_REUSED:
		http_problem(reply, 422, "idempotency-key-reused", "Idempotency-Key reused",
			"this key was used for an order with another body", NULL);
		break;
	case CREATE_RUNNING:
		http_problem(reply, 409, "idempotency-key-running", "Still running",
			"the first request with this key has not been answered yet", NULL);
		break;
	default:
		answer_busy(reply, "the sagas under way are not keeping up; nothing was stored");
	}
}

static int post_order(void *context, const struct http_request *request, struct http_reply *reply)
{
	ARENA_CLEAN struct arena *arena = arena_create(REQUEST_ARENA_MAX);
	struct order_service *service = context;
	struct create_command command = {.trace = request->trace};
	int r;

	command.key = read_key(request, reply);
	if (!command.key || !read_order(service, request, arena, &command.order, reply))
		return 0;
	sha256_of(request->body, request->body_size, command.body_sha256);
	buffer_init(&command.answer, HTTP_BODY_MAX);
	r = intake_submit(service->intake, &command);
	if (r == FAULT_LIMIT)
		answer_busy(reply, "too many requests are waiting; nothing was stored");
	else if (r > 0)
		answer(reply, r, &command);
	buffer_finish(&command.answer);
	return r < 0 && r != FAULT_LIMIT ? r : 0;
}

/* ---- reads ---- */

static void no_such_order(struct http_reply *reply, const char *id)
{
	http_problem(reply, 404, "order-not-found", "No such order", id, NULL);
}

static bool read_id(const struct http_request *request, struct uuid *id, struct http_reply *reply)
{
	if (uuid_parse(request->params[0], strlen(request->params[0]), id) == 0)
		return true;
	no_such_order(reply, request->params[0]);
	return false;
}

/* The order and what @second selects of it, in one round trip. */
static int fetch(struct order_service *service, struct arena *arena, const struct uuid *id,
	const char *second, struct store_result *results[2])
{
	struct store_params *by_id = store_params_create(arena);
	struct store *store = NULL;
	int r = store_pool_take(service->pool, TAKE_TIMEOUT_MS, &store);

	if (r < 0)
		return r;
	store_add_uuid(by_id, id);
	store_queue(store, "order_get", by_id);
	store_queue(store, second, by_id);
	r = store_run(store, results, 2);
	store_pool_give(service->pool, store);
	return r;
}

static int write_order(
	struct http_reply *reply, struct arena *arena, struct store_result *const *results)
{
	struct order order;
	size_t row = 0;
	int r = order_store_read(results[0], 0, arena, &order);

	if (r < 0)
		return r;
	order_store_read_items(results[1], &row, arena, &order);
	order_write_json(&reply->body, &order);
	return 0;
}

static void write_entry(struct json_writer *writer, const struct store_result *rows, size_t row)
{
	struct uuid event_id;

	json_object_begin(writer, NULL);
	json_time(writer, "at", store_get_time(rows, row, 0));
	json_text(writer, "kind", store_get_text(rows, row, 1));
	json_text(writer, "type", store_get_text(rows, row, 2));
	if (!store_is_null(rows, row, 3)) {
		event_id = store_get_uuid(rows, row, 3);
		json_uuid(writer, "eventId", &event_id);
	}
	if (!store_is_null(rows, row, 4))
		json_text(writer, "topic", store_get_text(rows, row, 4));
	if (!store_is_null(rows, row, 4) && !store_is_null(rows, row, 5)) {
		json_int(writer, "partition", store_get_int(rows, row, 5));
		json_int(writer, "offset", store_get_long(rows, row, 6));
	}
	if (!store_is_null(rows, row, 7)) {
		json_text(writer, "stepFrom", store_get_text(rows, row, 7));
		json_text(writer, "stepTo", store_get_text(rows, row, 8));
	}
	if (!store_is_null(rows, row, 9))
		json_int(writer, "sequence", store_get_long(rows, row, 9));
	if (!store_is_null(rows, row, 10))
		json_text(writer, "traceparent", store_get_text(rows, row, 10));
	if (!store_is_null(rows, row, 11))
		json_text(writer, "reason", store_get_text(rows, row, 11));
	if (!store_is_null(rows, row, 12))
		json_int(writer, "deliveries", store_get_int(rows, row, 12));
	json_object_end(writer);
}

static int write_timeline(
	struct http_reply *reply, struct arena *arena, struct store_result *const *results)
{
	struct json_writer writer;
	struct order order;
	int r = order_store_read(results[0], 0, arena, &order);

	if (r < 0)
		return r;
	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_uuid(&writer, "orderId", &order.id);
	json_text(&writer, "status", order_status_name(order.status));
	json_text(&writer, "step", order_step_name(order.step));
	json_bool(&writer, "stuck", order.stuck);
	json_array_begin(&writer, "entries");
	for (size_t row = 0; row < store_rows(results[1]); row++)
		write_entry(&writer, results[1], row);
	json_array_end(&writer);
	json_object_end(&writer);
	return 0;
}

/* The order that the path names, and what @second selects of it, written by @write. */
static int answer_order(void *context, const struct http_request *request, struct http_reply *reply,
	const char *second,
	int (*write)(struct http_reply *, struct arena *, struct store_result *const *))
{
	ARENA_CLEAN struct arena *arena = arena_create(REQUEST_ARENA_MAX);
	struct store_result *results[2] = {0};
	struct uuid id;
	int r;

	if (!read_id(request, &id, reply))
		return 0;
	r = fetch(context, arena, &id, second, results);
	if (r == 0 && store_rows(results[0]) == 0)
		no_such_order(reply, request->params[0]);
	else if (r == 0)
		r = write(reply, arena, results);
	store_results_free(results, 2);
	return r;
}

static int get_order(void *context, const struct http_request *request, struct http_reply *reply)
{
	return answer_order(context, request, reply, "order_items_get", write_order);
}

static int get_timeline(void *context, const struct http_request *request, struct http_reply *reply)
{
	return answer_order(context, request, reply, "order_timeline", write_timeline);
}

/* ---- POST /orders/{id}/cancellation ---- */

static void answer_cancelled(struct http_reply *reply, const struct order *order)
{
	/* 202: it will be Cancelled once everything is undone. */
	reply->status = order_is_terminal(order) ? 200 : 202;
	order_write_json(&reply->body, order);
}

static int post_cancellation(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	ARENA_CLEAN struct arena *arena = arena_create(REQUEST_ARENA_MAX);
	struct order order;
	struct uuid id;
	int r;

	if (!read_id(request, &id, reply))
		return 0;
	r = order_cancel(context, &id, &request->trace, arena, &order);
	if (r < 0)
		return r;
	if (r == CANCEL_UNKNOWN)
		no_such_order(reply, request->params[0]);
	else if (r == CANCEL_REFUSED)
		http_problem(reply, 409, "order-completed", "Order is completed",
			"a completed order cannot be cancelled", NULL);
	else
		answer_cancelled(reply, &order);
	return 0;
}

/* ---- the catalogue ---- */

static void write_product(struct json_writer *writer, const struct catalogue_product *product)
{
	json_object_begin(writer, NULL);
	json_text(writer, "productId", product->product_id);
	json_text(writer, "name", product->name);
	json_money(writer, "price", product->price);
	json_object_end(writer);
}

static int list_products(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct order_service *service = context;
	struct json_writer writer;

	(void)request;
	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_array_begin(&writer, "products");
	for (size_t i = 0; i < service->products_count; i++)
		write_product(&writer, &service->products[i]);
	json_array_end(&writer);
	json_object_end(&writer);
	return 0;
}

static int get_product(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct catalogue_product *product = catalogue_find(context, request->params[0]);
	struct json_writer writer;

	if (!product) {
		http_problem(reply, 404, "product-not-found", "No such product", request->params[0],
			NULL);
		return 0;
	}
	json_writer_init(&writer, &reply->body);
	write_product(&writer, product);
	return 0;
}

const struct http_route order_routes[] = {
	{"POST", "/orders", post_order},
	{"GET", "/orders", order_list},
	{"GET", "/orders/{orderId}", get_order},
	{"GET", "/orders/{orderId}/timeline", get_timeline},
	{"POST", "/orders/{orderId}/cancellation", post_cancellation},
	{"GET", "/products", list_products},
	{"GET", "/products/{productId}", get_product},
	{0},
};
