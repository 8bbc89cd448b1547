/*
 * One request and its answer: receive, find the route, ask the handler, send.
 */
#include "framing.h"
#include "linger.h"
#include "serving.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>
#include <base/uuid.h>

#include <civetweb.h>
#include <string.h>

struct exchange {
	struct mg_connection *connection;
	struct http_server *server;
	struct worker *worker;
	const struct mg_request_info *info;
	struct framing framing;
	struct http_request request;
	struct http_reply reply;
	struct router_match match;
	struct access *access;
	int64_t started_us;
	bool close;
	bool unread; /* the client may still be sending */
};

const char *http_request_header(const struct http_request *request, const char *name)
{
	return request->handle == NULL ? NULL : mg_get_header(request->handle, name);
}

/* ---- who asks ---- */

static bool is_request_id(const char *text)
{
	size_t length = strspn(text,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789._-");

	return length >= 1 && length < HTTP_REQUEST_ID_SIZE && text[length] == '\0';
}

static void identify(struct http_request *request)
{
	const char *id = http_request_header(request, "X-Request-Id");
	const char *parent = http_request_header(request, "traceparent");
	struct trace caller;

	if (id != NULL && is_request_id(id)) {
		memcpy(request->request_id, id, strlen(id) + 1);
	} else {
		struct uuid made = uuid_make(clock_now_us());

		uuid_format(&made, request->request_id);
	}
	if (parent != NULL && trace_parse(parent, strlen(parent), &caller) == 0)
		request->trace = trace_child(&caller);
	else
		request->trace = trace_make();
}

static void exchange_init(struct exchange *exchange, struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	struct worker *worker = mg_get_thread_pointer(connection);

	*exchange = (struct exchange){
		.connection = connection,
		.server = mg_get_user_data(mg_get_context(connection)),
		.worker = worker,
		.info = info,
		.started_us = clock_monotonic_us(),
		.request = {.method = "-", .path = "-", .body = "", .client = ""},
		.reply = {.status = 200, .content_type = "application/json"},
	};
	exchange->access = exchange->server->lost_access;
	exchange->reply.request = &exchange->request;
	buffer_init(&exchange->reply.body, HTTP_REPLY_MAX);
	buffer_reset(&worker->body);
}

static void refuse(struct exchange *exchange, const struct refusal *refusal)
{
	exchange->reply.header_count = 0;
	http_problem(&exchange->reply, refusal->status, refusal->slug, refusal->title,
		refusal->detail, NULL);
}

/* ---- receiving ---- */

static const struct refusal *receive_body(struct exchange *exchange)
{
	struct worker *worker = exchange->worker;
	struct guard *guard = exchange->server->guard;
	size_t size = exchange->framing.body_size;
	bool shut;

	if (size == 0)
		return NULL;
	if (exchange->framing.expects_continue)
		(void)mg_printf(exchange->connection, "HTTP/1.1 100 Continue\r\n\r\n");

	guard_wait(guard, worker->slot, SERVING_BODY_MS);
	while (worker->body.size < size) {
		size_t left = size - worker->body.size;
		char *to = buffer_reserve(&worker->body, left);
		int got = to == NULL ? -1 : mg_read(exchange->connection, to, left);

		if (got <= 0)
			break;
		worker->body.size += (size_t)got;
	}
	shut = guard_work(guard, worker->slot);
	if (worker->body.size < size)
		return shut ? &refusal_timeout : &refusal_malformed;
	worker->body.data[size] = '\0';
	exchange->request.body = worker->body.data;
	exchange->request.body_size = size;
	return NULL;
}

/* ---- routing ---- */

static const struct refusal *find_route(struct exchange *exchange)
{
	const struct http_server *server = exchange->server;
	const struct http_route *routes = server->config.routes;
	const char *method = exchange->request.method;
	const struct router_path *path = &exchange->worker->path;
	struct router_match *match = &exchange->match;

	if (router_find(routes, method, path, match) == 0) {
		exchange->access = server->route_access[match->route - routes];
	} else if (router_find(serving_routes, method, path, match) == 0) {
		exchange->access = server->own_access[match->route - serving_routes];
	} else {
		return match->allow[0] != '\0' ? &refusal_method : &refusal_missing;
	}
	memcpy(exchange->request.params, match->params, sizeof(match->params));
	return NULL;
}

static const struct refusal *receive(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct refusal *refusal;
	int r;

	request->handle = exchange->connection;
	request->method = exchange->info->request_method;
	request->query = exchange->info->query_string;
	request->client = exchange->info->remote_addr;
	refusal = framing_read(exchange->info, &exchange->framing);
	if (refusal == NULL)
		refusal = receive_body(exchange);
	/* After these it is not known where the next request begins. */
	exchange->close = exchange->unread = refusal != NULL;
	identify(request);
	if (refusal != NULL)
		return refusal;

	exchange->worker->consumed_bytes +=
		exchange->framing.head_size + exchange->framing.body_size;
	r = router_split(exchange->info->local_uri_raw, &exchange->worker->path);
	if (r != 0)
		return r == ROUTER_LONG ? &refusal_path_long : &refusal_path;
	request->path = exchange->worker->path.text;
	return find_route(exchange);
}

/* ---- answering ---- */

static bool handler_begin(struct http_server *server)
{
	bool admitted;

	(void)pthread_mutex_lock(&server->lock);
	admitted = !server->stopping;
	if (admitted)
		server->running++;
	(void)pthread_mutex_unlock(&server->lock);
	return admitted;
}

static void handler_end(struct http_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	server->running--;
	if (server->running == 0)
		(void)pthread_cond_signal(&server->changed);
	(void)pthread_mutex_unlock(&server->lock);
}

static const struct refusal *fault_refusal(int r)
{
	if (r == FAULT_DB_UNKNOWN)
		return &refusal_unknown;
	if (fault_is_transient(r) || r == FAULT_LIMIT)
		return &refusal_unavailable;
	return &refusal_internal;
}

static void answer_fault(struct exchange *exchange, int r)
{
	const struct refusal *refusal = fault_refusal(r);
	bool transient = refusal != &refusal_internal;

	log_fault(transient ? LOG_WARNING : LOG_ERROR, r, "request failed");
	refuse(exchange, refusal);
	if (transient)
		http_reply_header(&exchange->reply, "Retry-After", "1");
}

/* Not one of the service's routes, but /livez and the like. */
static bool is_own(const struct http_route *route)
{
	return route >= serving_routes && route < serving_routes + 4;
}

static void ask_handler(struct exchange *exchange)
{
	const struct http_route *route = exchange->match.route;
	struct http_server *server = exchange->server;
	bool own = is_own(route);
	void *context = own ? (void *)server : server->config.context;
	int r;

	if (!own && server->config.admit &&
		!server->config.admit(context, &exchange->request, &exchange->reply))
		return;
	r = route->handler(context, &exchange->request, &exchange->reply);

	/* Both are the handler's defects: trying again would end the same way. */
	if (r > 0)
		r = fault(FAULT_STATE, "the handler of %s answered %d", route->pattern, r);
	else if (r == 0 && exchange->reply.body.failed)
		r = fault(FAULT_STATE, "the reply of %s is too large", route->pattern);
	if (r < 0)
		answer_fault(exchange, r);
}

static void shrink(struct buffer *buffer)
{
	if (buffer->capacity > SERVING_BUFFER_KEEP)
		buffer_finish(buffer);
}

static void exchange_finish(struct exchange *exchange)
{
	struct guard *guard = exchange->server->guard;
	struct worker *worker = exchange->worker;
	int socket = -1;

	guard_wait(guard, worker->slot, SERVING_HEAD_MS);
	if (exchange->unread)
		socket = guard_socket(guard, worker->slot);
	if (socket >= 0)
		linger_drain(socket);
	buffer_finish(&exchange->reply.body);
	shrink(&worker->body);
	shrink(&worker->out);
	log_context(NULL, NULL);
}

static void record(const struct exchange *exchange)
{
	const struct http_server_config *config = &exchange->server->config;
	const struct http_route *route = exchange->match.route;
	int64_t duration_us = clock_monotonic_us() - exchange->started_us;

	access_record(&(struct access_entry){
		.access = exchange->access,
		.request = &exchange->request,
		.route = route == NULL ? "-" : route->pattern,
		.status = exchange->reply.status,
		.size = exchange->reply.body.size,
		.duration_us = duration_us,
	});
	if (config->served != NULL && !is_own(route))
		config->served(&(struct http_served){
			.request = &exchange->request,
			.route = route == NULL ? NULL : route->pattern,
			.status = exchange->reply.status,
			.duration_us = duration_us,
		});
}

static void answer(struct exchange *exchange)
{
	if (!exchange->framing.keep_alive ||
		guard_should_yield(exchange->server->guard, exchange->worker->slot))
		exchange->close = true;
	/* civetweb keeps connections alive by its own judgement; ours may only be stricter. */
	if (exchange->close)
		mg_disable_connection_keep_alive(exchange->connection);
	reply_send(exchange->connection, &exchange->request, &exchange->reply, exchange->close);
	record(exchange);
}

int exchange_run(struct mg_connection *connection)
{
	struct exchange exchange;
	const struct refusal *refusal;
	int status;

	exchange_init(&exchange, connection);
	(void)guard_work(exchange.server->guard, exchange.worker->slot);
	refusal = receive(&exchange);
	log_context(&exchange.request.trace, NULL);
	if (refusal != NULL) {
		refuse(&exchange, refusal);
		if (refusal == &refusal_method)
			http_reply_header(&exchange.reply, "Allow", "%s", exchange.match.allow);
		answer(&exchange);
	} else if (handler_begin(exchange.server)) {
		ask_handler(&exchange);
		answer(&exchange);
		handler_end(exchange.server);
	} else {
		refuse(&exchange, &refusal_stopping);
		http_reply_header(&exchange.reply, "Retry-After", "1");
		exchange.close = true;
		answer(&exchange);
	}
	status = exchange.reply.status;
	exchange_finish(&exchange);
	return status;
}

/* ---- what civetweb could not read ---- */

static const struct refusal *find_refusal(struct exchange *exchange, int status, int64_t waited_ms)
{
	const struct worker *worker = exchange->worker;
	bool late = guard_work(exchange->server->guard, worker->slot) ||
		(worker->consumed_bytes != 0 && waited_ms >= SERVING_IDLE_MS);
	int socket = guard_socket(exchange->server->guard, worker->slot);

	if (late)
		return &refusal_timeout;
	if (status == 505)
		return &refusal_version;
	if (socket >= 0 && linger_received(socket) >= worker->consumed_bytes + SERVING_HEAD_BUFFER)
		return &refusal_head_large;
	return &refusal_malformed;
}

int exchange_refuse(struct mg_connection *connection, int status, const char *words)
{
	struct exchange exchange;
	int64_t waited_ms;

	(void)words;
	exchange_init(&exchange, connection);
	waited_ms = guard_waited_ms(exchange.server->guard, exchange.worker->slot);
	identify(&exchange.request);
	refuse(&exchange, find_refusal(&exchange, status, waited_ms));
	exchange.close = exchange.unread = true;
	answer(&exchange);
	exchange_finish(&exchange);
	return 0;
}
