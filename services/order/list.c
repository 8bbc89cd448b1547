#include "list.h"

#include "order.h"
#include "request.h"
#include "service.h"

#include <base/fault.h>
#include <base/json_writer.h>
#include <stdlib.h>
#include <string.h>

#define TAKE_TIMEOUT_MS 2000
#define LIMIT_UNLESS_GIVEN 50
#define STATUS_SIZE 16
#define LIMIT_SIZE 8
#define REQUEST_ARENA_MAX (1u << 20)

/* What the query asks for; empty texts: anybody's, in any status. */
struct wanted {
	char customer_id[ORDER_REQUEST_ID_MAX + 1];
	char status[STATUS_SIZE];
	struct uuid after; /* all ones: from the newest on */
	int32_t limit;
};

/* 0, FAULT_INPUT, or HTTP_QUERY_ABSENT with @ret_text empty. */
static int get_text(
	const struct http_request *request, const char *name, char *ret_text, size_t size)
{
	int r = http_query_get(request, name, ret_text, size);

	if (r == 0 && !*ret_text)
		return fault(FAULT_INPUT, "%s is empty", name);
	if (r == HTTP_QUERY_ABSENT)
		*ret_text = '\0';
	return r;
}

static int get_status(const struct http_request *request, struct wanted *wanted)
{
	enum order_status status;
	int r = get_text(request, "status", wanted->status, sizeof(wanted->status));

	if (r == 0 && order_status_parse(wanted->status, &status) < 0)
		return fault(FAULT_INPUT, "status is Pending, Paid, Completed or Cancelled, not %s",
			wanted->status);
	return r < 0 ? r : 0;
}

static int get_after(const struct http_request *request, struct wanted *wanted)
{
	char text[UUID_TEXT_SIZE];
	int r = get_text(request, "after", text, sizeof(text));

	memset(&wanted->after, 0xff, sizeof(wanted->after));
	if (r == 0 && uuid_parse(text, strlen(text), &wanted->after) < 0)
		return fault(FAULT_INPUT, "after is an order's id: \"next\" of the page before");
	return r < 0 ? r : 0;
}

static int get_limit(const struct http_request *request, struct wanted *wanted)
{
	char text[LIMIT_SIZE], *end;
	long limit;
	int r = get_text(request, "limit", text, sizeof(text));

	wanted->limit = LIMIT_UNLESS_GIVEN;
	if (r != 0)
		return r < 0 ? r : 0;
	limit = strtol(text, &end, 10);
	if (*end || strspn(text, "0123456789") != strlen(text) || limit < 1 ||
		limit > LIST_LIMIT_MAX)
		return fault(FAULT_INPUT, "limit is a number from 1 to %d", LIST_LIMIT_MAX);
	wanted->limit = (int32_t)limit;
	return 0;
}

static int read_query(const struct http_request *request, struct wanted *wanted)
{
	static const char *const names[] = {"customerId", "status", "after", "limit", NULL};
	int r = http_query_check(request, names);

	if (r == 0)
		r = get_text(
			request, "customerId", wanted->customer_id, sizeof(wanted->customer_id));
	if (r >= 0)
		r = get_status(request, wanted);
	if (r == 0)
		r = get_after(request, wanted);
	return r == 0 ? get_limit(request, wanted) : r;
}

/*
 * By the index that fits: a customer's orders, the open ones (few, whatever the
 * history), or all by their id. One row more than asked for tells whether there
 * is a next page.
 */
static void queue_list(struct store *store, struct arena *arena, const struct wanted *wanted)
{
	struct store_params *params = store_params_create(arena);
	bool open = strcmp(wanted->status, order_status_name(ORDER_STATUS_PENDING)) == 0 ||
		strcmp(wanted->status, order_status_name(ORDER_STATUS_PAID)) == 0;

	store_add_uuid(params, &wanted->after);
	store_add_text(params, *wanted->status ? wanted->status : NULL);
	store_add_int(params, wanted->limit + 1);
	if (*wanted->customer_id)
		store_add_text(params, wanted->customer_id);
	store_queue(store,
		*wanted->customer_id ? "order_list_customer"
			: open       ? "order_list_open"
				     : "order_list",
		params);
}

static void write_row(struct json_writer *writer, const struct store_result *rows, size_t row)
{
	struct uuid id = store_get_uuid(rows, row, 0);

	json_object_begin(writer, NULL);
	json_uuid(writer, "orderId", &id);
	json_text(writer, "customerId", store_get_text(rows, row, 1));
	json_text(writer, "status", store_get_text(rows, row, 2));
	json_text(writer, "step", store_get_text(rows, row, 3));
	json_money(writer, "totalAmount", store_get_long(rows, row, 4));
	json_time(writer, "createdAt", store_get_time(rows, row, 5));
	json_time(writer, "updatedAt", store_get_time(rows, row, 6));
	json_object_end(writer);
}

static void write_page(
	struct http_reply *reply, const struct store_result *rows, const struct wanted *wanted)
{
	size_t limit = (size_t)wanted->limit;
	bool more = store_rows(rows) > limit;
	size_t count = more ? limit : store_rows(rows);
	struct json_writer writer;

	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_array_begin(&writer, "orders");
	for (size_t row = 0; row < count; row++)
		write_row(&writer, rows, row);
	json_array_end(&writer);
	if (more) {
		struct uuid next = store_get_uuid(rows, count - 1, 0);

		json_uuid(&writer, "next", &next);
	} else {
		json_null(&writer, "next");
	}
	json_object_end(&writer);
}

int order_list(void *context, const struct http_request *request, struct http_reply *reply)
{
	ARENA_CLEAN struct arena *arena = arena_create(REQUEST_ARENA_MAX);
	const struct order_service *service = context;
	struct store_result *rows = NULL;
	struct store *store = NULL;
	struct wanted wanted;
	int r = read_query(request, &wanted);

	if (r < 0) {
		http_problem(reply, 400, "bad-query", "Query not understood", fault_text(), NULL);
		return 0;
	}
	r = store_pool_take(service->pool, TAKE_TIMEOUT_MS, &store);
	if (r < 0)
		return r;
	queue_list(store, arena, &wanted);
	r = store_run(store, &rows, 1);
	store_pool_give(service->pool, store);
	if (r == 0)
		write_page(reply, rows, &wanted);
	store_results_free(&rows, 1);
	return r;
}
