/*
 * Starting and stopping: civetweb's options and callbacks.
 */
#include "serving.h"

#include <base/clock.h>
#include <base/fault.h>
#include <base/log.h>

#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STOP_MS 5000

/* ---- civetweb's callbacks ---- */

static void *on_thread(const struct mg_context *context, int kind)
{
	struct worker *worker;

	(void)context;
	if (kind != 1)
		return NULL;
	worker = calloc(1, sizeof(*worker));
	if (worker == NULL)
		abort();
	/* The head of a reply is small, its body is added when it is small too. */
	buffer_init(&worker->out, HTTP_REPLY_MAX);
	buffer_init(&worker->body, HTTP_BODY_MAX + 1);
	return worker;
}

static void on_thread_end(const struct mg_context *context, int kind, void *pointer)
{
	struct worker *worker = pointer;

	(void)context;
	if (kind != 1 || worker == NULL)
		return;
	buffer_finish(&worker->out);
	buffer_finish(&worker->body);
	free(worker);
}

static struct http_server *server_of(const struct mg_connection *connection)
{
	return mg_get_user_data(mg_get_context(connection));
}

static int on_connection(const struct mg_connection *connection, void **ret_data)
{
	struct worker *worker = mg_get_thread_pointer(connection);
	struct guard *guard = server_of(connection)->guard;

	*ret_data = NULL;
	worker->consumed_bytes = 0;
	worker->slot = guard_enter(guard, connection);
	guard_wait(guard, worker->slot, SERVING_HEAD_MS);
	return 0;
}

static void on_close(const struct mg_connection *connection)
{
	struct worker *worker = mg_get_thread_pointer(connection);

	guard_leave(server_of(connection)->guard, worker->slot);
	worker->slot = NULL;
}

static int on_words(const struct mg_connection *connection, const char *words)
{
	struct http_server *server = server_of(connection);

	/* The first complaint names the cause, the later ones what came of it. */
	if (server->starting && server->words[0] == '\0')
		(void)snprintf(server->words, sizeof(server->words), "%s", words);
	else if (!server->starting)
		log_warning("civetweb", LOG_TEXT("words", words));
	return 1;
}

/* ---- starting ---- */

/* civetweb takes more than an address here (TLS, redirects, lists); we do not. */
static int check_listen(const char *listen)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789.-";
	size_t host = strspn(listen, letters);
	const char *port = listen + host + 1;
	size_t digits;

	if (host == 0 || listen[host] != ':')
		return fault(FAULT_USAGE, "\"%s\" is not host:port", listen);
	digits = strspn(port, "0123456789");
	if (digits == 0 || digits > 5 || port[digits] != '\0' || strtol(port, NULL, 10) > 65535)
		return fault(FAULT_USAGE, "\"%s\" is not host:port", listen);
	return 0;
}

static int prepare_access(struct http_server *server)
{
	const struct http_route *routes = server->config.routes;
	size_t count = 0;
	int r = access_prepare("-", "-", &server->lost_access);

	while (routes[count].method != NULL)
		count++;
	server->route_access = calloc(count + 1, sizeof(struct access *));
	if (server->route_access == NULL)
		return fault(FAULT_SYSTEM, "no memory for %zu routes", count);
	for (size_t i = 0; i < count && r == 0; i++)
		r = access_prepare(routes[i].method, routes[i].pattern, &server->route_access[i]);
	for (size_t i = 0; serving_routes[i].method != NULL && r == 0; i++)
		r = access_prepare(serving_routes[i].method, serving_routes[i].pattern,
			&server->own_access[i]);
	return r;
}

static void start_library(void)
{
	/* No feature: no TLS library is looked for. */
	(void)mg_init_library(0);
}

