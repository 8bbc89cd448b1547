/*
 * An HTTP/1.1 server (civetweb behind it): routes, limits, problems, metrics.
 *
 * A handler gets a whole, bounded request and fills a reply; it runs on one of
 * the server's threads, several at once. A handler's fault becomes a 503 (what a
 * retry may mend) or a 500 problem and is logged once, here.
 *
 * Done for every request, in one place: limits (header block 16 KiB, body
 * HTTP_BODY_MAX), X-Request-Id, traceparent in and out, Transfer-Encoding refused
 * together with Content-Length, 404 and 405 problems, access metrics.
 */
#pragma once

#include <base/buffer.h>
#include <base/trace.h>
#include <stdbool.h>
#include <stddef.h>

#define HTTP_BODY_MAX (64 * 1024)
#define HTTP_PARAMS_MAX 4
#define HTTP_HEADERS_MAX 8
#define HTTP_REQUEST_ID_SIZE 65

struct http_server;

struct http_request {
	const char *method;
	const char *path;            /* decoded, without the query */
	const char *query;           /* raw, or NULL */
	const char *params[HTTP_PARAMS_MAX]; /* the {…} parts of the route, decoded */
	const char *body;            /* NUL-terminated */
	size_t body_size;
	struct trace trace;          /* the caller's child, or a new root */
	char request_id[HTTP_REQUEST_ID_SIZE];
	void *handle;                /* the library's */
};

/* NULL when absent. Names without regard to case. */
const char *http_request_header(const struct http_request *request, const char *name);

struct http_reply {
	int status;                  /* 200 unless set */
	const char *content_type;    /* application/json unless set; static text */
	struct buffer body;
	struct {
		char name[40];
		char value[200];
	} headers[HTTP_HEADERS_MAX];
	size_t header_count;
};

void http_reply_header(struct http_reply *reply, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * RFC 9457. The type is "/problems/@slug", relative to the service.
 * @pointer is an RFC 6901 pointer to the field at fault, or NULL.
 */
void http_problem(struct http_reply *reply, int status, const char *slug, const char *title,
	const char *detail, const char *pointer);

typedef int http_handler(void *context, const struct http_request *request, struct http_reply *reply);

struct http_route {
	const char *method;
	const char *pattern;         /* "/orders/{id}/timeline" */
	http_handler *handler;
};

struct http_server_config {
	const char *listen;          /* "127.0.0.1:8080"; port 0 picks one */
	int threads;
	const struct http_route *routes; /* ends with a NULL method */
	void *context;               /* handed to every handler */
	/* /readyz: 0 or a fault whose words tell what is missing. NULL: always ready. */
	int (*ready)(void *ready_context);
	void *ready_context;
};

/* /livez, /readyz and /metrics are there without a route. FAULT_SYSTEM when the port is taken. */
int http_server_start(const struct http_server_config *config, struct http_server **ret_server);
/* Lets running requests end (at most 5 s). */
void http_server_stop(struct http_server *server);
int http_server_port(const struct http_server *server);
