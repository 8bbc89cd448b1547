#include "api.h"

#include "service.h"

#include <base/fault.h>
#include <base/json_writer.h>
#include <string.h>

#define TAKE_TIMEOUT_MS 2000
#define REQUEST_ARENA_MAX (1u << 20)

static int read_query(const struct http_request *request, struct uuid *ret_order_id)
{
	static const char *const names[] = {"orderId", NULL};
	char text[UUID_TEXT_SIZE];
	int r = http_query_check(request, names);

	if (r == 0)
		r = http_query_get(request, "orderId", text, sizeof(text));
	if (r < 0)
		return r;
	if (r == HTTP_QUERY_ABSENT || uuid_parse(text, strlen(text), ret_order_id) < 0)
		return fault(FAULT_INPUT, "wanted is orderId, the id of an order");
	return 0;
}

/* Absent text is left out; absent time is null. */
static void write_text(struct json_writer *writer, const char *name,
	const struct store_result *rows, size_t row, int column)
{
	if (!store_is_null(rows, row, column))
		json_text(writer, name, store_get_text(rows, row, column));
}

static void write_attempt(struct json_writer *writer, const struct store_result *rows, size_t row)
{
	json_object_begin(writer, NULL);
	json_int(writer, "attempt", store_get_int(rows, row, 9));
	write_text(writer, "recipient", rows, row, 10);
	write_text(writer, "outcome", rows, row, 11);
	write_text(writer, "detail", rows, row, 12);
	json_time(writer, "startedAt", store_get_time(rows, row, 13));
	json_time(writer, "endedAt", store_get_time(rows, row, 14));
	json_object_end(writer);
}

/* The notification at @row with its attempts. Returns the row of the next. */
static size_t write_notification(
	struct json_writer *writer, const struct store_result *rows, size_t row)
{
	struct uuid event_id = store_get_uuid(rows, row, 0), other = event_id;

	json_object_begin(writer, NULL);
	json_uuid(writer, "eventId", &event_id);
	json_text(writer, "type", store_get_text(rows, row, 1));
	json_text(writer, "status", store_get_text(rows, row, 2));
	json_text(writer, "subject", store_get_text(rows, row, 3));
	json_text(writer, "body", store_get_text(rows, row, 4));
	json_time(writer, "dueAt", store_get_time(rows, row, 5));
	json_time(writer, "createdAt", store_get_time(rows, row, 6));
	json_time(writer, "endedAt", store_get_time(rows, row, 7));
	write_text(writer, "traceparent", rows, row, 8);
	json_array_begin(writer, "attempts");
	while (uuid_equal(&other, &event_id)) {
		if (!store_is_null(rows, row, 9))
			write_attempt(writer, rows, row);
		if (++row == store_rows(rows))
			break;
		other = store_get_uuid(rows, row, 0);
	}
	json_array_end(writer);
	json_object_end(writer);
	return row;
}

static void write_all(
	struct http_reply *reply, const struct uuid *order_id, const struct store_result *rows)
{
	struct json_writer writer;
	size_t row = 0;

	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_uuid(&writer, "orderId", order_id);
	json_array_begin(&writer, "notifications");
	while (row < store_rows(rows))
		row = write_notification(&writer, rows, row);
	json_array_end(&writer);
	json_object_end(&writer);
}

static int fetch(struct notification_service *service, struct arena *arena,
	const struct uuid *order_id, struct store_result **ret_rows)
{
	struct store_params *params = store_params_create(arena);
	struct store *store = NULL;
	int r = store_pool_take(service->pool, TAKE_TIMEOUT_MS, &store);

	if (r < 0)
		return r;
	store_add_uuid(params, order_id);
	store_queue(store, "notification_list", params);
	r = store_run(store, ret_rows, 1);
	store_pool_give(service->pool, store);
	return r;
}

static int list_notifications(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	ARENA_CLEAN struct arena *arena = arena_create(REQUEST_ARENA_MAX);
	struct store_result *rows = NULL;
	struct uuid order_id;
	int r = read_query(request, &order_id);

	if (r < 0) {
		http_problem(reply, 400, "bad-query", "Query not understood", fault_text(), NULL);
		return 0;
	}
	r = fetch(context, arena, &order_id, &rows);
	if (r == 0)
		write_all(reply, &order_id, rows);
	store_results_free(&rows, 1);
	return r;
}

const struct http_route notification_routes[] = {
	{"GET", "/notifications", list_notifications},
	{0},
};
