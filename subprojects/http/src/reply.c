/*
 * A reply as bytes.
 */
#include "serving.h"

#include <base/clock.h>

#include <civetweb.h>
#include <string.h>

static void add_date(struct worker *worker)
{
	time_t now = (time_t)(clock_now_us() / US_PER_S);
	struct tm parts;

	if (now != worker->date_at && gmtime_r(&now, &parts) != NULL) {
		(void)strftime(worker->date, sizeof(worker->date),
			"Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
		worker->date_at = now;
	}
	buffer_add_text(&worker->out, worker->date);
}

static void add_header(struct buffer *out, const char *name, const char *value)
{
	buffer_add_text(out, name);
	buffer_add(out, ": ", 2);
	buffer_add_text(out, value);
	buffer_add(out, "\r\n", 2);
}

static void add_head(struct worker *worker, const struct http_request *request,
	const struct http_reply *reply, const char *reason, bool close)
{
	struct buffer *out = &worker->out;
	char trace[TRACE_TEXT_SIZE];

	buffer_add_format(out, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n", reply->status, reason,
		reply->body.size);
	add_date(worker);
	add_header(out, "Content-Type", reply->content_type);
	add_header(out, "X-Request-Id", request->request_id);
	add_header(out, "traceparent", trace_format(&request->trace, trace));
	for (size_t i = 0; i < reply->header_count; i++)
		add_header(out, reply->headers[i].name, reply->headers[i].value);
	add_header(out, "Connection", close ? "close" : "keep-alive");
	buffer_add(out, "\r\n", 2);
}

void reply_send(struct mg_connection *connection, const struct http_request *request,
	const struct http_reply *reply, bool close)
{
	struct http_server *server = mg_get_user_data(mg_get_context(connection));
	struct worker *worker = mg_get_thread_pointer(connection);
	const struct buffer *body = &reply->body;
	bool has_body = strcmp(request->method, "HEAD") != 0;

	buffer_reset(&worker->out);
	add_head(worker, request, reply, mg_get_response_code_text(connection, reply->status),
		close);
	/* Small replies go out as one segment. */
	if (has_body && body->size <= SERVING_BUFFER_KEEP)
		buffer_add(&worker->out, body->data, body->size);
	guard_write(server->guard, worker->slot, SERVING_REPLY_MS);
	(void)mg_write(connection, worker->out.data, worker->out.size);
	if (has_body && body->size > SERVING_BUFFER_KEEP)
		(void)mg_write(connection, body->data, body->size);
}