static int start_web(struct http_server *server)
{
	static pthread_once_t started = PTHREAD_ONCE_INIT;
	static const struct mg_callbacks callbacks = {
		.begin_request = exchange_run,
		.http_error = exchange_refuse,
		.log_message = on_words,
		.init_thread = on_thread,
		.exit_thread = on_thread_end,
		.init_connection = on_connection,
		.connection_close = on_close,
	};
	char threads[16], head[16], idle[16], patience[16];
	const char *options[] = {"listening_ports", server->config.listen, "num_threads", threads,
		"max_request_size", head, "keep_alive_timeout_ms", idle, "request_timeout_ms",
		patience, "enable_keep_alive", "yes", "tcp_nodelay", "1", "decode_url", "no",
		"enable_auth_domain_check", "no", "enable_directory_listing", "no",
		"connection_queue", "64", "listen_backlog", "512", NULL};
	(void)pthread_once(&started, start_library);
	(void)snprintf(threads, sizeof(threads), "%d", server->config.threads);
	(void)snprintf(head, sizeof(head), "%d", SERVING_HEAD_BUFFER);
	(void)snprintf(idle, sizeof(idle), "%d", SERVING_IDLE_MS);
	/* Only a second net: the guard ends every wait before that. */
	(void)snprintf(patience, sizeof(patience), "%d", SERVING_REPLY_MS + 1000);
	server->starting = true;
	server->web = mg_start(&callbacks, server, options);
	server->starting = false;
	if (server->web == NULL)
		return fault(
			FAULT_SYSTEM, "listen on %s: %s", server->config.listen, server->words);
	return 0;
}

static int learn_port(struct http_server *server)
{
	struct mg_server_port ports[1];
	char host[64];

	if (mg_get_server_ports(server->web, 1, ports) != 1)
		return fault(FAULT_SYSTEM, "listen on %s: no port", server->config.listen);
	server->port = ports[0].port;
	(void)snprintf(host, sizeof(host), "%.*s", (int)strcspn(server->config.listen, ":"),
		server->config.listen);
	guard_listen(server->guard, host, server->port);
	return 0;
}

static void server_destroy(struct http_server *server)
{
	guard_destroy(server->guard);
	(void)pthread_cond_destroy(&server->changed);
	(void)pthread_mutex_destroy(&server->lock);
	free(server->route_access);
	free(server);
}

static struct http_server *server_create(const struct http_server_config *config)
{
	struct http_server *server = calloc(1, sizeof(*server));
	pthread_condattr_t monotonic;

	if (server == NULL)
		return NULL;
	server->config = *config;
	(void)pthread_mutex_init(&server->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&server->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return server;
}

int http_server_start(const struct http_server_config *config, struct http_server **ret_server)
{
	struct http_server *server;
	int r = check_listen(config->listen);

	if (r != 0)
		return r;
	server = server_create(config);
	if (server == NULL)
		return fault(FAULT_SYSTEM, "no memory for a server");
	r = prepare_access(server);
	if (r == 0)
		r = guard_create((size_t)config->threads, &server->guard);
	if (r == 0)
		r = start_web(server);
	if (r == 0)
		r = learn_port(server);
	if (r != 0) {
		server_destroy(server);
		return r;
	}
	*ret_server = server;
	return 0;
}

/* ---- stopping ---- */

static void wait_for_handlers(struct http_server *server)
{
	int64_t until_us = clock_monotonic_us() + STOP_MS * US_PER_MS;
	struct timespec until = {
		.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};

	(void)pthread_mutex_lock(&server->lock);
	server->stopping = true;
	while (server->running != 0) {
		if (pthread_cond_timedwait(&server->changed, &server->lock, &until) != 0)
			break;
	}
	(void)pthread_mutex_unlock(&server->lock);
}

void http_server_stop(struct http_server *server)
{
	if (server == NULL)
		return;
	wait_for_handlers(server);
	guard_stop(server->guard);
	mg_stop(server->web);
	server_destroy(server);
}

int http_server_port(const struct http_server *server)
{
	return server->port;
}
